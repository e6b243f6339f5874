"""The second person's own working life: days, hours and absences that are not the owner's."""

from statistics import median

from msgspec import Struct

from detectors.core.event import MINUTE
from monitor.simulation.calendar import day_of, local, weekday
from monitor.simulation.misdeeds.scene import Scene
from monitor.simulation.parameters import Span

_DAY_MINUTES = 1_440
_PRESENT: Span = (0.7, 1.0)
_LEAST = 3
_UNPUNCTUAL = 14.0
_SEVEN_DAYS = 0.3


class Routine(Struct, frozen=True):
    """On which days of the week (0 to 6) somebody works, from which minute of the day and for how
    many, and on which share of those days really."""

    days: frozenset[int]
    start: float
    length: float
    present: float


def draw(scene: Scene, start: float, length: Span) -> Routine:
    """A routine that begins at about that minute of the local day and lasts so many."""
    rng = scene.dice
    pool = range(7) if rng.random() < _SEVEN_DAYS else range(5)
    days = frozenset(rng.sample(pool, rng.choice((4, 5, 5, 5))))
    return Routine(days, start, scene.draw(length), scene.draw(_PRESENT))


def beside(scene: Scene, offset: Span, length: Span) -> Routine | None:
    """One that begins so many minutes after the owner's usually does; None without an owner."""
    zone = scene.person.site.zone
    begun = [
        (sitting.start - local(zone, day_of(sitting.start), 0)) / MINUTE % _DAY_MINUTES
        for sitting in scene.working(5, whole_days=True)
    ]
    return draw(scene, median(begun) + scene.draw(offset), length) if begun else None


def spans(scene: Scene, routine: Routine, days: int) -> list[tuple[int, int]]:
    """From when until when (ms) on the next so many days of it; none when there are too few."""
    rng, zone = scene.dice, scene.person.site.zone
    found: list[tuple[int, int]] = []
    for day in range(day_of(scene.start), day_of(scene.until) + 1):
        if weekday(day) not in routine.days or rng.random() >= routine.present:
            continue
        start = local(zone, day, routine.start + rng.gauss(0.0, _UNPUNCTUAL))
        end = start + round((routine.length + rng.gauss(0.0, _UNPUNCTUAL)) * MINUTE)
        if scene.start <= start < end <= scene.until:
            found.append((start, end))
        if len(found) == days:
            break
    return found if len(found) >= _LEAST else []
