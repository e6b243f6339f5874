"""Somebody who knows the password, and is not the owner."""

from collections.abc import Callable

from msgspec import Struct

from detectors.core.event import SECOND
from monitor.simulation import agents, networks
from monitor.simulation.acts import FACTOR_ENABLE, PASSWORD_RESET, Act, slip
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.calendar import day_of, local
from monitor.simulation.lives.persona import DESK, FLOOR, HOME, PERSON, ROAD
from monitor.simulation.misdeeds import brute_force, credential_stuffing, password_spraying
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import NEVER, Person

BEHAVIOUR = "account_takeover"
RATE = 35.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a takeover is drawn. Times are minutes unless said otherwise."""

    stay: Span = (8.0, 120.0)
    """How long the stranger stays."""
    pace: Span = (1.0, 8.0)
    """Between two of his activities, on average."""
    again: float = 0.5
    """How often he comes again, later."""
    later: Span = (200.0, 2_500.0)
    """When he does."""
    changes: float = 0.25
    """How often he changes the password or adds a factor, where the strategy does not say."""
    after_guessing: Span = (0.2, 240.0)
    """From the right guess to its use."""
    silence: Span = (10.0, 24.0)
    """Days for which a dormant account has been silent."""
    poisoning: tuple[int, int] = (4, 10)
    """On how many days the profile is poisoned before the account is used in earnest."""


RANGES = Ranges()
_HOSTED_AT_HOME = ("Paris", "Roubaix", "Gravelines")
_PHISHERS = ("Amsterdam", "Frankfurt", "London", "New York")
_Guessing = Callable[[Scene, list[str]], list[Act]]


def _abroad(scene: Scene) -> list[Act]:
    """From a home in a country that the owner has nothing to do with, on another machine."""
    _, ip, machine = scene.stranger("fixed", scene.dice.choice(ABROAD))
    return _break_in(scene, ip, machine)


def _hosted(scene: Scene) -> list[Act]:
    """From a rented server in France, so that the country tells nothing."""
    _, ip, machine = scene.stranger("hosting", scene.dice.choice(_HOSTED_AT_HOME))
    return _break_in(scene, ip, machine)


def _vpn(scene: Scene) -> list[Act]:
    """Through a VPN, as many honest people do."""
    _, ip, machine = scene.stranger("vpn", scene.dice.choice(networks.places("vpn")))
    return _break_in(scene, ip, machine)


def _tor(scene: Scene) -> list[Act]:
    """Through Tor, whose browser is a Firefox on Windows whatever the machine is."""
    network = networks.network(scene.dice, "tor", "Berlin")
    machine = Machine("Firefox", "Windows", scene.dice.uniform(10, 40))
    return _break_in(scene, networks.address(scene.dice, network), machine)


def _own_country(scene: Scene) -> list[Act]:
    """From a home in the owner's own country: a residential proxy, in working hours."""
    places = [*scene.in_the_country(), scene.person.site.city]
    _, ip, machine = scene.stranger("fixed", scene.dice.choice(places))
    return _break_in(scene, ip, machine)


def _phished(scene: Scene) -> list[Act]:
    """Through a relaying page just after its owner signed in, second factor and all."""
    _, ip, _ = scene.stranger("hosting", scene.dice.choice(_PHISHERS))
    return _relayed(scene, ip)


def _phished_residential(scene: Scene) -> list[Act]:
    """The same page behind a residential proxy in the owner's country."""
    places = [*scene.in_the_country(), scene.person.site.city]
    _, ip, _ = scene.stranger("fixed", scene.dice.choice(places))
    return _relayed(scene, ip)


def _after_brute_force(scene: Scene) -> list[Act]:
    """The end of a guessing: the right password, used at once or hours later."""
    rng = scene.dice
    addresses = brute_force.sources(scene, rng.choice((1, 1, 12, 40)))
    return _after(scene, addresses, brute_force.BEHAVIOUR, brute_force.guesses)


def _after_spraying(scene: Scene) -> list[Act]:
    """The one account that a spraying gets into."""
    addresses = password_spraying.sources(scene, scene.dice.choice((1, 1, 10)))
    return _after(scene, addresses, password_spraying.BEHAVIOUR, password_spraying.tries)


def _after_stuffing(scene: Scene) -> list[Act]:
    """The one right pair of a leaked list."""
    addresses = credential_stuffing.sources(scene, scene.dice.choice((1, 30)))
    return _after(scene, addresses, credential_stuffing.BEHAVIOUR, credential_stuffing.tries)


def _dormant(scene: Scene) -> list[Act]:
    """On an account that nobody has used for weeks, of somebody who left or is on leave."""
    person = scene.person
    left = [person.last_day, *(first for first, _ in person.leaves)]
    silent_from = min(day for day in left if day >= scene.world.first_day - 2)
    wake = silent_from + round(scene.draw(RANGES.silence))
    scene.start = max(scene.start, local(person.site.zone, wake, scene.draw((0, 1_400))))
    if any(last < day_of(scene.start) for _, last in person.leaves):
        return []
    kind, places = scene.dice.choice((("fixed", ABROAD), ("hosting", _HOSTED_AT_HOME)))
    _, ip, machine = scene.stranger(kind, scene.dice.choice(places))
    return _break_in(scene, ip, machine)


def _slow_poisoning(scene: Scene) -> list[Act]:
    """Short visits in the owner's hours, until the profile takes the stranger for known."""
    rng, acts = scene.dice, list[Act]()
    places = [*scene.in_the_country(), scene.person.site.city]
    network, ip, machine = scene.stranger("fixed", rng.choice(places))
    days = scene.working(scene.times(*RANGES.poisoning))
    if not days:
        return []
    if rng.random() < 0.5:
        machine = scene.machine_of(days[0])
    for sitting in days:
        start = max(scene.start, sitting.start + scene.lasting(5, 100 if scene.hurry else 200))
        ip = ip if rng.random() < 0.8 else networks.address(rng, network)
        acts += scene.use(start, start + scene.lasting(1, 6), machine, ip, mfa=False, pace=2.0)
    begin = acts[-1].time + scene.lasting(300, 1_500)
    end = begin + scene.minutes(RANGES.stay)
    return acts + scene.use(begin, end, machine, ip, mfa=False, pace=scene.draw(RANGES.pace))


def _password_reset(scene: Scene) -> list[Act]:
    """By a mailbox that is theirs as well: a new password first, then the sign-in."""
    _, ip, machine = _anywhere(scene)
    agent = user_agent(machine, scene.start)
    reset = Act(
        scene.start,
        scene.person,
        PASSWORD_RESET,
        None,
        None,
        ip,
        agent,
        cause=scene.id,
        change=True,
    )
    return [reset, *_break_in(scene, ip, machine, change=0)]


def _factor_change(scene: Scene) -> list[Act]:
    """A sign-in, and at once a second factor of the stranger's own, so as to stay."""
    _, ip, machine = _anywhere(scene)
    return _break_in(scene, ip, machine, change=FACTOR_ENABLE)


def _anywhere(scene: Scene) -> tuple[object, str, Machine]:
    kind, places = scene.dice.choice(
        (
            ("fixed", ABROAD),
            ("hosting", networks.places("hosting")),
            ("vpn", networks.places("vpn")),
        )
    )
    return scene.stranger(kind, scene.dice.choice(places))


def _relayed(scene: Scene, ip: str) -> list[Act]:
    """The owner's second factor on the stranger's page; its browser is copied half of the time."""
    rng = scene.dice
    found = scene.working(1)
    if not found:
        return []
    machine = scene.machine_of(found[0]) if rng.random() < 0.5 else scene.other_machine()
    start = max(scene.start, found[0].start + scene.lasting(0.5, 15))
    end = start + scene.minutes(RANGES.stay)
    acts = scene.use(start, end, machine, ip, mfa=True, closes=0.2, pace=scene.draw(RANGES.pace))
    if rng.random() < RANGES.changes:
        acts.append(_change(scene, FACTOR_ENABLE, start, ip, machine))
    return acts


def _break_in(scene: Scene, ip: str, machine: Machine, *, change: int | None = None) -> list[Act]:
    """A try or two, a visit, a change perhaps (0 is none, None as it comes), and another visit."""
    rng = scene.dice
    agent = user_agent(machine, scene.start)
    start = scene.start + 90 * SECOND
    pace = scene.draw(RANGES.pace)
    acts = slip(rng, scene.person, start, ip, agent, rng.choice((0, 0, 0, 1, 2)), scene.id)
    end = start + scene.minutes(RANGES.stay)
    acts += scene.use(start, end, machine, ip, mfa=False, closes=0.2, pace=pace)
    if change is None and rng.random() < RANGES.changes:
        change = rng.choice((PASSWORD_RESET, FACTOR_ENABLE))
    if change:
        acts.append(_change(scene, change, start, ip, machine))
    if not scene.hurry and rng.random() < RANGES.again:
        again = end + scene.minutes(RANGES.later)
        until = again + scene.minutes(RANGES.stay)
        acts += scene.use(again, until, machine, ip, mfa=False, closes=0.2, pace=pace)
    return acts


def _change(scene: Scene, activity: int, start: int, ip: str, machine: Machine) -> Act:
    moment = start + round(scene.dice.uniform(5, 240) * SECOND)
    agent = user_agent(machine, start)
    return Act(moment, scene.person, activity, None, None, ip, agent, cause=scene.id, change=True)


def _after(scene: Scene, addresses: list[str], attack: str, guessing: _Guessing) -> list[Act]:
    """The attack as a side of its own, and the visit from its address or from another one."""
    rng = scene.dice
    cause = scene.part(attack)
    tried = [act._replace(cause=cause) for act in guessing(scene, addresses)]
    if not tried:
        return []
    mine = [act for act in tried if act.person is scene.person] or tried
    start = mine[-1].time + scene.minutes(RANGES.after_guessing)
    ip = mine[-1].ip
    machine = agents.program(rng, "python-requests", "Go", "Chrome")
    if rng.random() < 0.6:
        _, ip, machine = _anywhere(scene)
    end = start + scene.minutes(RANGES.stay)
    pace = scene.draw(RANGES.pace)
    return tried + scene.use(start, end, machine, ip, mfa=False, closes=0.2, pace=pace)


def _is_a_person(person: Person) -> bool:
    return person.kind == PERSON and person.place in {FLOOR, HOME, DESK, ROAD}


def _has_a_password_only(person: Person) -> bool:
    return _is_a_person(person) and person.mfa is None


def _has_a_second_factor(person: Person) -> bool:
    return _is_a_person(person) and person.mfa is not None


def _falls_silent(person: Person) -> bool:
    is_leaving = person.last_day - person.first_day < NEVER // 2
    return _has_a_password_only(person) and (is_leaving or bool(person.leaves))


STRATEGIES = (
    Strategy("abroad", _abroad, _has_a_password_only),
    Strategy("hosted", _hosted, _has_a_password_only),
    Strategy("vpn", _vpn, _has_a_password_only),
    Strategy("tor", _tor, _has_a_password_only),
    Strategy("own_country", _own_country, _has_a_password_only, held_back=True),
    Strategy("phished", _phished, _has_a_second_factor),
    Strategy("phished_residential", _phished_residential, _has_a_second_factor, held_back=True),
    Strategy("after_brute_force", _after_brute_force, _has_a_password_only),
    Strategy("after_spraying", _after_spraying, _has_a_password_only, held_back=True),
    Strategy("after_stuffing", _after_stuffing, _has_a_password_only),
    Strategy("dormant", _dormant, _falls_silent),
    Strategy("slow_poisoning", _slow_poisoning, _has_a_password_only, held_back=True),
    Strategy("password_reset", _password_reset, _has_a_password_only),
    Strategy("factor_change", _factor_change, _has_a_password_only, held_back=True),
)
