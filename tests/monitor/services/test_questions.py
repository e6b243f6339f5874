"""Filters are kept by a name, one's own for oneself, shared ones for those who see as much."""

import pytest
from sqlalchemy import Engine

from alerts.ticket import TicketError
from monitor.services.actor import Role
from monitor.services.questions import MOST, Questions
from monitor.services.refusal import NotAllowedError, NotThereError
from tests.monitor.services.people import person

ADA = person(Role.ANALYST, uid="r-1")
BOB = person(Role.ANALYST, uid="r-2")
VIEWER = person(Role.VIEWER, uid="r-3")
BOUND = person(Role.ANALYST, tenant="acme", uid="r-4")


@pytest.fixture
def questions(database: Engine) -> Questions:
    return Questions(database, lambda: 1)


def test_it_is_kept_replaced_and_forgotten(questions: Questions) -> None:
    questions.keep(ADA, "Late", "?status=open&late=yes")
    questions.keep(ADA, "Late", "late=yes&q=caf%C3%A9")
    (one,) = questions.all(ADA)
    assert (one.name, one.query, one.is_own, one.is_shared) == (
        "Late",
        "late=yes&q=caf%C3%A9",
        True,
        False,
    )
    assert questions.all(BOB) == []
    with pytest.raises(NotThereError):
        questions.forget(BOB, one.id)
    questions.forget(ADA, one.id)
    assert questions.all(ADA) == []


def test_what_is_shared_is_seen_by_those_who_see_as_much(questions: Questions) -> None:
    questions.keep(ADA, "Ours", "tag=ours", shared=True)
    questions.keep(BOUND, "Acme", "tag=acme", shared=True)
    assert [(one.name, one.is_own) for one in questions.all(BOB)] == [("Ours", False)]
    assert [one.name for one in questions.all(BOUND)] == ["Acme"]
    with pytest.raises(NotAllowedError):
        questions.keep(VIEWER, "x", "", shared=True)
    questions.keep(VIEWER, "x", "")


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    ("name", "query"),
    [("", "a=b"), ("x" * 61, ""), ("x", "javascript:x"), ("x", "a" * 1_001), ("x", "\0")],
)
def test_what_is_none_is_said(questions: Questions, name: str, query: str) -> None:
    with pytest.raises(TicketError):
        questions.keep(ADA, name, query)


def test_nobody_keeps_more_than_they_read(questions: Questions) -> None:
    for number in range(MOST):
        questions.keep(ADA, f"n{number}", "")
    with pytest.raises(TicketError):
        questions.keep(ADA, "more", "")
    questions.keep(ADA, "n1", "late=yes")
