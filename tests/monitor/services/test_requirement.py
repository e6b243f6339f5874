"""Who has to have a factor is what the tenant's policy says, once it does anything by itself."""

import pytest
from sqlalchemy import Engine

from alerts.policy import Mode
from detectors.core.event import DAY
from monitor.services import requirement
from monitor.services.requirement import Requirement
from monitor.services.subscriber import Subscriber
from monitor.store import restrictions
from tests.monitor.services.enrolled import ANN, NOW, STRANGER, required, with_factor


def stands(database: Engine, now: int = NOW, who: Subscriber = ANN) -> Requirement | None:
    with database.begin() as connection:
        return requirement.standing(connection, who, now)


def test_nobody_has_to_unless_it_is_said(database: Engine) -> None:
    assert stands(database) is None
    required(database, None)
    assert stands(database) is None
    required(database, mode=Mode.SHADOW)
    assert stands(database) is None
    required(database)
    assert stands(database) == Requirement(since=NOW, until=NOW + 14 * DAY, is_due=False)
    assert stands(database, who=STRANGER) is None


def test_days_run_from_when_somebody_was_first_met(database: Engine) -> None:
    required(database)
    with database.begin() as connection:
        assert requirement.begin(connection, ANN, NOW) is not None
        assert requirement.begin(connection, ANN, NOW + DAY) is None
        assert requirement.begin(connection, STRANGER, NOW) is None
    assert stands(database, NOW + DAY) == Requirement(since=NOW, until=NOW + 14 * DAY, is_due=False)
    late = stands(database, NOW + 14 * DAY)
    assert late is not None
    assert late.is_due


def test_without_days_it_is_due_at_once(database: Engine) -> None:
    required(database, 0)
    late = stands(database)
    assert late is not None
    assert late.is_due


@pytest.mark.parametrize(
    ("kind", "counts"), [("totp", True), ("passkey", True), ("recovery", False)]
)
def test_a_factor_is_what_somebody_proves_by(database: Engine, kind: str, counts: bool) -> None:
    required(database)
    with database.begin() as connection:
        with_factor(connection, kind=kind)
        assert (requirement.begin(connection, ANN, NOW) is None) == counts
    assert (stands(database) is None) == counts


def test_nothing_begins_for_an_account_whose_data_is_restricted(database: Engine) -> None:
    required(database)
    with database.begin() as connection:
        restrictions.restrict(connection, ANN.subject, NOW, "x", "reviewer:ada")
        assert requirement.begin(connection, ANN, NOW) is None
