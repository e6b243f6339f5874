"""What challenges say: the owner's pass in one session must not excuse whoever fails in another."""

import pytest

from detectors.core.event import DAY, HOUR, Answer, Feedback
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.profile import Profile
from detectors.core.proof import (
    MEMORY,
    MOST,
    Past,
    against,
    excused,
    is_contested,
    note,
    whence,
    worth_of,
)
from tests.detectors.story import CHROME, LYON, MONDAY, Story


def told(
    answer: Answer, at: int = 0, session: str | None = "s", method: str | None = None
) -> Feedback:
    """The end of a challenge, so many ms after Monday."""
    time = MONDAY + at
    return Feedback(
        id=timed_id(time, answer.value, session or ""),
        time=time,
        tenant="acme",
        account="alice",
        answer=answer,
        session=session,
        method=method,
    )


def past(*events: Feedback) -> Past:
    made = Past()
    for event in events:
        note(made, event)
    return made


PASSED, FAILED = Answer.CHALLENGE_PASSED, Answer.CHALLENGE_FAILED


def test_what_a_proxy_cannot_pass_on_is_worth_most() -> None:
    worth = [worth_of(told(PASSED, method=name)) for name in ("passkey", "totp", "recovery", None)]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 4


def test_a_pass_that_is_about_no_session_is_worth_little_whatever_it_was_passed_by() -> None:
    assert worth_of(told(PASSED, session=None, method="passkey")) == worth_of(told(PASSED))


def test_a_pass_in_another_session_has_no_say_in_one_that_fails() -> None:
    known = past(told(PASSED, session="mine", method="totp"))
    assert excused(known, told(FAILED, HOUR, "theirs")) == 2.5
    assert excused(known, told(FAILED, HOUR, "mine")) == 0
    assert excused(known, told(FAILED, MEMORY + 1, "theirs")) == 0


@pytest.mark.parametrize("answer", [Answer.CHALLENGE_FAILED, Answer.NOT_ME])
def test_a_failure_in_another_session_contests_a_pass(answer: Answer) -> None:
    known = past(told(answer, session="theirs"))
    assert is_contested(known, told(PASSED, HOUR, "mine"))
    assert not is_contested(known, told(PASSED, HOUR, "theirs"))
    assert not is_contested(known, told(PASSED, MEMORY + 1, "mine"))


def test_what_is_remembered_is_bounded_and_ends() -> None:
    many = past(*(told(PASSED, at, str(at)) for at in range(100)))
    assert len(many.passed) == MOST
    note(many, told(FAILED, MEMORY + DAY))
    assert (many.passed, len(many.failed)) == ([], 1)


def test_other_answers_are_no_challenges() -> None:
    others = [one for one in Answer if one not in (PASSED, FAILED, Answer.NOT_ME)]
    assert past(*(told(one) for one in others)) == Past()


def test_it_says_from_where_the_session_is_and_nothing_of_one_that_nobody_knows() -> None:
    profile = Profile()
    for event in Story().sign_on(0, 480, LYON, CHROME, "s").events:
        profile.learn(event, ())
    assert "Lyon" in str(whence(told(FAILED), profile)["place"])
    unknown = whence(told(FAILED, session="other"), profile)
    assert unknown == whence(told(FAILED, session=None), profile)
    assert "Lyon" not in str(unknown["place"])


def test_what_is_worth_nothing_is_no_finding() -> None:
    subject = Subject(SubjectKind.ACCOUNT, "acme", "ann")
    event = told(Answer.NOT_ME)
    one = against("denied_sign_in", subject, event, {"denied": 2.0, "elsewhere": 0.0}, {})
    both = against("denied_sign_in", subject, event, {"denied": 2.0, "elsewhere": 1.0}, {})
    assert [found.evidence.group for found in one] == ["denied"]
    assert both[0].id == one[0].id
    assert len({found.id for found in both}) == 2
