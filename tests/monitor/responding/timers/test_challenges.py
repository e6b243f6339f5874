"""Challenges move on: they expire, denials are acted on, proofs take measures back."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import Measure, State
from alerts.policy import SHIPPED, Mode
from detectors.core.event import DAY, HOUR
from monitor.mfa.challenge import LIFETIME
from monitor.mfa.challenge import State as How
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.services.actor import operator
from monitor.settings import Settings
from monitor.store import measures
from tests.monitor.responding.incidents import adopt
from tests.monitor.services.challenged import ANN, HERE, NOW, RIGHT, WRONG, Desk
from tests.monitor.services.measured import kept, measure


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def rung(desk: Desk, name: str, folder: Path, now: int) -> int:
    (timer,) = [one for one in timers() if one.name == name]
    settings = Settings(data=folder, responders={"gate": {"kind": "gate"}})
    around = Surroundings(settings=settings, database=desk.engine)
    with desk.engine.begin() as connection:
        return timer.ring(Ringing(connection=connection, now=now, around=around))


def state(desk: Desk, handle: str) -> How:
    return desk.challenges.one(operator("ops"), handle).state


def test_their_time_ends(desk: Desk, tmp_path: Path) -> None:
    handle, passed = desk.opened(), desk.opened(session="s-2")
    desk.challenges.answer(passed, HERE, RIGHT)
    assert rung(desk, "challenges", tmp_path, NOW + LIFETIME - 1) == 0
    assert rung(desk, "challenges", tmp_path, NOW + LIFETIME) == 1
    assert rung(desk, "challenges", tmp_path, NOW + LIFETIME) == 0
    assert (state(desk, handle), state(desk, passed)) == (How.EXPIRED, How.PASSED)


def test_denials_are_acted_on_once_while_they_are_fresh(desk: Desk, tmp_path: Path) -> None:
    adopt(desk.engine, structs.replace(SHIPPED, mode=Mode.ACT))
    desk.challenges.deny(desk.opened(), HERE)
    assert rung(desk, "denials", tmp_path, NOW + 30 * DAY) == 0
    assert rung(desk, "denials", tmp_path, NOW + 1) == 1
    assert rung(desk, "denials", tmp_path, NOW + 2) == 0
    with desk.engine.begin() as connection:
        [made] = measures.of_account(connection, ANN.subject)
    assert (made.step, made.rule) == (Step.REVOKE, "denied_sign_in")


def asked_for(desk: Desk, **more: object) -> Measure:
    with desk.engine.begin() as connection:
        return kept(connection, measure(Step.CHALLENGE, State.IN_FORCE, until=None, **more))


def after(desk: Desk, made: Measure, folder: Path, later: int) -> State:
    rung(desk, "proofs", folder, NOW + later)
    with desk.engine.begin() as connection:
        found = measures.get(connection, made.id)
    assert found is not None
    return found.state


def test_a_measure_ends_once_its_proof_has_stood(desk: Desk, tmp_path: Path) -> None:
    made = asked_for(desk)
    desk.challenges.answer(desk.opened(measure=made.id), HERE, RIGHT)
    assert after(desk, made, tmp_path, 11 * HOUR) is State.IN_FORCE
    assert after(desk, made, tmp_path, 12 * HOUR) in (State.UNDOING, State.UNDONE)


def test_not_where_another_session_failed_since(desk: Desk, tmp_path: Path) -> None:
    made = asked_for(desk)
    desk.challenges.answer(desk.opened(measure=made.id), HERE, RIGHT)
    desk.clock.now += HOUR
    theirs = desk.opened(session="x", measure=made.id)
    for _ in range(5):
        desk.challenges.answer(theirs, HERE, WRONG)
    assert after(desk, made, tmp_path, 30 * HOUR) is State.IN_FORCE


def test_not_where_a_person_asked_for_it_or_nobody_proved_anything(
    desk: Desk, tmp_path: Path
) -> None:
    asked = asked_for(desk, requested_by="reviewer:r-1", rule="")
    desk.challenges.answer(desk.opened(measure=asked.id), HERE, RIGHT)
    assert after(desk, asked, tmp_path, 30 * HOUR) is State.IN_FORCE
    unproved = asked_for(desk)
    assert after(desk, unproved, tmp_path, 30 * HOUR) is State.IN_FORCE
