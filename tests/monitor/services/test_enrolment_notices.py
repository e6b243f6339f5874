"""Subscribers are told at the directory's address; where there is none, nobody is written to."""

import pytest
from sqlalchemy import Engine

from alerts.responders.roster import Roster
from monitor.services.enrolment_notices import can_be_told, tell_subscriber, tell_team
from tests.monitor.services.enrolled import ANN, NOW, ROSTER, known, orders


def told(database: Engine, roster: Roster = ROSTER) -> int:
    with database.begin() as connection:
        number = tell_subscriber(
            connection, roster, ANN, "recovery_requested", "1", NOW, {"stop": "ab", "x": ""}
        )
        assert can_be_told(connection, roster, ANN) == bool(number) or number == 0
        return number


def test_told_once_and_in_their_language(database: Engine) -> None:
    known(database, locale="fr-FR")
    assert told(database) == 1
    told(database)
    (order,) = orders(database)
    assert order.target is not None
    assert (order.target.language, order.values) == ("fr", {"stop": "ab"})


@pytest.mark.parametrize("roster", [ROSTER, Roster()], ids=["mail", "nobody"])
def test_nobody_is_written_to_without_an_address_or_a_responder(
    database: Engine, roster: Roster
) -> None:
    known(database, email="" if roster is ROSTER else "ann@acme.example")
    assert told(database, roster) == 0
    assert orders(database) == []


def test_the_team_is_told_of_whom_it_is_about(database: Engine) -> None:
    known(database)
    with database.begin() as connection:
        tell_team(connection, ROSTER, ANN, "recovery_to_prove", "1", NOW, {"requester": "Ada"})
    (order,) = orders(database)
    assert order.target is not None
    assert (order.target.account, order.values) == (ANN.account, {"requester": "Ada"})
