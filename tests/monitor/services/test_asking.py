"""A challenge takes the place of others, holds its session where that is wanted, and rests on what
is about its account."""

import pytest
from sqlalchemy import Engine

from monitor.mfa.challenge import State
from monitor.services import assurance
from monitor.services.actor import operator
from monitor.services.asking import DEMANDED
from monitor.services.refusal import NotThereError
from monitor.services.subscriber import Subscriber
from tests.monitor.services.challenged import ANN, HERE, NOW, RIGHT, WRONG, Desk
from tests.monitor.web.staging import Stage, shared_account


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def held(desk: Desk, later: int = 0) -> list[str]:
    with desk.engine.connect() as connection:
        found = assurance.demands(connection, ANN, "s-1", NOW + later)
    return [one.verdict for one in found]


def test_a_session_is_held_until_it_proves_itself(desk: Desk) -> None:
    handle = desk.opened(demands=True)
    assert held(desk) == ["challenge"]
    assert held(desk, DEMANDED) == []
    desk.challenges.answer(handle, HERE, RIGHT)
    assert held(desk) == []


def test_what_is_withdrawn_lets_the_session_go(desk: Desk) -> None:
    desk.challenges.withdraw(operator("ops"), desk.opened(demands=True))
    assert held(desk) == []


def test_without_the_wish_or_a_session_none_is_held(desk: Desk) -> None:
    desk.opened()
    desk.opened(session="", demands=True)
    assert held(desk) == []


def test_an_incident_is_of_the_same_account(desk: Desk) -> None:
    subject = (made := shared_account(Stage(engine=desk.engine))).subject
    theirs = Subscriber(subject.tenant, subject.uid)
    assert desk.created(theirs, incident=made.id)
    for whose in (ANN, Subscriber(subject.tenant, "u-1")):
        with pytest.raises(NotThereError):
            desk.created(whose, incident=made.id)


def test_answers_that_were_begun_are_used_up_and_a_lock_is_not_carried_on(desk: Desk) -> None:
    first = desk.opened()
    desk.challenges.answer(first, HERE, WRONG)
    second = desk.opened()
    assert desk.challenges.view(second, HERE).left == 4
    for _ in range(4):
        desk.challenges.answer(second, HERE, WRONG)
    assert desk.challenges.view(second, HERE).state is State.LOCKED
    assert desk.challenges.view(desk.opened(), HERE).left == 5


def test_after_its_time_answers_are_counted_anew(desk: Desk) -> None:
    desk.challenges.answer(desk.opened(), HERE, WRONG)
    desk.clock.now += 601_000
    assert desk.challenges.view(desk.opened(), HERE).left == 5
