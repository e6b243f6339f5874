"""Who asks is answered for their own tenant, in time, or told why not."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from monitor.deciding.question import Ended, Outcome, Question
from monitor.deciding.shelf import session_of
from monitor.services import assurance, sign_in_questions
from monitor.services.authority import Operation
from monitor.services.factors import Level, Method
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.services.sign_in_questions import (
    BehindError,
    ContraryError,
    SignInQuestions,
    UnfitError,
)
from monitor.services.subscriber import Subscriber
from tests.databases import Databases
from tests.monitor.deciding.test_desk import Office
from tests.monitor.services.people import person, program

ASKER = program(Operation.SIGN_INS_DECIDE.scope, tenant="acme")
ANYWHERE = program(Operation.SIGN_INS_DECIDE.scope)


@pytest.fixture
def office(databases: Databases) -> Iterator[Office]:
    made = Office(databases.new())
    yield made
    made.desk.close()


@pytest.fixture
def questions(office: Office) -> SignInQuestions:
    return SignInQuestions(office.engine, office.desk)


def ask(questions: SignInQuestions, who: Any = ASKER, **told: Any) -> str:
    question = Question(**({"account": "u-1"} | told))
    return asyncio.run(questions.ask(who, question, "en")).handle


def test_only_programs_that_may_ask(questions: SignInQuestions) -> None:
    for who in (person(), program(Operation.EVENTS_WRITE.scope, tenant="acme")):
        with pytest.raises(NotAllowedError):
            ask(questions, who)
        with pytest.raises(NotAllowedError):
            questions.standing(who, "0" * 32)


def test_of_which_tenant_it_is_follows_from_the_key_and_the_question(
    questions: SignInQuestions, office: Office
) -> None:
    with pytest.raises(NotThereError):
        ask(questions, tenant="globex")
    with pytest.raises(UnfitError, match="tenant"):
        ask(questions, ANYWHERE)
    with pytest.raises(UnfitError, match="account"):
        ask(questions, account=None)
    handle = ask(questions, ANYWHERE, tenant="globex")
    with pytest.raises(NotThereError):
        questions.standing(ASKER, handle)
    assert questions.standing(ANYWHERE, handle).outcome is None
    usual = SignInQuestions(office.engine, office.desk, "acme")
    assert questions.standing(ASKER, ask(usual, ANYWHERE)).handle


def test_one_name_is_one_question_within_its_tenant_alone(questions: SignInQuestions) -> None:
    """Or a key for any tenant would tell one what was decided about another's user."""
    told = [ask(questions, ANYWHERE, tenant=one, uid="17") for one in ("acme", "globex", "acme")]
    assert told[0] == told[2] != told[1]
    with pytest.raises(NotThereError):
        questions.standing(ASKER, told[1])


def test_how_it_ended_is_said_once(questions: SignInQuestions) -> None:
    handle = ask(questions)
    told = Outcome(outcome=Ended.FAILURE)
    for _ in range(2):
        assert questions.end(ASKER, handle, told).outcome is Ended.FAILURE
    with pytest.raises(ContraryError):
        questions.end(ASKER, handle, Outcome(outcome=Ended.SUCCESS))


@pytest.mark.parametrize("session", [None, "s-1"])
def test_a_question_is_proved_by_what_its_challenge_asks_for(
    questions: SignInQuestions, office: Office, session: str | None
) -> None:
    handle, other = ask(questions, session=session), ask(questions, session="s-2")
    row = office.shelf.of(handle)
    assert row is not None
    assert not questions.standing(ASKER, handle).is_proved
    whose, until = Subscriber("acme", "u-1"), office.now + 1
    with office.engine.begin() as connection:
        assurance.raise_to(
            connection, whose, session_of(row), Level.AAL2, Method.TOTP, office.now, until
        )
    assert questions.standing(ASKER, handle).is_proved
    assert not questions.standing(ASKER, other).is_proved


def test_whoever_would_wait_for_too_long_is_told(
    questions: SignInQuestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_questions, "DEADLINE_S", 0.0)
    with pytest.raises(BehindError):
        ask(questions)
    monkeypatch.setattr(questions.desk, "is_behind", lambda: True)
    with pytest.raises(BehindError):
        ask(questions)
