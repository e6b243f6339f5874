"""A recovery that somebody asked for in another's name ends when that person uses a factor; wrong
codes stop nothing."""

import pytest
from sqlalchemy import Engine

from monitor.mfa.lost_factor import State
from monitor.services.factors import Shown
from monitor.services.recovery_stops import stop_by_proof
from monitor.services.standing import owner_of
from tests.monitor.services.enrolled import ANN, ROSTER, templates
from tests.monitor.services.enrolling import Newcomer


@pytest.mark.one_on_postgresql
def test_a_proof_stops_it_and_a_wrong_code_does_not(database: Engine) -> None:
    ann = Newcomer(database)
    codes = ann.by_totp(ann.ticket()).codes
    assert ann.recoveries.ask(ANN) is State.REQUESTED
    assert ann.factors.prove(ANN.owner, Shown(code="000000")) is None
    assert ann.recoveries.state_of(ANN) is not None
    assert ann.factors.prove(ANN.owner, Shown(code=codes[0])) is not None
    assert ann.recoveries.state_of(ANN) is None
    assert templates(database)[-1] == "recovery_stopped"


def test_nothing_is_stopped_where_nothing_is_open(database: Engine) -> None:
    assert not stop_by_proof(database, ROSTER, ANN.owner, 1)
    assert not stop_by_proof(database, ROSTER, owner_of("r-1"), 1)
