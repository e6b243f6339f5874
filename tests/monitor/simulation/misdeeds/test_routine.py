"""A routine is somebody's own: days of the week, hours, absences."""

from detectors.core.event import DAY, MINUTE
from monitor.simulation.calendar import day_of, local, weekday
from monitor.simulation.misdeeds.routine import Routine, beside, draw, spans
from monitor.simulation.misdeeds.scene import Scene
from monitor.simulation.world import Person
from tests.monitor.simulation.misdeeds.crimes import START, UNTIL, WORLD

AGENTS = [p for p in WORLD.people if p.persona == "agent" and p.first_day * DAY < START]


def scene(person: Person, number: int = 0) -> Scene:
    return Scene(WORLD, person, f"routine-{number}", START, UNTIL, hurry=False)


def test_a_routine_is_drawn_from_its_ranges() -> None:
    drawn = [draw(scene(AGENTS[0], n), 600.0, (200.0, 500.0)) for n in range(60)]
    assert {len(one.days) for one in drawn} == {4, 5}
    assert any(one.days & {5, 6} for one in drawn)
    assert all(200 <= one.length <= 500 and 0.7 <= one.present <= 1 for one in drawn)


def test_spans_are_on_its_days_and_at_its_hours() -> None:
    person = AGENTS[0]
    own = Routine(frozenset({0, 2, 4}), 600.0, 300.0, 1.0)
    found = spans(scene(person), own, 8)
    assert len(found) == 8
    for start, end in found:
        assert weekday(day_of(start)) in own.days
        at = (start - local(person.site.zone, day_of(start), 600)) / MINUTE
        assert abs(at) < 90
        assert abs((end - start) / MINUTE - 300) < 90


def test_a_few_days_are_no_habit() -> None:
    assert spans(scene(AGENTS[0]), Routine(frozenset({0}), 600.0, 300.0, 1.0), 2) == []


def test_it_is_beside_the_owners_hours() -> None:
    found = [beside(scene(p), (0.0, 0.0), (60.0, 60.0)) for p in AGENTS[:20]]
    starts = [p.site.shifts[p.shift][0] for p in AGENTS[:20]]
    near = sum(
        own is not None and abs(own.start - usual) < 60
        for own, usual in zip(found, starts, strict=True)
    )
    assert near > 12


def test_who_does_not_work_has_nobody_beside() -> None:
    gone = next(p for p in WORLD.people if p.last_day * DAY < UNTIL)
    late = Scene(WORLD, gone, "late", (gone.last_day + 2) * DAY, UNTIL + 9 * DAY, hurry=False)
    assert beside(late, (0.0, 0.0), (60.0, 60.0)) is None
