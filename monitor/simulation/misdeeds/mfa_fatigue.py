"""A known password and a telephone that asks and asks, until its owner says yes or sleeps on."""

from detectors.core.event import MINUTE, SECOND
from monitor.simulation.acts import LOGON, MFA_DENIED, MFA_TIMEOUT, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.calendar import day_of, local
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.world import Person

BEHAVIOUR = "mfa_fatigue"
RATE = 10.0
_YES = 0.4


def _burst(scene: Scene) -> list[Act]:
    """A request every half minute in the middle of whatever the owner does."""
    return _pester(scene, scene.start, scene.dice.randint(8, 25), 15, 60)


def _at_night(scene: Scene) -> list[Act]:
    """A request every few minutes while the owner sleeps."""
    start = local(scene.person.site.zone, day_of(scene.start) + 1, 120)
    if scene.hurry:
        return _pester(scene, scene.start, 12, 5, 15)
    return _pester(scene, start, scene.dice.randint(10, 30), 90, 420)


def _pester(scene: Scene, start: int, count: int, low: float, high: float) -> list[Act]:
    rng = scene.dice
    _, ip, machine = scene.stranger("fixed", rng.choice(ABROAD))
    agent = user_agent(machine, start)
    moment, acts = start, []
    for _ in range(count):
        detail = MFA_DENIED if rng.random() < 0.5 else MFA_TIMEOUT
        acts.append(
            Act(
                moment,
                scene.person,
                LOGON,
                detail,
                None,
                ip,
                agent,
                True,
                scene.person.mfa,
                scene.id,
            )
        )
        moment += round(rng.uniform(low, high) * SECOND)
    if rng.random() < _YES:
        acts += scene.use(moment, moment + 10 * MINUTE, machine, ip, mfa=True, closes=0.1)
    return acts


def _is_asked(person: Person) -> bool:
    return person.mfa == "push" and person.kind == "person"


STRATEGIES = (
    Strategy("burst", _burst, _is_asked),
    Strategy("at_night", _at_night, _is_asked),
)
