"""What a provider answers has an end; secrets are sent as the specification has it."""

import asyncio
import base64
import gzip
from collections.abc import Iterator
from urllib.parse import unquote_plus

import httpx2
import pytest

from monitor.oidc.client import MAXIMUM_ANSWER, Client, TooMuchError
from tests.idp.hostile import Answer, Hostile


def asked(url: str, **named: object) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        async with Client("an id", "a:secret+&é", **named) as client:
            answer: httpx2.Response = await client.request("GET", url, withhold_token=True)
            return answer

    return asyncio.run(ask())


def endless() -> Answer:
    def parts() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    return 200, {"content-type": "application/json"}, parts()


def test_an_answer_is_read_whole_and_to_the_limit(hostile: Hostile) -> None:
    hostile.answers["/x"] = lambda: (200, {}, b"y" * MAXIMUM_ANSWER)
    assert len(asked(f"{hostile.issuer}/x").content) == MAXIMUM_ANSWER


def test_an_answer_without_end_is_given_up(hostile: Hostile) -> None:
    hostile.answers["/x"] = endless
    with pytest.raises(TooMuchError, match="more than"):
        asked(f"{hostile.issuer}/x")


def test_a_packed_answer_is_not_unpacked(hostile: Hostile) -> None:
    bomb = gzip.compress(b"\0" * (16 << 20))
    hostile.answers["/x"] = lambda: (200, {"content-encoding": "gzip"}, bomb)
    with pytest.raises(TooMuchError, match="packed"):
        asked(f"{hostile.issuer}/x")
    assert hostile.headers[-1]["Accept-Encoding"] == "identity"


def test_a_redirect_is_an_answer_and_not_followed(hostile: Hostile) -> None:
    there = {"location": f"{hostile.issuer}/y"}
    hostile.answers["/x"] = lambda: (302, there, b"")
    assert asked(f"{hostile.issuer}/x").status_code == 302
    assert "/y" not in hostile.asked


def test_the_secret_is_encoded_before_it_is_joined(hostile: Hostile) -> None:
    async def exchange() -> None:
        async with Client(
            "an id", "a:secret+&é", token_endpoint_auth_method="client_secret_basic"
        ) as client:
            await client.fetch_token(
                f"{hostile.issuer}/token", grant_type="authorization_code", code="c"
            )

    asyncio.run(exchange())
    sent = base64.b64decode(hostile.headers[-1]["Authorization"].removeprefix("Basic ")).decode()
    assert [unquote_plus(half) for half in sent.split(":")] == ["an id", "a:secret+&é"]
    assert "client_secret" not in hostile.forms[-1]
