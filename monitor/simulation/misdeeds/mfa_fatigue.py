"""A known password and a telephone that asks and asks, until its owner says yes or sleeps on."""

from msgspec import Struct

from detectors.core.event import MINUTE, SECOND
from monitor.simulation.acts import LOGON, MFA_DENIED, MFA_TIMEOUT, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.calendar import day_of, local
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import Person

BEHAVIOUR = "mfa_fatigue"
RATE = 8.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a storm is drawn."""

    requests: tuple[int, int] = (8, 30)
    """How many requests there are."""
    gap: Span = (12.0, 90.0)
    """Seconds between two of them, on average."""
    night_gap: Span = (80.0, 420.0)
    """The same at night."""
    patient_gap: Span = (900.0, 3_600.0)
    """The same of somebody who has time."""
    denied: Span = (0.1, 0.9)
    """The share that is refused; the others run out."""
    stay: Span = (5.0, 60.0)
    """Minutes inside, after a yes."""


RANGES = Ranges()


def _burst(scene: Scene) -> list[Act]:
    """A request every half minute in the middle of whatever the owner does; he refuses."""
    return _pester(scene, scene.start, RANGES.gap, is_accepted=False)


def _at_night(scene: Scene) -> list[Act]:
    """A request every few minutes while the owner sleeps."""
    if scene.hurry:
        return _pester(scene, scene.start, (5, 15), is_accepted=False)
    start = local(scene.person.site.zone, day_of(scene.start) + 1, scene.draw((30, 240)))
    return _pester(scene, start, RANGES.night_gap, is_accepted=scene.dice.random() < 0.2)


def _accepted(scene: Scene) -> list[Act]:
    """The storm that ends in a yes."""
    return _pester(scene, scene.start, RANGES.gap, is_accepted=True)


def _accepted_at_night(scene: Scene) -> list[Act]:
    """The same at night, to be left in peace."""
    if scene.hurry:
        return _pester(scene, scene.start, (5, 15), is_accepted=True)
    start = local(scene.person.site.zone, day_of(scene.start) + 1, scene.draw((30, 240)))
    return _pester(scene, start, RANGES.night_gap, is_accepted=True)


def _patient(scene: Scene) -> list[Act]:
    """A request every half hour of a day."""
    return _pester(scene, scene.start, RANGES.patient_gap, is_accepted=scene.dice.random() < 0.4)


def _pester(scene: Scene, start: int, gap: Span, *, is_accepted: bool) -> list[Act]:
    rng = scene.dice
    kind, places = rng.choice((("fixed", ABROAD), ("hosting", ("Paris", "Amsterdam", "London"))))
    _, ip, machine = scene.stranger(kind, rng.choice(places))
    agent = user_agent(machine, start)
    mean, denied = scene.draw(gap), scene.draw(RANGES.denied)
    moment, acts = start, []
    for _ in range(rng.randint(*RANGES.requests)):
        detail = MFA_DENIED if rng.random() < denied else MFA_TIMEOUT
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
        moment += round(mean * rng.uniform(0.4, 1.6) * SECOND)
    if is_accepted:
        end = moment + max(2 * MINUTE, scene.minutes(RANGES.stay))
        acts += scene.use(moment, end, machine, ip, mfa=True, closes=0.1)
    return acts


def _is_asked(person: Person) -> bool:
    return person.mfa == "push" and person.kind == PERSON


STRATEGIES = (
    Strategy("burst", _burst, _is_asked),
    Strategy("at_night", _at_night, _is_asked),
    Strategy("accepted", _accepted, _is_asked),
    Strategy("accepted_at_night", _accepted_at_night, _is_asked, held_back=True),
    Strategy("patient", _patient, _is_asked, held_back=True),
)
