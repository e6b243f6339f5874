"""The few words that say what a line means."""

import pytest

from detectors.core.event import Activity, Change, FailureReason, Outcome
from monitor.formats.described.meaning import (
    Meaning,
    MeaningError,
    meaning_of,
    outcome_of,
    reason_of,
)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("LOGON", Meaning(Activity.LOGON)),
        ("logon success", Meaning(Activity.LOGON, Outcome.SUCCESS)),
        (
            "LOGON  FAILURE BAD_PASSWORD",
            Meaning(Activity.LOGON, Outcome.FAILURE, FailureReason.BAD_PASSWORD),
        ),
        ("LOGOFF", Meaning(Activity.LOGOFF)),
        ("REFRESH", Meaning(Activity.REFRESH)),
        ("OTHER", Meaning(Activity.OTHER)),
        ("CHANGE PASSWORD", Meaning(Change.PASSWORD)),
        ("CHANGE OTHER FAILURE", Meaning(Change.OTHER, Outcome.FAILURE)),
        ("IGNORE", None),
    ],
)
def test_words_and_what_they_mean(words: str, meaning: Meaning | None) -> None:
    assert meaning_of(words) == meaning


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "expected first one of LOGON, LOGOFF, REFRESH, OTHER, CHANGE, IGNORE, got ''"),
        ("LOGIN", "got 'LOGIN'"),
        ("PASSWORD", "got 'PASSWORD'"),
        ("CHANGE", "expected after CHANGE one of CREATED"),
        ("LOGON OK", "expected then one of SUCCESS, FAILURE, PENDING, got 'OK'"),
        ("LOGON SUCCESS BAD_PASSWORD", "only a FAILURE has a reason"),
        ("LOGON FAILURE BAD", "expected as reason one of BAD_PASSWORD"),
        ("LOGON FAILURE OTHER X", "nothing can come after LOGON FAILURE OTHER"),
        ("IGNORE SUCCESS", "expected first"),
    ],
)
def test_words_that_mean_nothing_say_what_they_could_be(words: str, reason: str) -> None:
    with pytest.raises(MeaningError) as caught:
        meaning_of(words)
    assert reason in str(caught.value)


def test_single_words() -> None:
    assert outcome_of(" success ") is Outcome.SUCCESS
    assert reason_of("locked") is FailureReason.LOCKED
    with pytest.raises(MeaningError, match="SUCCESS, FAILURE, PENDING"):
        outcome_of("ok")
