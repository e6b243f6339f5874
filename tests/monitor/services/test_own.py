"""What subscribers' own pages take is one thing: a session that one part opens, the others know."""

import pytest
from sqlalchemy import Engine

from monitor.gate.known import Known
from monitor.services.subscriber_sessions import Way
from monitor.store.gate_list import GateTable
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


@pytest.mark.parametrize("verdict", ["challenge", "revoked", "disabled"])
def test_whom_the_gate_lets_go_no_further_comes_in_here_by_it_neither(
    place: Place, database: Engine, verdict: str
) -> None:
    """Whoever took over a session would else see all of its owner's."""
    now = place.own.now()
    GateTable(database, lambda: now).put(MARIE.tenant, MARIE.account, verdict, now, None, "k")
    known = Known(MARIE.tenant, MARIE.account, "s-9", now - 1)
    assert place.own.by_gate(known, DESK) is None
