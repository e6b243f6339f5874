"""A stolen cookie: one session id, and suddenly another network or machine."""

from msgspec import Struct

from detectors.core.event import HOUR, MINUTE, SECOND
from monitor.simulation import agents, networks
from monitor.simulation.acts import OTHER, RENEWAL, Act, Sitting
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.lives.persona import DESK, FLOOR, HOME, PERSON
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.style import REFRESHES
from monitor.simulation.world import Person

BEHAVIOUR = "session_hijacking"
RATE = 18.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a stolen session's use is drawn. Times are minutes."""

    after: Span = (0.05, 0.7)
    """When it begins: after this part of the owner's session."""
    acts: tuple[int, int] = (6, 50)
    """How much the thief does."""
    pace: Span = (0.3, 5.0)
    """Between two of his activities, on average."""
    late: Span = (60.0, 300.0)
    """From the owner's end to the theft of a session that was left open."""


RANGES = Ranges()


def _other_machine(scene: Scene) -> list[Act]:
    """From abroad and on another machine, while the owner goes on working."""
    _, ip, _ = scene.stranger("fixed", scene.dice.choice(ABROAD))
    return _ride(scene, ip, scene.other_machine())


def _copied_agent(scene: Scene) -> list[Act]:
    """From a rented server, with the owner's user agent copied."""
    network = networks.network(scene.dice, "hosting", scene.dice.choice(("Paris", "Nuremberg")))
    return _ride(scene, networks.address(scene.dice, network), None)


def _scripted(scene: Scene) -> list[Act]:
    """By a program on a rented server."""
    network = networks.network(scene.dice, "hosting", scene.dice.choice(("New York", "Amsterdam")))
    program = agents.program(scene.dice, "python-requests", "curl", "Go")
    return _ride(scene, networks.address(scene.dice, network), program)


def _through_vpn(scene: Scene) -> list[Act]:
    """Through a VPN, on another machine."""
    network = networks.network(scene.dice, "vpn", scene.dice.choice(networks.places("vpn")))
    return _ride(scene, networks.address(scene.dice, network), scene.other_machine())


def _own_country(scene: Scene) -> list[Act]:
    """From a home in the owner's country, on another machine."""
    _, ip, _ = scene.stranger("fixed", scene.dice.choice(_near(scene)))
    return _ride(scene, ip, scene.other_machine())


def _interleaved(scene: Scene) -> list[Act]:
    """From a home in the owner's country, with his user agent, act by act between his own."""
    _, ip, _ = scene.stranger("fixed", scene.dice.choice(_near(scene)))
    return _ride(scene, ip, None)


def _after_hours(scene: Scene) -> list[Act]:
    """Hours after the owner went home without signing out."""
    _, ip, machine = scene.stranger("fixed", scene.dice.choice(ABROAD))
    return _ride(scene, ip, machine, late=True)


def _ride(scene: Scene, ip: str, machine: Machine | None, *, late: bool = False) -> list[Act]:
    found = [s for s in scene.working(5) if not (late and s.closed)]
    if not found:
        return []
    rng, sitting = scene.dice, found[0]
    start = sitting.start + round((sitting.end - sitting.start) * scene.draw(RANGES.after))
    if late:
        start = sitting.end + scene.minutes(RANGES.late)
    return _acts(scene, sitting, max(start, scene.start), ip, machine, rng.randint(*RANGES.acts))


def _acts(
    scene: Scene, sitting: Sitting, start: int, ip: str, machine: Machine | None, count: int
) -> list[Act]:
    rng = scene.dice
    style = scene.person.tenant.style
    is_refreshing = style.activities == REFRESHES
    pace = scene.pace(style.refresh * 0.5 if is_refreshing else scene.draw(RANGES.pace))
    moment, acts = start, []
    for _ in range(count):
        agent = sitting.agent if machine is None else user_agent(machine, start)
        activity = RENEWAL if is_refreshing or rng.random() < 0.3 else OTHER
        acts.append(
            Act(moment, scene.person, activity, None, sitting.session, ip, agent, cause=scene.id)
        )
        moment += SECOND + round(rng.expovariate(1.0) * pace * MINUTE)
        if moment - start > 8 * HOUR:
            break
    return acts


def _near(scene: Scene) -> list[str]:
    return [*scene.in_the_country(), scene.person.site.city]


def _sits_all_day(person: Person) -> bool:
    works = person.kind == PERSON and person.place in {FLOOR, HOME, DESK}
    return works and person.persona != "kiosk_user" and person.tenant.style.tells_activity


STRATEGIES = (
    Strategy("other_machine", _other_machine, _sits_all_day),
    Strategy("copied_agent", _copied_agent, _sits_all_day),
    Strategy("scripted", _scripted, _sits_all_day),
    Strategy("through_vpn", _through_vpn, _sits_all_day),
    Strategy("own_country", _own_country, _sits_all_day, held_back=True),
    Strategy("interleaved", _interleaved, _sits_all_day, held_back=True),
    Strategy("after_hours", _after_hours, _sits_all_day),
)
