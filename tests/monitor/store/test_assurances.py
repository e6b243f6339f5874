"""What was proved and what is demanded is kept by session, and forgotten once it has ended."""

from sqlalchemy import Engine

from detectors.core.event import HOUR
from monitor.store import assurances
from monitor.store.assurances import AssuranceRow, DemandRow
from tests.monitor.services.challenged import ANN, NOW

WHO = (ANN.key, ANN.tenant, ANN.account)
PROVED = AssuranceRow(2, "totp", NOW, NOW + HOUR, 7)
ASKED = DemandRow("challenge", NOW, None, "review", "k")


def test_a_row_is_what_was_put_and_takes_the_place_of_another(database: Engine) -> None:
    later = AssuranceRow(1, "recovery", NOW + 1, NOW + 2 * HOUR)
    with database.begin() as connection:
        for row in (PROVED, later):
            assurances.set_assurance(connection, *WHO, "s", row)
        assert assurances.assurance(connection, *WHO, "s") == later
        assert assurances.end_assurance(connection, *WHO, "s")
        assert not assurances.end_assurance(connection, *WHO, "s")


def test_two_verdicts_stand_beside_each_other(database: Engine) -> None:
    ended = DemandRow("revoked", NOW, NOW + HOUR, "review", "k")
    with database.begin() as connection:
        for row in (ASKED, ended, ASKED):
            assurances.set_demand(connection, *WHO, "s", row)
        assert assurances.demands(connection, *WHO, "s", NOW) == [ASKED, ended]
        assert assurances.demands(connection, *WHO, "s", NOW + HOUR) == [ASKED]
        assert assurances.drop_demand(connection, *WHO, "s", "challenge", "k")


def test_what_has_ended_is_forgotten_and_what_has_no_end_is_not(database: Engine) -> None:
    with database.begin() as connection:
        assurances.set_assurance(connection, *WHO, "s", PROVED)
        assurances.set_demand(connection, *WHO, "s", ASKED)
        assert assurances.ended(connection, NOW + HOUR) == 0
        assert assurances.ended(connection, NOW + HOUR + 1) == 1
        assert assurances.forget(connection, NOW + HOUR + 1) == 1
        assert assurances.demands(connection, *WHO, "s", NOW) == [ASKED]
