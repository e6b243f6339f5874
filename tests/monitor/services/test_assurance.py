"""A proof raises the trust in one session for a time, and gates are told of every change."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import HOUR
from monitor.mfa.challenge import Reason
from monitor.services import assurance
from monitor.services.factors import Level, Method
from monitor.store import gate_changes
from tests.monitor.services.challenged import ANN, BOB, NOW

HIGH, LOW = (Level.AAL2, Method.PASSKEY), (Level.AAL1, Method.TOTP)


def told(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [one.account for one in gate_changes.changes(connection, 0)]


def test_it_counts_for_its_session_and_its_time(database: Engine) -> None:
    with database.begin() as connection:
        assurance.raise_to(connection, ANN, "s-1", *HIGH, NOW, NOW + HOUR, 7)
        found = assurance.standing(connection, ANN, "s-1", NOW)
        assert found is not None
        assert (found.level, found.method, found.challenge_id) == (2, "passkey", 7)
        assert assurance.standing(connection, ANN, "s-1", NOW + HOUR) is None
        assert assurance.standing(connection, ANN, "s-1", NOW - 1) is None
        assert assurance.standing(connection, ANN, "s-2", NOW) is None
        assert assurance.standing(connection, BOB, "s-1", NOW) is None
    assert told(database) == [ANN.account]


@pytest.mark.parametrize(
    ("first", "then", "level", "until"), [(HIGH, LOW, 2, HOUR), (LOW, HIGH, 2, 9 * HOUR)]
)
def test_of_two_proofs_the_higher_one_counts_and_lasts_no_longer_for_the_other(
    database: Engine,
    first: tuple[Level, Method],
    then: tuple[Level, Method],
    level: int,
    until: int,
) -> None:
    with database.begin() as connection:
        assurance.raise_to(connection, ANN, "s", *first, NOW, NOW + HOUR)
        found = assurance.raise_to(connection, ANN, "s", *then, NOW + 1, NOW + 9 * HOUR)
        assert (found.level, found.until) == (level, NOW + until)
        # What was demanded meanwhile is met.
        assert found.since == NOW + 1


def test_a_demand_undoes_what_was_proved_and_a_proof_meets_it(database: Engine) -> None:
    with database.begin() as connection:
        assurance.raise_to(connection, ANN, "s", *HIGH, NOW, NOW + HOUR)
        assurance.demand(connection, ANN, "s", NOW, NOW + HOUR, Reason.REVIEW, "k")
        assert assurance.standing(connection, ANN, "s", NOW) is None
        assert [one.key for one in assurance.demands(connection, ANN, "s", NOW)] == ["k"]
        assert assurance.demands(connection, ANN, "s", NOW + HOUR) == []
        assurance.raise_to(connection, ANN, "s", *HIGH, NOW, NOW + HOUR)
        assert assurance.demands(connection, ANN, "s", NOW) == []


def test_a_demand_is_dropped_by_who_put_it(database: Engine) -> None:
    with database.begin() as connection:
        assurance.demand(connection, ANN, "s", NOW, None, Reason.REVIEW, "k")
        assert not assurance.drop(connection, ANN, "s", "other")
        assert assurance.drop(connection, ANN, "s", "k")
        assert not assurance.drop(connection, ANN, "s", None)


def test_a_session_that_was_ended_stays_so_whatever_it_proves(database: Engine) -> None:
    with database.begin() as connection:
        assurance.end_session(connection, ANN, "s", NOW, None, Reason.REVIEW, "k")
        assurance.raise_to(connection, ANN, "s", *HIGH, NOW, NOW + HOUR)
        verdicts = [one.verdict for one in assurance.demands(connection, ANN, "s", NOW)]
        assert verdicts == [assurance.REVOKED]


def test_trust_is_taken_back(database: Engine) -> None:
    with database.begin() as connection:
        assurance.raise_to(connection, ANN, "s", *HIGH, NOW, NOW + HOUR)
        assurance.lower(connection, ANN, "s")
        assert assurance.standing(connection, ANN, "s", NOW) is None
