"""A session is known by what the provider signed, for us, of now, and by nothing else."""

import asyncio
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.gate.claims import Names
from monitor.gate.known import Known, UnsureError
from monitor.gate.token import KEPT_MS, REFUSED_MS, Expectation, TokenKnower, token_of
from monitor.oidc import keys, remembered
from monitor.oidc.keys import Key
from monitor.oidc.provider import Provider as RealProvider
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import Terms
from monitor.oidc.tokens import LEEWAY_S, LOGOUT_EVENT
from tests.idp.hostile import CURVE, OTHER, OWN, Hostile, signed

NOW = 1_790_000_000_000
ISSUER = "https://id.example.com"
SHOWN = {"keys": [OWN.as_dict(private=False), CURVE.as_dict(private=False)]}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "u-1",
    "sid": "s-1",
    "aud": "app",
    "exp": NOW / 1_000 + 600,
    "iat": NOW / 1_000 - 5,
    "auth_time": NOW / 1_000 - 60,
}
KNOWN = Known("acme", "u-1", "s-1", NOW - 60_000)
EXPECTED = Expectation(frozenset(("app",)), "", Names("sid", "sub", None, "acme"))


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """A provider over real sockets that goes silent when a test wants it."""
    with Hostile() as made:
        yield made


class Provider:
    """One that counts how often its keys are asked for, and can be away."""

    issuer = ISSUER

    def __init__(self) -> None:
        self.asked = 0
        self.is_away = False

    async def algorithms(self) -> tuple[str, ...]:
        return ("RS256", "ES256")

    async def keys(self, kid: str | None) -> tuple[Key, ...]:
        self.asked += 1
        if self.is_away:
            raise RefusedError(Reason.UNREACHABLE, "it does not answer")
        return keys.read(json.dumps(SHOWN).encode())


class World:
    def __init__(self, expected: Expectation = EXPECTED) -> None:
        self.provider, self.now = Provider(), NOW
        self.knower = TokenKnower(self.provider, expected, lambda: self.now)

    def know(self, token: str) -> Known | None:
        return asyncio.run(self.knower.know([(b"authorization", f"Bearer {token}".encode())]))


def changed(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}


@pytest.mark.parametrize("kind", [{}, {"typ": "JWT"}, {"typ": "at+jwt"}])
def test_a_token_of_the_provider_tells_the_session(kind: dict[str, str]) -> None:
    assert World().know(signed(CLAIMS, **kind)) == KNOWN
    assert World().know(signed(CLAIMS, CURVE, "ES256", **kind)) == KNOWN


@pytest.mark.parametrize(
    "token",
    [
        signed(CLAIMS, OTHER),
        signed(changed(iss="https://evil.example")),
        signed(changed(aud="another")),
        signed(changed(aud=None)),
        signed(changed(sid=None)),
        signed(changed(sub=None)),
        signed(changed(exp=None)),
        signed(changed(exp=NOW / 1_000 - LEEWAY_S)),
        signed(changed(iat=NOW / 1_000 + LEEWAY_S + 1)),
        signed(changed(nbf=NOW / 1_000 + LEEWAY_S + 1)),
        # A logout token names a session too, and goes to places where it can be read.
        signed(CLAIMS, typ="logout+jwt"),
        signed(changed(events={LOGOUT_EVENT: {}})),
        "not.a.token",
        "",
        f"{signed(CLAIMS).rpartition('.')[0]}.",
    ],
)
def test_anything_else_tells_nothing(token: str) -> None:
    assert World().know(token) is None


def test_it_is_verified_once_and_not_believed_after_its_end() -> None:
    world, token = World(), signed(changed(exp=NOW / 1_000 + 100))
    for _ in range(3):
        assert world.know(token) == KNOWN
    assert world.provider.asked == 1
    world.now += 100_000 + LEEWAY_S * 1_000
    assert world.know(token) is None


def test_a_key_that_the_provider_withdraws_is_heeded_after_a_while() -> None:
    world, token = World(), signed(changed(exp=NOW / 1_000 + 9_000))
    assert world.know(token) == KNOWN
    world.now += KEPT_MS
    world.know(token)
    assert world.provider.asked == 2


def test_what_is_no_good_is_not_verified_at_every_request() -> None:
    world, token = World(), signed(CLAIMS, OTHER)
    for _ in range(3):
        assert world.know(token) is None
    assert world.provider.asked == 1
    world.now += REFUSED_MS
    world.know(token)
    assert world.provider.asked == 2


def test_where_the_keys_cannot_be_had_nobody_can_tell() -> None:
    world = World()
    world.provider.is_away = True
    with pytest.raises(UnsureError, match="does not answer"):
        world.know(signed(CLAIMS))
    world.provider.is_away = False
    assert world.know(signed(CLAIMS)) == KNOWN


def test_while_a_real_provider_is_silent_its_former_keys_tell_good_tokens_from_others(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a token under a key that nobody has would pass where silence is open."""
    terms = Terms(issuer=hostile.issuer, client_id="vigie")
    knower = TokenKnower(RealProvider(terms, ""), EXPECTED, lambda: NOW)
    good = changed(iss=hostile.issuer)

    at = [0.0]
    monkeypatch.setattr(remembered, "clock", SimpleNamespace(monotonic=lambda: at[0]))

    async def know(*tokens: str) -> list[Known | None]:
        found = []
        for token in tokens:
            at[0] += remembered.KEPT_S + 1
            found.append(await knower.know([(b"authorization", f"Bearer {token}".encode())]))
            hostile.answers["/jwks"] = lambda: (503, {}, b"")
        return found

    forged = signed(good, OTHER, kid="nobody has it")
    found = asyncio.run(know(signed(good), forged, signed({**good, "sid": "s-2"})))
    assert [one and one.session for one in found] == ["s-1", None, "s-2"]


def test_a_token_is_taken_from_the_one_place_where_the_application_looks() -> None:
    bearer, cookie = (b"authorization", b"Bearer a"), (b"cookie", b"at=b")
    assert token_of([bearer, cookie], "") == b"a"
    assert token_of([bearer, cookie], "at") == b"b"
    assert token_of([bearer], "at") is None
    assert token_of([cookie], "") is None
    assert token_of([(b"cookie", b"at=b; at=c")], "at") is None
    assert token_of([(b"cookie", b"at=\xff")], "at") is None
    assert token_of([(b"cookie", b"at=" + b"x" * 40_000)], "at") is None
