"""What no server would take is refused where it is written, and one value is one question."""

import pytest
from vigie_client import Ended, Outcome, SignIn


def test_each_has_a_name_of_its_own_and_keeps_it() -> None:
    one, other = SignIn(account="u-1"), SignIn(account="u-1")
    assert one.uid != other.uid
    assert one.document() == one.document()


def test_what_is_not_said_is_not_sent() -> None:
    assert SignIn(account="u-1", ip="192.0.2.7", uid="q").document() == {
        "account": "u-1",
        "ip": "192.0.2.7",
        "uid": "q",
    }


@pytest.mark.parametrize(
    "wrong",
    [{}, {"account": "", "account_name": ""}, {"account": "a", "uid": ""}],
)
def test_without_an_account_or_a_name_there_is_no_question(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a SignIn needs"):
        SignIn(**wrong)  # type: ignore[arg-type]


def test_text_is_text() -> None:
    with pytest.raises(TypeError, match="account of a SignIn is str, not int"):
        SignIn(account=7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="mfa of a SignIn is bool, not str"):
        SignIn(account="u", mfa="yes")  # type: ignore[arg-type]


def test_how_it_ended_is_said_in_vigies_words() -> None:
    assert Outcome(outcome=Ended.SUCCESS, session="s-1", mfa=False).document() == {
        "outcome": "success",
        "session": "s-1",
        "mfa": False,
    }
    with pytest.raises(TypeError, match="session of an Outcome is str"):
        Outcome(outcome=Ended.FAILURE, session=7)  # type: ignore[arg-type]
