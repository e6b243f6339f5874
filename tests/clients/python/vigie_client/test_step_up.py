"""What an API asks for is what a client reads, and a token that does not say so is not enough."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vigie_client import StepUp

MFA = "urn:example:mfa"
VISIBLE = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\']
acrs = st.lists(st.text(VISIBLE, min_size=1, max_size=20), max_size=3).map(tuple)
ages = st.none() | st.integers(0, 999_999_999)


@settings(max_examples=50)
@given(acrs, ages, st.text(max_size=60))
def test_what_is_said_is_what_is_read(
    values: tuple[str, ...], age: int | None, description: str
) -> None:
    if not values and age is None:
        return
    asked = StepUp(acr_values=values, max_age=age)
    assert StepUp.read(asked.challenge(description)) == asked


def test_it_says_so_as_the_rfc_does() -> None:
    # RFC 9470, section 3
    assert StepUp(acr_values=("myACR",), max_age=5).challenge("A stronger one") == (
        'Bearer error="insufficient_user_authentication", '
        'error_description="A stronger one", acr_values="myACR", max_age="5"'
    )


@pytest.mark.parametrize(
    "header",
    [
        'Bearer error="insufficient_user_authentication", acr_values="a b"',
        'bearer realm="x, Bearer error=y", error=insufficient_user_authentication,acr_values="a b"',
        'DPoP algs="ES256", Bearer error="insufficient_user_authentication", acr_values="a b"',
        'Negotiate, Bearer acr_values="a b" , error="insufficient_\\user_authentication"',
    ],
)
def test_it_is_found_among_others(header: str) -> None:
    assert StepUp.read(header) == StepUp(acr_values=("a", "b"))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        'Bearer error="invalid_token"',
        'Basic error="insufficient_user_authentication", acr_values="a"',
        'Bearer error="insufficient_user_authentication"',  # and does not say what would do
        'Bearer error="insufficient_user_authentication", max_age="-1"',
        'Bearer realm="Bearer error=insufficient_user_authentication, acr_values=a"',
    ],
)
def test_what_asks_for_no_step_up_is_none(header: str | None) -> None:
    assert StepUp.read(header) is None


@settings(max_examples=200)
@given(st.text('Bearer ",=\\error_acrvlus9\t', max_size=80) | st.text(max_size=80))
def test_no_header_breaks_it(header: str) -> None:
    StepUp.read(header)


def test_a_long_header_is_read_no_further() -> None:
    assert StepUp.read("Bearer " + 'a="' * 200_000) is None


def test_a_client_asks_its_provider_for_the_same() -> None:
    assert StepUp(acr_values=("a", "b"), max_age=0).parameters() == {
        "acr_values": "a b",
        "max_age": "0",
    }
    assert StepUp(acr_values=("a",)).parameters() == {"acr_values": "a"}


@pytest.mark.parametrize(
    ("claims", "is_met"),
    [
        ({"acr": MFA, "auth_time": 1_000}, True),
        ({"acr": MFA, "auth_time": 945}, True),  # clocks differ by some seconds
        ({"acr": MFA, "auth_time": 930}, False),
        ({"acr": MFA, "auth_time": 1_010}, False),  # signed in tomorrow
        ({"acr": MFA}, False),
        ({"acr": MFA, "auth_time": "1000"}, False),
        ({"acr": MFA, "auth_time": True}, False),
        ({"acr": "urn:example:pwd", "auth_time": 1_000}, False),
        ({"auth_time": 1_000}, False),
    ],
)
def test_a_token_has_to_say_that_it_is_met(claims: dict[str, object], is_met: bool) -> None:
    assert StepUp(acr_values=(MFA,), max_age=50).is_met_by(claims, now=1_000) is is_met


@pytest.mark.parametrize(
    "wrong", [{}, {"acr_values": ("a b",)}, {"acr_values": ('a"',)}, {"max_age": -1}]
)
def test_what_no_header_can_say_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        StepUp(**wrong)  # type: ignore[arg-type]
