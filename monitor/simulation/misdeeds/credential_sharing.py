"""One account, several people: article 6 of the policy, in the ways that call centres know.

What no log of that tenant could ever tell is not done there: two people at one address, where the
log tells when they signed on and not what they did; two shifts, where it tells no ends.
"""

from collections.abc import Callable

from msgspec import Struct

from detectors.core.event import HOUR, MINUTE
from monitor.simulation import networks
from monitor.simulation.acts import Act, Sitting
from monitor.simulation.calendar import day_of, local
from monitor.simulation.lives.day import home_address, is_at_work
from monitor.simulation.lives.persona import DESK, FLOOR, HOME, PERSON, SHARED
from monitor.simulation.misdeeds import routine
from monitor.simulation.misdeeds.scene import ABROAD, Partner, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.style import BY_EITHER, BY_USE, ENDS, LOGONS, REFRESHES, RICH, Style
from monitor.simulation.world import Person

BEHAVIOUR = "credential_sharing"
RATE = 60.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges sharing is drawn. Times are minutes unless said otherwise."""

    days: tuple[int, int] = (10, 24)
    """On how many of the owner's working days, at most, the account is shared: a habit."""
    share: Span = (0.5, 1.0)
    """The share of those on which it really is."""
    far_km: Span = (150.0, 900.0)
    """How far away, at least, a colleague in another city is."""
    delay: Span = (0.05, 0.6)
    """When the other begins: after this part of the owner's session."""
    together: Span = (60.0, 420.0)
    """How long the other works while the owner does."""
    turn: Span = (8.0, 55.0)
    """From the owner's end to the other's start, when they take turns from place to place."""
    handover: Span = (1.0, 25.0)
    """The same in one place, between two shifts."""
    shift: Span = (300.0, 510.0)
    """How long a shift of the other is."""
    own_hours: float = 0.55
    """The share of those who work together of whom the other keeps hours and days of his own."""
    later: Span = (-180.0, 210.0)
    """So long after the owner, or before, such a one usually begins."""
    hours: Span = (200.0, 540.0)
    """How long such a one usually works."""
    team: tuple[int, int] = (2, 4)
    """How many others use a team's login."""
    arrivals: Span = (-240.0, 300.0)
    """The same as `later`, for each of a team."""
    errand: Span = (15.0, 150.0)
    """How long an assistant is at it at a time."""
    errands: tuple[int, int] = (1, 4)
    """How many times a day."""
    evening: Span = (1_170.0, 1_420.0)
    """From which minute of the day the night is worked."""
    night: Span = (150.0, 480.0)
    """How long."""
    buyers: tuple[int, int] = (3, 8)
    """Who bought a resold seat."""
    visit: Span = (30.0, 300.0)
    """How long one of them works."""
    loan: Span = (10.0, 60.0)
    """How long a spouse does."""


RANGES = Ranges()
HABIT = 5
"""On fewer days than these it is a loan."""
_COLLEAGUES = ("Paris", "Marseille", "Toulouse", "Tunis", "Casablanca", "Dakar", "Antananarivo")
_When = Callable[[Scene, Sitting], tuple[int, int]]


def _two_cities(scene: Scene) -> list[Act]:
    """A colleague in another city of the country works on the account while its owner does."""
    near = scene.in_the_country()
    city = scene.far_away(scene.draw(RANGES.far_km), near or _COLLEAGUES)
    return _regularly(scene, scene.partner("fixed", city), _meanwhile)


def _abroad(scene: Scene) -> list[Act]:
    """The same from another country: a sister site, or a friend."""
    city = scene.far_away(500.0, (*_COLLEAGUES, *ABROAD))
    return _regularly(scene, scene.partner("fixed", city), _meanwhile)


def _through_vpn(scene: Scene) -> list[Act]:
    """The same through a VPN, so that the place tells nothing."""
    place = scene.dice.choice(networks.places("vpn"))
    return _regularly(scene, scene.partner("vpn", place), _meanwhile)


def _taking_turns(scene: Scene) -> list[Act]:
    """Two cities in turn within the hour: never together, and faster than anybody travels."""
    city = scene.far_away(500.0, (*_COLLEAGUES, *ABROAD))
    return _regularly(scene, scene.partner("fixed", city), _in_turn)


def _on_a_mobile_network(scene: Scene) -> list[Act]:
    """A colleague's laptop on a telephone's connection, which seems to be in the capital."""
    network = scene.person.carrier
    partner = scene.partner("mobile", network.site, scene.other_machine())
    return _regularly(scene, partner, _meanwhile)


def _same_office(scene: Scene) -> list[Act]:
    """Two workstations of one floor at the same time, behind one address."""
    return _regularly(scene, scene.colleague(), _meanwhile)


def _same_office_identical(scene: Scene) -> list[Act]:
    """The same from machines that the company installs alike: only the sessions are two."""
    found = scene.working(1)
    if not found:
        return []
    colleague = scene.colleague(scene.machine_of(found[0]))
    return _regularly(scene, colleague, _meanwhile, ip=found[0].ip)


def _three_on_a_floor(scene: Scene) -> list[Act]:
    """Two colleagues at once, most of them on other machines, some on the same ones."""
    acts: list[Act] = []
    for _ in range(2):
        alike = scene.dice.choice(scene.person.site.workstations)
        machine = alike if scene.dice.random() < 0.4 else None
        acts += _regularly(scene, scene.colleague(machine), _meanwhile)
    return acts


def _home_and_office(scene: Scene) -> list[Act]:
    """The owner is in the office; somebody at home, in the same city, is on the account too."""
    partner = scene.partner("fixed", scene.person.site.city)
    return _regularly(scene, partner, _meanwhile)


def _household(scene: Scene) -> list[Act]:
    """A spouse works on the account behind the same line, day after day."""
    partner = scene.partner("fixed", scene.person.site.city)
    acts: list[Act] = []
    exits = scene.person.site.exits if scene.person.site.gateway_at_home else ()
    by_exit = bool(exits) and scene.dice.random() < RANGES.own_hours
    for start, end in _times(scene, _meanwhile, scene.times(*RANGES.days)):
        ip = home_address(scene.world, scene.person, day_of(start))
        where = scene.dice.choice(exits) if by_exit else ip
        acts += scene.visit(partner, start, end, where)
    return acts


def _relay(scene: Scene) -> list[Act]:
    """Another takes over when the owner's shift ends: hours that no one person keeps."""
    acts: list[Act] = []
    colleague = scene.colleague()
    for sitting in scene.some(scene.times(*RANGES.days), scene.draw(RANGES.share)):
        start, end = _next_shift(scene, sitting)
        acts += scene.visit(colleague, start, end, sitting.ip)
    return acts


def _relay_one_workstation(scene: Scene) -> list[Act]:
    """The same at the owner's own workstation, which is simply left to the next one."""
    acts: list[Act] = []
    for sitting in scene.some(scene.times(*RANGES.days), scene.draw(RANGES.share)):
        colleague = scene.colleague(scene.machine_of(sitting))
        start, end = _next_shift(scene, sitting)
        acts += scene.visit(colleague, start, end, sitting.ip)
    return acts


def _days_off(scene: Scene) -> list[Act]:
    """A colleague works on the account when its owner does not: weekends, leave, nights."""
    colleague = scene.colleague()
    first, acts = day_of(scene.start), list[Act]()
    for day in range(first, min(first + 24, day_of(scene.until))):
        person = scene.person
        is_off = not is_at_work(scene.world, person, day)
        if not is_off and scene.dice.random() < 0.5:
            continue
        minute = scene.draw((400, 700)) if is_off else scene.draw((1_050, 1_150))
        start = local(person.site.zone, day, minute)
        if start > scene.start:
            acts += scene.visit(colleague, start, start + scene.minutes(RANGES.shift))
    return acts


def _resold_seat(scene: Scene) -> list[Act]:
    """The seat is sold on: three to eight people in several countries use it every day."""
    rng = scene.dice
    cities = rng.sample(ABROAD, rng.randint(*RANGES.buyers))
    buyers = [scene.partner("fixed", city) for city in cities]
    acts: list[Act] = []
    if scene.hurry:
        for number, buyer in enumerate(buyers):
            start = scene.start + number * 30_000
            acts += scene.visit(buyer, start, start + scene.lasting(40, 100))
        return acts
    first, share = day_of(scene.start) + 1, scene.draw(RANGES.share)
    last = min(first + rng.randint(*RANGES.days), day_of(scene.until))
    for day in range(first, max(last, first + 1)):
        for buyer in buyers:
            if rng.random() < share:
                acts += _visit_by_day(scene, buyer, day)
    return acts


def _loan(scene: Scene) -> list[Act]:
    """A spouse, once or twice, on another machine at the same address."""
    partner = scene.partner("fixed", scene.person.site.city)
    acts: list[Act] = []
    for sitting in scene.working(scene.times(1, 2)):
        start = max(scene.start, sitting.start + scene.lasting(60, 120))
        acts += scene.visit(partner, start, start + scene.minutes(RANGES.loan), sitting.ip)
    return acts


def _since_the_first_day(scene: Scene) -> list[Act]:
    """Two people from the beginning: the account has no past of its own owner's alone."""
    if scene.person.place == FLOOR and scene.dice.random() < 0.5:
        partner = scene.colleague()
    else:
        places = (*scene.in_the_country(), scene.person.site.city)
        partner = scene.partner("fixed", scene.dice.choice(places))
    when = scene.dice.choice((_meanwhile, _meanwhile, _next_shift))
    if scene.hurry:
        when = _meanwhile
    days = 10_000 if not scene.hurry else 1
    return _regularly(scene, partner, when, days=days)


def _team_login(scene: Scene) -> list[Act]:
    """A team's login: three to five on one floor, who come and go when they like."""
    acts: list[Act] = []
    for _ in range(scene.dice.randint(*RANGES.team)):
        alike = scene.dice.choice(scene.person.site.workstations)
        colleague = scene.colleague(alike if scene.dice.random() < 0.5 else None)
        acts += _by_habit(scene, colleague, RANGES.arrivals)
    return acts


def _manager_and_assistant(scene: Scene) -> list[Act]:
    """An assistant in the same office sees to things, several times on most days."""
    assistant = scene.colleague()
    acts: list[Act] = []
    for start, end in _times(scene, _meanwhile, scene.times(*RANGES.days)):
        moment = start
        for _ in range(scene.times(*RANGES.errands)):
            until = min(end, moment + scene.minutes(RANGES.errand))
            acts += scene.visit(assistant, moment, until)
            moment = until + scene.minutes(RANGES.errand)
            if moment + MINUTE >= end:
                break
    return acts


def _through_one_gateway(scene: Scene) -> list[Act]:
    """Two, wherever they are: the company's gateway hides both in the same few exits."""
    own = scene.other_machine() if scene.dice.random() < 0.6 else scene.person.machine
    return _by_habit(scene, scene.colleague(own), RANGES.later)


def _twins_on_a_floor(scene: Scene) -> list[Act]:
    """Machines that the company installs alike, and each signs on and off when it suits him."""
    found = scene.working(1)
    if not found:
        return []
    return _by_habit(scene, scene.colleague(scene.machine_of(found[0])), RANGES.later)


def _day_and_night(scene: Scene) -> list[Act]:
    """The owner by day and somebody else in the evening or at night, at home or on the floor."""
    if scene.person.place == FLOOR and scene.dice.random() < 0.6:
        partner = scene.colleague()
    else:
        partner = scene.partner("fixed", scene.person.site.city)
    if scene.hurry:
        return _regularly(scene, partner, _in_turn)
    own = routine.draw(scene, scene.draw(RANGES.evening), RANGES.night)
    acts: list[Act] = []
    if len(scene.working(HABIT, whole_days=True)) < HABIT:
        return acts
    for start, end in routine.spans(scene, own, scene.times(*RANGES.days)):
        acts += scene.visit(partner, start, end)
    return acts


def _authorised(scene: Scene) -> list[Act]:
    """One more person on an account that the directory says is a room's."""
    return _regularly(scene, scene.colleague(), _meanwhile)


def _regularly(
    scene: Scene,
    partner: Partner,
    when: _When,
    *,
    ip: str | None = None,
    days: int | None = None,
) -> list[Act]:
    """The partner's work on a share of the owner's next working days."""
    acts: list[Act] = []
    count = scene.times(*RANGES.days) if days is None else days
    for start, end in _times(scene, when, count):
        acts += scene.visit(partner, start, end, ip)
    return acts


def _times(scene: Scene, when: _When, days: int) -> list[tuple[int, int]]:
    """From when until when (ms) the other works: beside the owner, or at hours of his own."""
    if when is _meanwhile and not scene.hurry and scene.dice.random() < RANGES.own_hours:
        found = _habit(scene, RANGES.later, days)
        if found:
            return found
    return [when(scene, sitting) for sitting in scene.some(days, scene.draw(RANGES.share))]


def _habit(scene: Scene, later: Span, days: int) -> list[tuple[int, int]]:
    own = routine.beside(scene, later, RANGES.hours)
    return [] if own is None else routine.spans(scene, own, days)


def _by_habit(scene: Scene, partner: Partner, later: Span) -> list[Act]:
    """The partner's work at hours and on days of his own."""
    if scene.hurry:
        return _regularly(scene, partner, _meanwhile)
    acts: list[Act] = []
    for start, end in _habit(scene, later, scene.times(*RANGES.days)):
        acts += scene.visit(partner, start, end)
    return acts


def _meanwhile(scene: Scene, sitting: Sitting) -> tuple[int, int]:
    after = round((sitting.end - sitting.start) * scene.draw(RANGES.delay))
    start = max(scene.start, sitting.start + after)
    return start, start + scene.minutes(RANGES.together)


def _in_turn(scene: Scene, sitting: Sitting) -> tuple[int, int]:
    ended = sitting.start + MINUTE if scene.hurry else sitting.end
    start = ended + scene.minutes(RANGES.turn)
    return start, start + scene.minutes(RANGES.together)


def _next_shift(scene: Scene, sitting: Sitting) -> tuple[int, int]:
    start = sitting.end + round(scene.draw(RANGES.handover) * MINUTE)
    return start, start + round(scene.draw(RANGES.shift) * MINUTE)


def _visit_by_day(scene: Scene, buyer: Partner, day: int) -> list[Act]:
    noon = local("Africa/Dakar", day, 720 - buyer.network.longitude * 4)
    start = noon + round(scene.draw((-4, 6)) * HOUR)
    return scene.visit(buyer, start, start + scene.minutes(RANGES.visit))


def is_a_worker(person: Person) -> bool:
    """Whether somebody works regular hours in one place."""
    return person.kind == PERSON and person.place in {FLOOR, HOME, DESK}


def _tells_work(style: Style) -> bool:
    """Whether what the log tells follows the work of each, be it only from break to break."""
    if style.activities == RICH:
        return True
    if style.activities == REFRESHES and style.renews in {BY_USE, BY_EITHER}:
        return True
    return style.breaks and style.activities in {REFRESHES, ENDS}


def _tells_hands(person: Person) -> bool:
    """Whether the log tells what is done at either of two machines behind one address."""
    style = person.tenant.style
    return _tells_work(style) and (style.agents or style.sessions)


def _tells_hours(person: Person) -> bool:
    """Whether the log can tell from when until when a session lasts."""
    return person.tenant.style.sessions and person.tenant.style.activities != LOGONS


def _is_a_visible_worker(person: Person) -> bool:
    """Whether two places at once would show: a sign-on now and then shows where, and not when."""
    style = person.tenant.style
    return is_a_worker(person) and (style.activities in {RICH, REFRESHES} or _tells_work(style))


def _works_visibly(person: Person) -> bool:
    return is_a_worker(person) and _tells_hands(person)


def _works_on_a_floor(person: Person) -> bool:
    works = person.place == FLOOR and person.persona != "kiosk_user"
    return works and _tells_hands(person)


def _has_visible_hours(person: Person) -> bool:
    return _works_on_a_floor(person) and _tells_hours(person)


def _works_by_day_visibly(person: Person) -> bool:
    works = person.persona in {"agent", "rotating_agent", "commuting_agent"}
    return works and _tells_hours(person)


def _works_in_an_office(person: Person) -> bool:
    return person.place in {FLOOR, DESK} and _tells_hands(person)


def _works_at_home(person: Person) -> bool:
    return person.place == HOME and _tells_hands(person)


def _works_behind_exits(person: Person) -> bool:
    at_home = person.site.gateway_at_home or person.place != HOME
    return bool(person.site.exits) and at_home and _works_visibly(person)


def _has_an_assistant(person: Person) -> bool:
    return person.kind == PERSON and person.place == DESK and _tells_hands(person)


def _works_by_day(person: Person) -> bool:
    works = person.persona in {"agent", "home_agent", "part_timer", "browser_aside", "on_call"}
    return works and _tells_hours(person)


def _is_a_room(person: Person) -> bool:
    return person.kind == SHARED


_EARLY: Span = (0.15, 0.6)

STRATEGIES = (
    Strategy("two_cities", _two_cities, _is_a_visible_worker, begins=_EARLY, least_days=HABIT),
    Strategy("abroad", _abroad, _is_a_visible_worker, begins=_EARLY, least_days=HABIT),
    Strategy(
        "through_vpn", _through_vpn, _works_visibly, held_back=True, begins=_EARLY, least_days=HABIT
    ),
    Strategy("taking_turns", _taking_turns, _is_a_visible_worker, begins=_EARLY, least_days=HABIT),
    Strategy(
        "on_a_mobile_network", _on_a_mobile_network, _works_visibly, begins=_EARLY, least_days=HABIT
    ),
    Strategy("same_office", _same_office, _works_on_a_floor, begins=_EARLY, least_days=HABIT),
    Strategy(
        "same_office_identical",
        _same_office_identical,
        _has_visible_hours,
        held_back=True,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy(
        "three_on_a_floor",
        _three_on_a_floor,
        _works_on_a_floor,
        held_back=True,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy(
        "home_and_office",
        _home_and_office,
        _works_in_an_office,
        held_back=True,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy("household", _household, _works_at_home, begins=_EARLY, least_days=HABIT),
    Strategy("relay", _relay, _works_by_day_visibly, begins=_EARLY, least_days=HABIT),
    Strategy(
        "relay_one_workstation",
        _relay_one_workstation,
        _works_by_day_visibly,
        held_back=True,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy("days_off", _days_off, _works_by_day_visibly, begins=_EARLY, least_days=HABIT),
    Strategy("resold_seat", _resold_seat, _is_a_visible_worker, begins=_EARLY, least_days=HABIT),
    Strategy("team_login", _team_login, _works_in_an_office, begins=_EARLY, least_days=HABIT),
    Strategy(
        "manager_and_assistant",
        _manager_and_assistant,
        _has_an_assistant,
        held_back=True,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy(
        "through_one_gateway",
        _through_one_gateway,
        _works_behind_exits,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy(
        "twins_on_a_floor",
        _twins_on_a_floor,
        _has_visible_hours,
        begins=_EARLY,
        least_days=HABIT,
    ),
    Strategy("day_and_night", _day_and_night, _works_by_day, begins=_EARLY, least_days=HABIT),
    Strategy("loan", _loan, _works_at_home, minor=True),
    Strategy(
        "since_the_first_day",
        _since_the_first_day,
        _is_a_visible_worker,
        begins=(0.0, 0.0),
        least_days=HABIT,
    ),
    Strategy("authorised", _authorised, _is_a_room, minor=True, begins=_EARLY),
)
