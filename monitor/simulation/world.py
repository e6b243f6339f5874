"""The simulated world: tenants, their sites, and the people who work there. A seed makes it."""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from detectors.core.identity import digest
from monitor.simulation import agents, names, networks
from monitor.simulation.agents import Machine
from monitor.simulation.chance import dice
from monitor.simulation.survey import Range


class Site(Struct, frozen=True):
    """A floor: its office addresses, its workstations, and its shifts in minutes (start, length).

    The first address carries most of the workstations; `zone` is the local time.
    """

    city: str
    zone: str
    network: Range
    addresses: tuple[str, ...]
    workstations: tuple[Machine, ...]
    shifts: tuple[tuple[int, int], ...]


class Tenant(Struct, frozen=True):
    """A customer. `names_only`: its failures tell the user's name and not the id.

    On the Monday of every `expiry_weeks`-th week passwords have run out.
    """

    uid: str
    domain: str
    sites: tuple[Site, ...]
    mfa_share: float
    names_only: bool
    expiry_weeks: int


class Person(Struct, frozen=True):
    """One account of one honest person, or of a program (`persona` service).

    `machine` is what he works with at home or on the road, `next_machine` replaces it from the
    day `machine_change` on. `home` is the network at home, `lease` for how many days it keeps an
    address. `habit` are minutes by which he is usually late (+) or early (-). `absent` is the
    share of days off, `pace` the mean minutes between two activities in a session.
    """

    number: int
    uid: str
    name: str
    tenant: Tenant
    site: Site
    persona: str
    machine: Machine
    next_machine: Machine
    machine_change: int
    phone: Machine
    home: Range
    lease: int
    shift: int
    habit: float
    mfa: str | None
    absent: float
    pace: float
    first_day: int


class Parameters(Struct, frozen=True, kw_only=True):
    """From which ranges a world is drawn. Shares are 0 to 1, paces minutes."""

    tenants: tuple[int, int] = (3, 5)
    sites: tuple[int, int] = (1, 3)
    mfa_share: tuple[float, float] = (0.1, 0.7)
    pace: tuple[float, float] = (9.0, 22.0)
    absent: tuple[float, float] = (0.02, 0.12)
    slip: float = 0.06
    forgotten: float = 0.008
    expired: float = 0.15
    new_machine: float = 0.12
    newcomers: float = 0.04
    night: float = 0.06


class World(Struct, frozen=True):
    """Everybody and everything. `first_day` is counted from 1970."""

    seed: int
    parameters: Parameters
    first_day: int
    tenants: tuple[Tenant, ...]
    people: tuple[Person, ...]


_CITIES = (
    ("Lyon", "Europe/Paris", "FR"),
    ("Lille", "Europe/Paris", "FR"),
    ("Rabat", "Africa/Casablanca", "MA"),
    ("Tunis", "Africa/Tunis", "TN"),
    ("Antananarivo", "Indian/Antananarivo", "MG"),
    ("Dakar", "Africa/Dakar", "SN"),
    ("Porto", "Europe/Lisbon", "PT"),
    ("Marseille", "Europe/Paris", "FR"),
    ("Toulouse", "Europe/Paris", "FR"),
    ("Casablanca", "Africa/Casablanca", "MA"),
)
_ZONES = {city: zone for city, zone, _ in _CITIES}
_CARRIERS = {city: carrier for city, _, carrier in _CITIES}
_TENANTS = (
    "allovox",
    "numeo-contact",
    "calliance",
    "phonelis",
    "teleris",
    "voxilia",
    "accueil-plus",
    "clientea",
)
_SHIFTS = ((420, 450), (480, 480), (540, 480), (720, 480), (840, 450))
NIGHT_SHIFT = (1_320, 480)
_PERSONAS = (
    ("agent", 60.0),
    ("home_agent", 14.0),
    ("supervisor", 7.0),
    ("desk", 5.0),
    ("traveller", 3.0),
    ("vpn_user", 3.0),
)
_METHODS = ("totp", "totp", "push", "webauthn")


def build(seed: int, accounts: int, first_day: int, parameters: Parameters | None = None) -> World:
    """The world of a seed: so many accounts, from a day counted from 1970 on.

    Raises ValueError for fewer than one account.
    """
    if accounts < 1:
        raise ValueError(f"a world of {accounts} accounts is none")
    drawn = Parameters() if parameters is None else parameters
    rng = dice(seed, "tenants")
    count = max(1, min(rng.randint(*drawn.tenants), len(_TENANTS), accounts))
    chosen = rng.sample(_TENANTS, count)
    sizes = [rng.uniform(0.6, 1.6) for _ in chosen]
    per_tenant = accounts / count
    tenants = tuple(
        _tenant(dice(seed, "tenant", name), name, drawn, per_tenant, i == 1)
        for i, name in enumerate(chosen)
    )
    people = []
    taken: set[tuple[str, str]] = set()
    for number in range(accounts):
        own = dice(seed, "person", number)
        tenant = own.choices(tenants, sizes)[0]
        name = _name(own, tenant, taken)
        people.append(_person(own, seed, number, tenant, name, first_day, drawn))
    return World(seed, drawn, first_day, tenants, tuple(people))


def cities() -> tuple[str, ...]:
    """Where there are sites."""
    return tuple(city for city, _, _ in _CITIES)


def carrier(city: str) -> str:
    """Whose mobile subscribers the people of a city's site are, as `networks` names it."""
    return _CARRIERS[city]


def _tenant(rng: Random, name: str, drawn: Parameters, accounts: float, names_only: bool) -> Tenant:
    chosen = rng.sample(_CITIES, rng.randint(*drawn.sites))
    sites = tuple(_site(rng, city, zone, accounts / len(chosen)) for city, zone, _ in chosen)
    return Tenant(
        name,
        f"{name}.example",
        sites,
        rng.uniform(*drawn.mfa_share),
        names_only,
        rng.randrange(2, 7),
    )


def _site(rng: Random, city: str, zone: str, accounts: float) -> Site:
    network = networks.network(rng, "fixed", city)
    images = [agents.office_machine(rng) for _ in range(rng.randint(1, 3))]
    seats = max(4, round(accounts * 0.6))
    return Site(
        city,
        zone,
        network,
        tuple(networks.address(rng, network) for _ in range(rng.randint(1, 2))),
        tuple(rng.choice(images) for _ in range(seats)),
        tuple(sorted(rng.sample(_SHIFTS, rng.randint(2, 3)))),
    )


def _name(rng: Random, tenant: Tenant, taken: set[tuple[str, str]]) -> str:
    stem = names.name(rng)
    name, again = stem, 1
    while (tenant.uid, name) in taken:
        again += 1
        name = f"{stem}{again}"
    taken.add((tenant.uid, name))
    return name


def _person(
    rng: Random,
    seed: int,
    number: int,
    tenant: Tenant,
    name: str,
    first_day: int,
    drawn: Parameters,
) -> Person:
    personas: Sequence[tuple[str, float]] = (
        *_PERSONAS,
        ("night_agent", 100 * drawn.night),
        ("service", 1.0),
    )
    persona = rng.choices([p for p, _ in personas], [w for _, w in personas])[0]
    if persona == "service":
        name = f"svc-{name.partition('.')[0]}-{number}"
    site = rng.choice(tenant.sites)
    new_machine = rng.random() < drawn.new_machine
    newcomer = rng.random() < drawn.newcomers
    machine = agents.own_machine(rng)
    return Person(
        number=number,
        uid=f"usr-{digest(str(seed), tenant.uid, str(number), size=6).hex()}",
        name=name,
        tenant=tenant,
        site=site,
        persona=persona,
        machine=machine,
        next_machine=agents.other_than(rng, machine),
        machine_change=first_day + (rng.randrange(3, 21) if new_machine else 1_000_000),
        phone=agents.phone(rng),
        home=networks.network(rng, "fixed", site.city),
        lease=rng.choice((1, 2, 7, 14, 60, 365)),
        shift=rng.randrange(len(site.shifts)),
        habit=rng.gauss(0.0, 6.0),
        mfa=rng.choice(_METHODS) if rng.random() < tenant.mfa_share else None,
        absent=rng.uniform(*drawn.absent),
        pace=rng.uniform(*drawn.pace),
        first_day=first_day + (rng.randrange(2, 14) if newcomer else -1_000),
    )
