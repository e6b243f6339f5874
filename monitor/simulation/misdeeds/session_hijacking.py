"""A stolen cookie: one session id, and suddenly another network or machine."""

from detectors.core.event import MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import OTHER, RENEWAL, Act
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.world import Person

BEHAVIOUR = "session_hijacking"
RATE = 10.0


def _other_machine(scene: Scene) -> list[Act]:
    """From abroad and on another machine, while the owner goes on working."""
    _, ip, _ = scene.stranger("fixed", scene.dice.choice(ABROAD))
    return _ride(scene, ip, scene.other_machine(), late=False)


def _copied_agent(scene: Scene) -> list[Act]:
    """From a rented server, with the owner's user agent copied."""
    network = networks.network(scene.dice, "hosting", scene.dice.choice(("Paris", "Nuremberg")))
    return _ride(scene, networks.address(scene.dice, network), None, late=False)


def _scripted(scene: Scene) -> list[Act]:
    """By a program on a rented server."""
    network = networks.network(scene.dice, "hosting", scene.dice.choice(("New York", "Amsterdam")))
    program = Machine(scene.dice.choice(("python-requests", "curl")), "Linux", 0)
    return _ride(scene, networks.address(scene.dice, network), program, late=False)


def _after_hours(scene: Scene) -> list[Act]:
    """Hours after the owner went home without signing out."""
    _, ip, machine = scene.stranger("fixed", scene.dice.choice(ABROAD))
    return _ride(scene, ip, machine, late=True)


def _ride(scene: Scene, ip: str, machine: Machine | None, *, late: bool) -> list[Act]:
    found = [s for s in scene.working(5) if not (late and s.closed)]
    if not found:
        return []
    rng, sitting = scene.dice, found[0]
    start = sitting.start + round((sitting.end - sitting.start) * rng.uniform(0.2, 0.6))
    if late:
        start = sitting.end + scene.lasting(60, 300)
    start = max(start, scene.start)
    moment, acts = start, []
    for _ in range(rng.randint(8, 30)):
        agent = sitting.agent if machine is None else user_agent(machine, start)
        activity = RENEWAL if rng.random() < 0.3 else OTHER
        acts.append(
            Act(moment, scene.person, activity, None, sitting.session, ip, agent, cause=scene.id)
        )
        moment += SECOND + round(rng.expovariate(1.0) * scene.pace(2.0) * MINUTE)
    return acts


def _sits_all_day(person: Person) -> bool:
    return person.place in {"floor", "home", "desk"}


STRATEGIES = (
    Strategy("other_machine", _other_machine, _sits_all_day),
    Strategy("copied_agent", _copied_agent, _sits_all_day),
    Strategy("scripted", _scripted, _sits_all_day),
    Strategy("after_hours", _after_hours, _sits_all_day),
)
