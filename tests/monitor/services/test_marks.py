"""What came since the last visit is new for as long as this one lasts."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import MINUTE
from monitor.services.marks import VISIT, Marks
from tests.monitor.services.people import ADMINISTRATOR, program

NOW = 1_800_000_000_000


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def marks(database: Engine, clock: Clock) -> Marks:
    return Marks(database, "incidents", clock)


def test_nothing_is_new_on_a_first_visit(marks: Marks) -> None:
    assert marks.since(ADMINISTRATOR) is None
    marks.look(ADMINISTRATOR)
    assert marks.since(ADMINISTRATOR) == NOW


def test_it_stays_new_while_somebody_goes_on_looking(marks: Marks, clock: Clock) -> None:
    marks.look(ADMINISTRATOR)
    clock.now = second = NOW + VISIT
    assert marks.since(ADMINISTRATOR) == NOW
    for _ in range(20):
        marks.look(ADMINISTRATOR)
        clock.now += 5 * MINUTE
    assert marks.since(ADMINISTRATOR) == NOW
    last = clock.now - 5 * MINUTE
    clock.now += VISIT
    assert marks.since(ADMINISTRATOR) == last > second


def test_programs_have_been_nowhere(marks: Marks, clock: Clock) -> None:
    key = program("incidents:read")
    marks.look(key)
    clock.now += VISIT
    assert marks.since(key) is None
