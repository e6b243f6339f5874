"""Before something is held back, somebody sees what that would have held back."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.suppression import SuppressionError
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.services import foresight
from monitor.services.foresight import DAYS, Foreseen, Foresight
from monitor.services.refusal import NotThereError
from monitor.services.suppressions import Wish
from monitor.store import restrictions
from tests.monitor.services.test_suppressions import ANALYST, FOREIGN, VIEWER, WISH
from tests.monitor.services.ticketed import ANN, NOW, Desk, T, incident


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def look(desk: Desk, wish: Wish = WISH, who: object = ANALYST) -> Foreseen:
    return Foresight(desk.database, lambda: NOW + DAY).look(who, wish)  # type: ignore[arg-type]


LATER = structs.replace(WISH, until=NOW + 9 * DAY, reason="")


def test_what_it_would_have_met_is_told_apart_from_what_is_graver(desk: Desk) -> None:
    desk.put(incident())
    desk.put(incident(name="low", severity=Severity.LOW))
    desk.put(incident(name="grave", severity=Severity.CRITICAL))
    desk.put(incident(name="gone"), withdrawn=True)
    other = Subject(SubjectKind.ACCOUNT, T, "u-7")
    desk.put(incident(subject=other, name="other"))
    old = structs.replace(incident(name="old"), updated=NOW - (DAYS + 2) * DAY)
    desk.put(old)
    found = look(desk, LATER)
    assert (found.held, found.called, found.graver) == (2, 1, 1)
    assert {one.subject for one in found.latest} == {ANN}
    everybody = structs.replace(LATER, account="")
    assert look(desk, everybody).held == 3


def test_it_is_bounded_and_nobody_sees_what_is_not_theirs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(incident())
    desk.put(incident(name="two"))
    monkeypatch.setattr(foresight, "MOST", 1)
    assert look(desk, LATER).is_cut
    assert "1042" not in look(desk, LATER, VIEWER).latest[0].subject.uid
    with pytest.raises(NotThereError):
        look(desk, LATER, FOREIGN)
    with desk.database.begin() as connection:
        restrictions.restrict(connection, ANN, NOW, "asked", "operator:x")
    assert look(desk, LATER).held == 0


@pytest.mark.parametrize("wrong", [{"until": NOW}, {"account": "", "category": None}])
def test_what_cannot_be_is_refused_before_anything_is_looked_at(
    desk: Desk, wrong: dict[str, object]
) -> None:
    with pytest.raises(SuppressionError):
        look(desk, structs.replace(LATER, **wrong))
