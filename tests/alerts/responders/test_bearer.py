"""A token is asked for as RFC 6749 says, kept while it holds, and told to nobody else."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alerts.egress.client import Client
from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import RefusedError, RetryError
from alerts.responders.bearer import Credentials, Given, Granted, _read
from tests.alerts.responders.farside import Answer, FarSide, Request, far_side

SECRET = "wh4t-nobody/should:see"
WHO = Credentials(client_id="vigie:1", client_secret=SECRET, scope="scim")


@pytest.fixture
def far() -> Iterator[FarSide]:
    with far_side() as made:
        yield made


def granted(far: FarSide, now: list[int], credentials: Credentials = WHO) -> Granted:
    client = Client(Wall(Outbound(allow=("127.0.0.1",))), f"{far.address}/token")
    return Granted(client, credentials, lambda: now[0])


def giving(*tokens: str, **more: Any) -> Any:
    left = list(tokens)

    def behave(_: Request) -> Answer:
        return Answer(body=json.dumps({"access_token": left.pop(0), **more}).encode())

    return behave


def test_the_secret_goes_into_the_header(far: FarSide) -> None:
    far.behave = giving("t1", expires_in=60)
    assert granted(far, [0]).token() == "t1"
    asked = far.requests[0]
    kind, _, pair = asked.headers["authorization"].partition(" ")
    assert (kind, base64.b64decode(pair).decode()) == (
        "Basic",
        "vigie%3A1:wh4t-nobody%2Fshould%3Asee",
    )
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["scim"],
    }


def test_or_into_the_form(far: FarSide) -> None:
    far.behave = giving("t1")
    who = Credentials(client_id="vigie", client_secret=SECRET, how="post")
    granted(far, [0], who).token()
    assert "authorization" not in far.requests[0].headers
    assert parse_qs(far.requests[0].body.decode())["client_secret"] == [SECRET]


def test_it_is_kept_while_it_holds(far: FarSide) -> None:
    far.behave = giving("t1", "t2", "t3", expires_in=60)
    now = [0]
    bearer = granted(far, now)
    assert [bearer.token(), bearer.token()] == ["t1", "t1"]
    now[0] = 50_000  # ten seconds before its end
    assert bearer.token() == "t2"
    assert bearer.forget()
    assert bearer.token() == "t3"
    bearer.close()


@pytest.mark.parametrize("expires", [0, -5, 1e308, "60"])
def test_however_long_it_is_said_to_hold(far: FarSide, expires: object) -> None:
    far.behave = giving("t1", "t2", expires_in=expires)
    assert granted(far, [0]).token() == "t1"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "invalid_client"}, RefusedError),
        (400, {"error": SECRET}, RefusedError),
        (400, [1], RefusedError),
        (404, {}, RefusedError),
        (503, {}, RetryError),
        (200, {}, RefusedError),
        (200, {"access_token": f"{SECRET}\n"}, RefusedError),
    ],
)
def test_a_refusal_tells_no_secret(
    far: FarSide, status: int, body: object, error: type[Exception]
) -> None:
    far.behave = lambda _: Answer(status=status, body=json.dumps(body).encode())
    with pytest.raises(error) as caught:
        granted(far, [0]).token()
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(WHO)


def test_one_that_is_given_is_the_only_one() -> None:
    bearer = Given("a.b-c")
    assert bearer.token() == "a.b-c"
    assert not bearer.forget()
    for wrong in ("", "a b", "a\nb", "é"):
        with pytest.raises(ValueError, match="token"):
            Given(wrong)


@examples(max_examples=50)
@given(st.binary(max_size=60))
def test_no_answer_makes_it_fail_otherwise(body: bytes) -> None:
    with pytest.raises(RefusedError):
        _read("https://idp.example", body)
