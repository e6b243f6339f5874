"""Who there is: a seed makes tenants, sites and people, each drawn from the ranges given."""

from collections.abc import Sequence
from random import Random

from msgspec import structs

from detectors.core.event import HOUR
from detectors.core.identity import digest
from monitor.simulation import agents, names, networks, style
from monitor.simulation.chance import dice
from monitor.simulation.lives import personas
from monitor.simulation.lives.persona import FLOOR, HOME, PERSON, SHARED, Persona
from monitor.simulation.parameters import Parameters
from monitor.simulation.world import CITIES, NEVER, Home, Person, Site, Tenant, World, carrier

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
_SHIFTS = ((360, 450), (420, 450), (480, 480), (540, 480), (600, 420), (720, 480), (840, 450))
_METHODS = ("totp", "totp", "push", "push", "webauthn", "sms")
_GATEWAYS = ("Paris", "Frankfurt", "Zurich")
_EXITS = ("Paris", "Frankfurt", "Amsterdam", "London", "Dublin")
_BEFORE = -1_000


def build(
    seed: int,
    accounts: int,
    first_day: int,
    parameters: Parameters | None = None,
    *,
    held_back: bool = True,
) -> World:
    """The world of a seed: so many accounts, from a day counted from 1970 on.

    Without `held_back` nobody lives a life that is kept for reporting. Raises ValueError for fewer
    than one account.
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
        _behind_a_gateway(
            dice(seed, "gateway", name),
            _varied(
                dice(seed, "style", name),
                _tenant(dice(seed, "tenant", name), name, drawn, per_tenant),
                drawn,
            ),
            drawn,
        )
        for name in chosen
    )
    lives = [p for p in personas().values() if held_back or not p.held_back]
    weights = [p.weight * (drawn.night if p.name == "night_agent" else 1.0) for p in lives]
    people: list[Person] = []
    settler = _Settler(seed, first_day, drawn)
    for number in range(accounts):
        own = dice(seed, "person", number)
        tenant = own.choices(tenants, sizes)[0]
        people.append(settler.settle(own, number, tenant, own.choices(lives, weights)[0]))
    return World(seed, drawn, first_day, tenants, tuple(people))


def _tenant(rng: Random, name: str, drawn: Parameters, accounts: float) -> Tenant:
    chosen = rng.sample(CITIES, rng.randint(*drawn.sites))
    sites = tuple(_site(rng, city, zone, accounts / len(chosen), drawn) for city, zone, _ in chosen)
    return Tenant(
        uid=name,
        domain=f"{name}.example",
        sites=sites,
        style=style.draw(rng, drawn),
        mfa_share=rng.uniform(*drawn.mfa_share),
        session=round(rng.choice(drawn.session_hours) * HOUR),
        closes=rng.uniform(*drawn.closes),
        asked=rng.uniform(*drawn.asked),
        renewed=rng.uniform(*drawn.renewed),
        expiry_weeks=rng.randint(*drawn.expiry_weeks),
        expired=rng.uniform(*drawn.expired),
    )


def _varied(rng: Random, tenant: Tenant, drawn: Parameters) -> Tenant:
    """The same tenant, or by lot one with another style of log, and of signing on."""
    told = style.vary(rng, tenant.style, drawn)
    if told is tenant.style:
        return tenant
    share, asked = tenant.mfa_share, tenant.asked
    lot = rng.random()
    if lot < drawn.every_time:
        share, asked = 1.0, 1.0
    elif lot < drawn.every_time + drawn.no_factors:
        share = 0.0
    return structs.replace(tenant, style=told, mfa_share=share, asked=asked)


def _behind_a_gateway(rng: Random, tenant: Tenant, drawn: Parameters) -> Tenant:
    """The same tenant, or by lot one whose traffic leaves by a provider's exits."""
    if rng.random() >= drawn.company_gateway:
        return tenant
    kind, cities = rng.choice((("gateway", _GATEWAYS), ("hosting", _EXITS)))
    chosen = rng.sample(cities, rng.randint(2, 3))
    count = max(len(chosen), rng.randint(*drawn.exits))
    exits = tuple(
        networks.address(rng, networks.network(rng, kind, chosen[n % len(chosen)]))
        for n in range(count)
    )
    hops, at_home = rng.uniform(*drawn.hops), rng.random() < drawn.gateway_at_home
    sites = tuple(
        structs.replace(site, exits=exits, hops=hops, gateway_at_home=at_home)
        for site in tenant.sites
    )
    return structs.replace(tenant, sites=sites)


def _site(rng: Random, city: str, zone: str, accounts: float, drawn: Parameters) -> Site:
    network = networks.network(rng, "fixed", city)
    leaves_by = network
    if rng.random() < drawn.gateway:
        leaves_by = networks.network(rng, "gateway", rng.choice(_GATEWAYS))
    images = [agents.office_machine(rng) for _ in range(rng.randint(1, 4))]
    seats = max(4, round(accounts * rng.uniform(0.4, 0.8)))
    return Site(
        city=city,
        zone=zone,
        network=network,
        addresses=tuple(networks.address(rng, leaves_by) for _ in range(rng.randint(1, 2))),
        workstations=tuple(rng.choice(images) for _ in range(seats)),
        shifts=tuple(sorted(rng.sample(_SHIFTS, rng.randint(2, 3)))),
        kiosk=agents.office_machine(rng),
        hot_desks=rng.uniform(*drawn.hot_desks),
        seat_moves=rng.uniform(*drawn.seat_moves),
        left_open=rng.uniform(*drawn.left_open),
        weekend=rng.uniform(*drawn.weekend),
        outages=rng.uniform(*drawn.outages),
        backup=networks.address(rng, networks.network(rng, *rng.choice(_backups(city)))),
    )


def _backups(city: str) -> tuple[tuple[str, str], ...]:
    """Another line in the same city, or the carrier's network."""
    return ("fixed", city), ("mobile", carrier(city))


class _Settler:
    """Makes people one after the other, and knows whose names and homes are taken."""

    def __init__(self, seed: int, first_day: int, drawn: Parameters) -> None:
        self._seed = seed
        self._first_day = first_day
        self._drawn = drawn
        self._taken: set[tuple[str, str]] = set()
        self._homes: dict[str, list[Home]] = {}

    def settle(self, rng: Random, number: int, tenant: Tenant, persona: Persona) -> Person:
        """One more person."""
        drawn, first = self._drawn, self._first_day
        name = self._name(rng, tenant)
        if persona.kind != PERSON:
            name = f"{persona.prefix}-{name.partition('.')[0]}-{number}"
        site = rng.choice(tenant.sites)
        machine = agents.own_machine(rng)
        phone = agents.phone(rng)
        home = self._home(rng, number, site.city, persona)
        vpn = networks.network(rng, "vpn", rng.choice(networks.places("vpn")))
        has_vpn = rng.random() < drawn.vpn
        begins = first + (rng.randrange(2, 14) if rng.random() < drawn.newcomers else _BEFORE)
        is_a_person = persona.kind == PERSON
        return Person(
            number=number,
            uid=f"usr-{digest(str(self._seed), tenant.uid, str(number), size=6).hex()}",
            name=name,
            tenant=tenant,
            site=site,
            persona=persona.name,
            place=persona.place,
            kind=persona.kind,
            machine=machine,
            next_machine=agents.other_than(rng, machine),
            machine_change=first + _once(rng, drawn.new_machine, 3, 40),
            browser=agents.other_browser(rng, machine),
            browser_share=_habit(rng, drawn.second_browser, drawn.browser_share),
            phone=phone,
            next_phone=agents.phone(rng),
            phone_change=first + _once(rng, drawn.new_phone, 3, 40),
            home=home,
            next_home=self._line(rng, f"{number}/next", _next_city(rng, site.city, persona)),
            move_day=first + _once(rng, drawn.moves, 4, 35),
            second_home=self._line(rng, f"{number}/second", _elsewhere(rng, site.city)),
            long_share=rng.uniform(*drawn.ipv6_share),
            vpn=vpn,
            vpn_share=rng.uniform(*drawn.vpn_share) if has_vpn else 0.0,
            drops=rng.uniform(*drawn.drops),
            carrier=networks.network(rng, "mobile", carrier(site.city)),
            shift=rng.randrange(len(site.shifts)),
            rota=rng.randint(*drawn.rota_weeks),
            habit=rng.gauss(0.0, 6.0),
            overtime=rng.uniform(*drawn.overtime),
            mfa=rng.choice(_METHODS) if rng.random() < tenant.mfa_share else None,
            week=_week(rng, persona, site, rng.uniform(*drawn.absent)),
            leaves=_leaves(rng, first, drawn) if is_a_person else (),
            pace=rng.uniform(*drawn.pace),
            closes=min(1.0, max(0.0, tenant.closes + rng.gauss(0.0, 0.15))),
            slip=rng.uniform(*drawn.slip),
            forgotten=rng.uniform(*drawn.forgotten),
            unanswered=rng.uniform(*drawn.unanswered),
            first_day=begins,
            last_day=first + (_once(rng, drawn.leavers, 5, 45) if is_a_person else NEVER),
            breaks=self._breaks(number, tenant, persona),
        )

    def _breaks(self, number: int, tenant: Tenant, persona: Persona) -> float:
        """For how many breaks of a day one signs off: a person, where that is the custom."""
        if not tenant.style.breaks or persona.kind not in {PERSON, SHARED}:
            return 0.0
        return dice(self._seed, "breaks", number).uniform(*self._drawn.breaks)

    def _home(self, rng: Random, number: int, city: str, persona: Persona) -> Home:
        known = self._homes.setdefault(city, [])
        if persona.place == HOME and known and rng.random() < self._drawn.households:
            return rng.choice(known)
        home = self._line(rng, f"{number}/home", city)
        if persona.place == HOME:
            known.append(home)
        return home

    def _line(self, rng: Random, key: str, city: str) -> Home:
        network = networks.network(rng, "fixed", city)
        has_long = rng.random() < self._drawn.ipv6
        return Home(
            key,
            network,
            rng.choice(self._drawn.leases),
            networks.long_network(network) if has_long else None,
        )

    def _name(self, rng: Random, tenant: Tenant) -> str:
        stem = names.name(rng)
        name, again = stem, 1
        while (tenant.uid, name) in self._taken:
            again += 1
            name = f"{stem}{again}"
        self._taken.add((tenant.uid, name))
        return name


def _next_city(rng: Random, city: str, persona: Persona) -> str:
    """Where one moves to: of those who work at home, some to another city."""
    return _elsewhere(rng, city) if persona.place == HOME and rng.random() < 0.4 else city


def _once(rng: Random, share: float, low: int, high: int) -> int:
    """After how many days it happens; `NEVER` but to a share of people."""
    day = rng.randrange(low, high)
    return day if rng.random() < share else NEVER


def _habit(rng: Random, share: float, span: tuple[float, float]) -> float:
    """How often one does it: 0 but for a share of people."""
    often = rng.uniform(*span)
    return often if rng.random() < share else 0.0


def _week(rng: Random, persona: Persona, site: Site, absent: float) -> tuple[float, ...]:
    """How often each day of the week is worked."""
    present = 1.0 - absent
    if persona.days is None:
        weekend = site.weekend if persona.place == FLOOR else site.weekend / 3
        return (present,) * 5 + (weekend,) * 2
    low, high = persona.days
    pool: Sequence[int] = range(7) if persona.weekends else range(5)
    worked = set(rng.sample(pool, rng.randint(low, min(high, len(pool)))))
    if persona.weekends:
        worked |= {5, 6}
    return tuple(present if day in worked else 0.0 for day in range(7))


def _leaves(rng: Random, first: int, drawn: Parameters) -> tuple[tuple[int, int], ...]:
    """At most one leave of one to three weeks within two months."""
    begins, length = first + rng.randrange(-14, 45), rng.randint(6, 21)
    return ((begins, begins + length),) if rng.random() < drawn.leave else ()


def _elsewhere(rng: Random, city: str) -> str:
    """Another city of the same country, the same one when there is none."""
    country = networks.ranges("fixed", city)[0].country
    others = [
        place
        for place in networks.places("fixed")
        if place != city and networks.ranges("fixed", place)[0].country == country
    ]
    return rng.choice(others) if others else city
