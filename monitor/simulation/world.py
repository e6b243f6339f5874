"""The simulated world: tenants, their sites, and the people who work there."""

from msgspec import Struct

from detectors.core.event import DAY, HOUR
from monitor.simulation.agents import Machine
from monitor.simulation.parameters import Parameters
from monitor.simulation.style import Style
from monitor.simulation.survey import Range

NEVER = 1_000_000
"""Days after the first one: beyond the end of any world."""


class Site(Struct, frozen=True):
    """A floor: its office addresses, its workstations, and its shifts in minutes (start, length).

    The first address carries most of the workstations; `zone` is the local time. `hot_desks` is
    the share of days on which an agent has another seat, `seat_moves` that on which he changes it
    and leaves the first one open, `left_open` that on which it goes on refreshing when he is gone,
    `weekend` that of weekend days worked, `outages` that on which everybody's traffic leaves by
    the `backup` line. `kiosk` stands in the corridor. Where there are `exits`, traffic leaves by
    one of those addresses of a provider, and by another about every `hops` hours; that of the
    company's computers at home too, if `gateway_at_home`.
    """

    city: str
    zone: str
    network: Range
    addresses: tuple[str, ...]
    workstations: tuple[Machine, ...]
    shifts: tuple[tuple[int, int], ...]
    kiosk: Machine
    hot_desks: float
    seat_moves: float
    left_open: float
    weekend: float
    outages: float
    backup: str
    exits: tuple[str, ...] = ()
    hops: float = 0.0
    gateway_at_home: bool = False


class Tenant(Struct, frozen=True):
    """A customer, whose log is written in a `style`.

    A session ends after `session` ms and its user signs in again. `closes` is the share of
    sessions ended by a log-off, `asked` that of sign-ins at which a second factor is asked for.
    On the Monday of every `expiry_weeks`-th week passwords have run out: `expired` is the share of
    people who then fail first, `renewed` that of those who choose a new one.
    """

    uid: str
    domain: str
    sites: tuple[Site, ...]
    style: Style
    mfa_share: float
    session: int
    closes: float
    asked: float
    expiry_weeks: int
    expired: float
    renewed: float

    @property
    def stays(self) -> int:
        """For how many days one stays signed in on one's own machine; 0 when one does not."""
        return self.session // DAY if self.session > DAY else 0

    @property
    def longest(self) -> int:
        """The longest that a session on a shared machine lasts, in ms."""
        return min(self.session, 20 * HOUR)


class Home(Struct, frozen=True):
    """A line: its network, for how many days it keeps an address, and who lives there.

    `key` makes the addresses of everybody in the household the same. `long` are the provider's
    IPv6 ranges, None when the line has none.
    """

    key: str
    network: Range
    lease: int
    long: Range | None


class Person(Struct, frozen=True):
    """One account: of one honest person, of a program or of a room (`kind`).

    `place` is where its persona works: floor, desk, home, road, program or room.
    `machine` is what he works with at home or on the road, `next_machine` replaces it from the
    day `machine_change` on; so for the telephone and the home. `browser` is a second one on the
    same machine, used in `browser_share` of sessions. `long_share` is that of IPv6 at home, `vpn`
    a provider that is on in `vpn_share` of the sittings, `drops` the share of those in which the
    line does. `habit` are minutes by which he is usually late (+) or early (-). `week` is for each
    day of the week how often it is worked, `leaves` are days (first, last) away, `last_day` the
    last one of all. `slip`, `forgotten`, `unanswered` are shares of sign-ins that go wrong,
    `pace` the mean minutes between two activities in a session. `breaks` are how many of a full
    day the person signs off for, and on again.
    """

    number: int
    uid: str
    name: str
    tenant: Tenant
    site: Site
    persona: str
    place: str
    kind: str
    machine: Machine
    next_machine: Machine
    machine_change: int
    browser: Machine
    browser_share: float
    phone: Machine
    next_phone: Machine
    phone_change: int
    home: Home
    next_home: Home
    move_day: int
    second_home: Home
    long_share: float
    vpn: Range
    vpn_share: float
    drops: float
    carrier: Range
    shift: int
    rota: int
    habit: float
    overtime: float
    mfa: str | None
    week: tuple[float, ...]
    leaves: tuple[tuple[int, int], ...]
    pace: float
    closes: float
    slip: float
    forgotten: float
    unanswered: float
    first_day: int
    last_day: int
    breaks: float = 0.0


class World(Struct, frozen=True):
    """Everybody and everything. `first_day` is counted from 1970."""

    seed: int
    parameters: Parameters
    first_day: int
    tenants: tuple[Tenant, ...]
    people: tuple[Person, ...]


CITIES = (
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
    ("Nantes", "Europe/Paris", "FR"),
    ("Rennes", "Europe/Paris", "FR"),
    ("Lisbon", "Europe/Lisbon", "PT"),
)
"""Where there are sites: the city, its zone and its country."""
_CARRIERS = {city: country for city, _, country in CITIES}


def cities() -> tuple[str, ...]:
    """Where there are sites."""
    return tuple(city for city, _, _ in CITIES)


def carrier(city: str) -> str:
    """Whose mobile subscribers the people of a city's site are, as `networks` names it."""
    return _CARRIERS[city]


def traits(person: Person) -> tuple[str, ...]:
    """What is particular about a person's life, besides the persona, within two months."""
    told = {
        "new_machine": person.machine_change - person.first_day < NEVER // 2,
        "new_phone": person.phone_change - person.first_day < NEVER // 2,
        "second_browser": person.browser_share > 0,
        "moves_house": person.move_day - person.first_day < NEVER // 2,
        "ipv6": person.home.long is not None,
        "vpn": person.vpn_share > 0,
        "leave": bool(person.leaves),
        "household": not person.home.key.startswith(f"{person.number}/"),
        "stays_signed_in": person.tenant.stays > 0,
    }
    return tuple(name for name, holds in told.items() if holds)
