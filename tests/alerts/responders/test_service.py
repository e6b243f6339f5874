"""Every question carries the token that holds; one that is refused is renewed once."""

from collections.abc import Iterator

import pytest

from alerts.egress.client import Answer, Client
from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import RefusedError
from alerts.responders.bearer import Given
from alerts.responders.service import Service, decoded
from tests.alerts.responders.farside import Answer as Told
from tests.alerts.responders.farside import FarSide, far_side


@pytest.fixture
def far() -> Iterator[FarSide]:
    with far_side() as made:
        yield made


class Numbered:
    """t1, t2 …"""

    def __init__(self) -> None:
        self.number = 1
        self.is_closed = False

    def token(self) -> str:
        return f"t{self.number}"

    def forget(self) -> bool:
        self.number += 1
        return True

    def close(self) -> None:
        self.is_closed = True


def service(far: FarSide, bearer: Numbered | Given) -> Service:
    client = Client(Wall(Outbound(allow=("127.0.0.1",))), far.address)
    return Service(client, bearer, "application/scim+json")


def tokens(far: FarSide) -> list[str]:
    return [request.headers["authorization"] for request in far.requests]


def test_json_and_a_token(far: FarSide) -> None:
    got = service(far, Given("t")).ask("PATCH", "/a", given={"b": 1}, headers={"If-Match": "x"})
    asked = far.requests[0]
    assert got.status == 200
    assert asked.body == b'{"b":1}'
    assert asked.headers["content-type"] == asked.headers["accept"] == "application/scim+json"
    assert asked.headers["if-match"] == "x"
    assert tokens(far) == ["Bearer t"]


def test_a_token_that_is_refused_is_renewed_once(far: FarSide) -> None:
    far.behave = lambda r: Told(status=200 if r.headers["authorization"] == "Bearer t2" else 401)
    bearer = Numbered()
    asks = service(far, bearer)
    assert asks.ask("POST", "/", given={}).status == 200
    assert tokens(far) == ["Bearer t1", "Bearer t2"]
    far.behave = lambda _: Told(status=401)
    assert asks.ask("POST", "/", given={}).status == 401
    assert len(far.requests) == 4
    asks.close()
    assert bearer.is_closed


def test_one_that_cannot_be_renewed_is_not_asked_with_again(far: FarSide) -> None:
    far.behave = lambda _: Told(status=401)
    assert service(far, Given("t")).ask("GET", "/").status == 401
    assert len(far.requests) == 1


def test_half_a_character_is_refused_before_it_is_sent(far: FarSide) -> None:
    for given in ({"given": {"a": "\ud800"}}, {"query": {"a": "\ud800"}}):
        with pytest.raises(RefusedError):
            service(far, Given("t")).ask("POST", "/", **given)  # type: ignore[arg-type]
    assert far.requests == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b'{"a":'])
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    with pytest.raises(RefusedError, match="no JSON"):
        decoded("https://a", Answer(200, {}, body))
