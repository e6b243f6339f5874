"""Each clock is warned of twice, once when it is near and once when it is past, and no more."""

from collections.abc import Mapping

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ticket import LIMITS, Clock, Limits, Warned, assign
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Severity
from monitor.services.clocks import warn
from monitor.services.ticket_keeping import clocked
from monitor.store import tickets
from monitor.store.ticket_notes import Deed
from tests.monitor.services.ticketed import NOW, Desk, incident

QUICK = {**LIMITS, Severity.HIGH: Limits(100, 200)}


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def warned(
    desk: Desk, now: int, limits: Mapping[Severity, Limits] | None = None
) -> list[tuple[int, Clock, Warned]]:
    with desk.database.begin() as connection:
        found = warn(connection, now, limits)
    return [(one.ticket.id, one.clock, one.warned) for one in found]


def test_near_and_past_are_told_once_each(desk: Desk) -> None:
    number = desk.opened().id
    assert warned(desk, NOW + 44 * MINUTE) == []
    assert warned(desk, NOW + 45 * MINUTE) == [(number, Clock.TRIAGE, Warned.NEAR)]
    assert warned(desk, NOW + 46 * MINUTE) == []
    assert warned(desk, NOW + HOUR) == [(number, Clock.TRIAGE, Warned.PAST)]
    assert warned(desk, NOW + DAY) == []
    assert desk.deeds(number)[1:] == [(Deed.WARNED, 0), (Deed.WARNED, 0)]
    assert desk.ticket(number).version == 1


def test_another_clock_is_warned_of_anew(desk: Desk) -> None:
    one = desk.opened()
    assert warned(desk, NOW + 2 * HOUR) == [(one.id, Clock.TRIAGE, Warned.PAST)]
    late = desk.ticket(one.id)
    taken = structs.replace(late, ticket=assign(late.ticket, "r-1", NOW + 2 * HOUR))
    with desk.database.begin() as connection:
        tickets.put(connection, late, clocked(taken, None))
    assert warned(desk, NOW + 17 * HOUR) == []
    assert warned(desk, NOW + 18 * HOUR) == [(one.id, Clock.RESOLUTION, Warned.NEAR)]


def test_what_is_closed_or_held_back_is_never_late(desk: Desk) -> None:
    desk.close(desk.opened())
    desk.suppress()
    desk.take(incident())
    assert warned(desk, NOW + 99 * DAY) == []


def test_other_settings_hold_from_the_next_look_on(desk: Desk) -> None:
    number = desk.opened().id
    slow = {**LIMITS, Severity.HIGH: Limits(DAY, 2 * DAY)}
    assert warned(desk, NOW + HOUR, slow) == []
    assert desk.ticket(number).due == NOW + DAY
    assert warned(desk, NOW + DAY, slow) == [(number, Clock.TRIAGE, Warned.PAST)]


def test_no_more_at_once_than_asked_for_and_those_due_first(desk: Desk) -> None:
    numbers = [desk.opened(name).id for name in "abc"]
    with desk.database.begin() as connection:
        assert [one.ticket.id for one in warn(connection, NOW + DAY, None, 2)] == numbers[:2]
        assert [one.ticket.id for one in warn(connection, NOW + DAY, None, 2)] == numbers[2:]
