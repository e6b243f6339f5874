"""What Vigie writes to its own detectors is read by its own source, and by no other."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.core.event import Activity, Answer, FailureReason, Feedback, Outcome, SignIn
from detectors.core.identity import time_of
from monitor.formats.format import MalformedLine, Origin, formats
from monitor.formats.ocsf import Ocsf
from monitor.formats.own import ASKED, MOST_SHOWN, Asked, Own, answer_line, asked_event, asked_line

NOW = 1_790_000_000_000
INCIDENT = bytes(range(16))
FROM = Origin("vigie", "vigie", lambda *_: 2026, lambda *_: 0)
LINE = answer_line("t-1/3", "acme", "u-1", Answer.NOT_ME, NOW, INCIDENT, ("FR:48.9:2.4", "3215"))


def test_an_answer_is_read_as_it_was_given() -> None:
    [event] = Own().parse(LINE, FROM)
    assert isinstance(event, Feedback)
    assert (event.tenant, event.account, event.uid) == ("acme", "u-1", "t-1/3")
    assert (event.answer, event.about) == (Answer.NOT_ME, INCIDENT)
    assert event.shown == ("FR:48.9:2.4", "3215")
    assert (event.time, time_of(event.id), event.source) == (NOW, NOW, "vigie")


def test_the_same_answer_is_the_same_event_and_another_one_is_another() -> None:
    again = Own().parse(LINE, FROM)[0].id
    other = answer_line("t-1/4", "acme", "u-1", Answer.NOT_ME, NOW)
    assert again == Own().parse(LINE, FROM)[0].id != Own().parse(other, FROM)[0].id


def test_an_answer_about_nobody_is_no_event() -> None:
    assert Own().parse(answer_line("r-1", "", "", Answer.REPORTED, NOW), FROM) == []


def test_what_an_application_asked_is_a_sign_in_without_an_outcome() -> None:
    asked = Asked(handle="0f", time=NOW, tenant="acme", account="u-1", uid="k-1", ip="192.0.2.1")
    [event] = Own().parse(asked_line(asked), FROM)
    assert event == asked_event(asked)
    assert isinstance(event, SignIn)
    assert (event.activity, event.outcome, event.source) == (
        Activity.LOGON,
        Outcome.PENDING,
        ASKED,
    )
    assert (event.uid, event.ip, time_of(event.id)) == ("k-1", "192.0.2.1", NOW)


def test_how_it_ended_is_told_of_the_same_event() -> None:
    """The id follows from the question, not from what is said of it."""
    asked = Asked(handle="0f", time=NOW, tenant="acme", account="u-1")
    ended = msgspec.structs.replace(
        asked, outcome=Outcome.FAILURE, failure_reason=FailureReason.LOCKED, session="s-1"
    )
    [before], [after] = (Own().parse(asked_line(one), FROM) for one in (asked, ended))
    assert before.id == after.id
    assert isinstance(after, SignIn)
    assert (after.outcome, after.failure_reason) == (Outcome.FAILURE, FailureReason.LOCKED)
    other = msgspec.structs.replace(asked, handle="1f")
    assert asked_event(other).id != before.id


def test_no_text_makes_a_question_of_an_answer_or_of_a_line_of_others() -> None:
    text = '"class_uid":0,"class_name":"Question"'
    [answer] = Own().parse(answer_line("x", text, text, Answer.NOT_ME, NOW), FROM)
    assert isinstance(answer, Feedback)
    asked = Asked(handle="0f", time=NOW, tenant="acme", account="u-1")
    assert Ocsf().parse(asked_line(asked), FROM) == []


def test_in_a_log_of_others_an_answer_is_nothing() -> None:
    """Who may send logs must not be able to say that a stranger's device is harmless."""
    assert Ocsf().parse(LINE, FROM) == []
    assert "own" not in formats()


def test_all_else_is_read_as_ocsf() -> None:
    line = b'{"class_uid":3002,"time":1790000000000,"user":{"uid":"\\"class_uid\\":0,"}}'
    [event] = Own().parse(line, FROM)
    assert isinstance(event, SignIn)
    assert event.account == '"class_uid":0,'
    assert Own().claims(line)
    assert Own().day_without_year(line) is None


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b"not_me", b"never_me"),
        LINE.replace(INCIDENT.hex().encode(), b"zz"),
        LINE[:-1],
        LINE.replace(b'"time"', b'"when"'),
    ],
)
def test_what_is_no_answer_is_said_to_be_none(line: bytes) -> None:
    with pytest.raises(MalformedLine):
        Own().parse(line, FROM)


def test_no_more_is_told_than_a_profile_can_know() -> None:
    told = msgspec.json.decode(answer_line("x", "t", "a", Answer.NOT_ME, NOW, None, ("n",) * 999))
    assert len(told["unmapped"]["shown"]) == MOST_SHOWN


@settings(max_examples=50)
@given(cut=st.integers(0, len(LINE)), put=st.binary(max_size=8))
def test_whatever_stands_there_is_read_or_refused(cut: int, put: bytes) -> None:
    try:
        found = Own().parse(LINE[:cut] + put + LINE[cut:], FROM)
    except MalformedLine:
        return
    assert len(found) <= 1


@settings(max_examples=50)
@given(account=st.text(st.characters(codec="utf-8"), min_size=1), tenant=st.text())
def test_whatever_an_account_is_called(account: str, tenant: str) -> None:
    tenant = tenant.encode("utf-8", "replace").decode()
    [event] = Own().parse(answer_line("x", tenant, account, Answer.NOT_ME, NOW), FROM)
    assert (event.account, event.tenant) == (account, tenant)
