"""What subscribers' own pages take is one thing: a session that one part opens, the others know."""

import pytest
from sqlalchemy import Engine

from monitor.gate.known import Known
from monitor.services.subscriber_sessions import Way
from tests.monitor.services.reviewing import DESK
from tests.monitor.services.subscribing import MARIE, Place


@pytest.fixture
def place(database: Engine) -> Place:
    return Place(database)


def test_whoever_comes_through_the_gate_takes_the_place_of_whoever_was_there(
    place: Place,
) -> None:
    before = place.visit()
    known = Known(MARIE.tenant, "u-jean", "s-9")
    visit = place.own.sessions.visit(place.own.by_gate(known, DESK, before) or "")
    assert visit is not None
    assert (visit.subscriber.account, visit.app_session, visit.way) == ("u-jean", "s-9", Way.GATE)
    assert place.own.sessions.visit(before.key) is None


def test_others_end_and_ones_own_does_not(place: Place) -> None:
    mine, other = place.visit(), place.visit()
    place.own.end_others(mine)
    assert place.own.sessions.visit(other.key) is None
    assert place.own.sessions.visit(mine.key) is not None
