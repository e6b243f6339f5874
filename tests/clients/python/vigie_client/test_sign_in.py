"""What no server would take is refused where it is written, and one value is one question."""

import pytest
from vigie_client import SignIn


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


@pytest.mark.parametrize("wrong", [{"account": ""}, {"account": "u", "uid": ""}])
def test_without_an_account_or_a_name_there_is_no_question(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a SignIn needs"):
        SignIn(**wrong)  # type: ignore[arg-type]


def test_text_is_text() -> None:
    with pytest.raises(TypeError, match="account is text, not int"):
        SignIn(account=7)  # type: ignore[arg-type]
