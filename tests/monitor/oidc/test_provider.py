"""A provider is asked as the specifications have it, seldom, and never believed or waited for
without end."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from msgspec import structs

from monitor import clock
from monitor.oidc.client import MAXIMUM_ANSWER
from monitor.oidc.flow import Flows, Purpose
from monitor.oidc.person import joined, person_of
from monitor.oidc.provider import Limits, Provider
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import Terms
from monitor.oidc.tokens import Expected, header_of, read_id_token
from tests.idp.hostile import CLIENT, SECRET, Answer, Hostile, as_json
from tests.idp.provider import Provider as RealProvider

T = TypeVar("T")
ABOUT = "/.well-known/openid-configuration"
BACK = "http://127.0.0.1:8320/oidc/callback"


def provider_of(hostile: Hostile, **changes: Any) -> Provider:
    terms = Terms(
        issuer=hostile.issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        roles={"admins": "administrator"},
    )
    limits = Limits(step_s=1.0, whole_s=2.0)
    return Provider(structs.replace(terms, **changes), BACK, limits)


def ran(asking: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asking)


def refused(asking: Coroutine[Any, Any, Any]) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        ran(asking)
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many minutes pass by the steady clock."""
    passed = [0.0]
    real = clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: real() + passed[0])

    def wait(count: float) -> None:
        passed[0] += 60 * count

    return wait


def test_a_browser_is_sent_with_all_that_binds_the_answer(hostile: Hostile) -> None:
    url = ran(
        provider_of(hostile, acr=("2", "3")).authorization_url(
            "the-state", "the-nonce", "v" * 43, is_fresh=False, language="fr"
        )
    )
    assert url.startswith(f"{hostile.issuer}/auth?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": [CLIENT],
        "redirect_uri": [BACK],
        "scope": ["openid profile email"],
        "state": ["the-state"],
        "nonce": ["the-nonce"],
        "code_challenge": [create_s256_code_challenge("v" * 43)],
        "code_challenge_method": ["S256"],
        "acr_values": ["2 3"],
        "ui_locales": ["fr"],
    }


def test_a_person_is_asked_again_where_that_is_wanted(hostile: Hostile) -> None:
    url = ran(
        provider_of(hostile).authorization_url("s", "n", "v" * 43, is_fresh=True, language="en")
    )
    sent = parse_qs(urlsplit(url).query)
    assert (sent["prompt"], sent["max_age"]) == (["login"], ["0"])


def test_a_code_is_exchanged_with_its_verifier(hostile: Hostile) -> None:
    tokens = ran(provider_of(hostile).exchange("the code", "v" * 43))
    assert header_of(tokens.id_token).kid == "own"
    assert tokens.access_token == "at"
    assert hostile.forms == [
        {
            "grant_type": "authorization_code",
            "code": "the code",
            "code_verifier": "v" * 43,
            "redirect_uri": BACK,
        }
    ]


def test_without_a_secret_it_is_a_public_client(hostile: Hostile) -> None:
    ran(provider_of(hostile, client_secret=None).exchange("c", "v" * 43))
    assert hostile.forms[0]["client_id"] == CLIENT
    assert "Authorization" not in hostile.headers[-1]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (as_json({"error": "invalid_grant", "error_description": "no\x1b[31m"}, 400), "provider"),
        (as_json({"access_token": "at"}), "not_understood"),
        (as_json({"id_token": 7}), "not_understood"),
        (as_json(["id_token"]), "not_understood"),
        (as_json(7), "not_understood"),
        (as_json(None), "not_understood"),
        ((200, {}, b"<html>"), "not_understood"),
        ((200, {}, b"\xff\xfe"), "not_understood"),
        ((200, {}, b"[" * 100_000), "not_understood"),
        ((302, {"location": "/elsewhere"}, b""), "unreachable"),
        ((500, {}, b"trouble"), "unreachable"),
        ((200, {}, b"x" * (MAXIMUM_ANSWER + 1)), "unreachable"),
    ],
)
def test_an_answer_to_a_code_that_is_none_is_refused(
    hostile: Hostile, answer: Answer, reason: str
) -> None:
    hostile.answers["/token"] = lambda: answer
    error = refused(provider_of(hostile).exchange("c", "v" * 43))
    assert error.reason.value.startswith(reason), error
    assert error.detail.isprintable()
    assert "/elsewhere" not in hostile.asked


def test_metadata_is_asked_for_once_an_hour(
    hostile: Hostile, minutes: Callable[[float], None]
) -> None:
    provider = provider_of(hostile)
    for _ in range(5):
        ran(provider.metadata())
    assert hostile.asked[ABOUT] == 1
    minutes(61)
    ran(provider.metadata())
    assert hostile.asked[ABOUT] == 2


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b""),
        (302, {"location": "/elsewhere"}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"x" * (MAXIMUM_ANSWER + 1)),
    ],
)
def test_a_provider_that_says_nothing_of_use_is_not_asked_again_at_once(
    hostile: Hostile, minutes: Callable[[float], None], answer: Answer
) -> None:
    provider = provider_of(hostile)
    hostile.answers[ABOUT] = lambda: answer
    told = {str(refused(provider.metadata())) for _ in range(5)}
    assert len(told) == 1
    assert hostile.asked == {ABOUT: 1}
    hostile.reset()
    minutes(0.1)
    assert ran(provider.metadata()).issuer == hostile.issuer


def test_keys_are_read_again_for_a_new_name_but_not_for_a_flood_of_them(
    hostile: Hostile, minutes: Callable[[float], None]
) -> None:
    provider = provider_of(hostile)
    assert [key.kid for key in ran(provider.keys("own"))] == ["own"]
    hostile.keys = [{**hostile.keys[0], "kid": "next"}]
    for number in range(50):
        assert [key.kid for key in ran(provider.keys(f"kid-{number}"))] == ["own"]
    assert hostile.asked["/jwks"] == 1
    minutes(0.6)
    assert [key.kid for key in ran(provider.keys("next"))] == ["next"]
    assert hostile.asked["/jwks"] == 2
    for number in range(50):
        ran(provider.keys(f"kid-{number}"))
    assert hostile.asked["/jwks"] == 2


def test_keys_that_cannot_be_read_anew_do_not_make_a_flood(
    hostile: Hostile, minutes: Callable[[float], None]
) -> None:
    provider = provider_of(hostile)
    ran(provider.keys("own"))
    hostile.answers["/jwks"] = lambda: (500, {}, b"")
    minutes(1)
    refused(provider.keys("next"))
    for _ in range(20):
        assert [key.kid for key in ran(provider.keys("next"))] == ["own"]
    assert hostile.asked["/jwks"] == 2


def test_a_slow_provider_is_not_waited_for(hostile: Hostile) -> None:
    let_go = threading.Event()

    def drip() -> Answer:
        def parts() -> Iterator[bytes]:
            for _ in itertools.count():
                if let_go.wait(0.2):
                    return
                yield b" "

        return 200, {"content-type": "application/json"}, parts()

    hostile.answers[ABOUT] = drip
    try:
        assert "within 2 s" in refused(provider_of(hostile).metadata()).detail
    finally:
        let_go.set()


def test_a_provider_that_is_not_there_is_told_so() -> None:
    with Hostile() as gone:
        provider = provider_of(gone)
    error = refused(provider.metadata())
    assert error.reason is Reason.UNREACHABLE
    assert "ConnectError" in error.detail


def test_userinfo_of_somebody_else_is_refused(hostile: Hostile) -> None:
    provider = provider_of(hostile)
    hostile.told = {"sub": "ada", "groups": ["it"]}
    assert ran(provider.userinfo("at", "ada"))["groups"] == ["it"]
    assert hostile.headers[-1]["Authorization"] == "Bearer at"
    for told in ({"sub": "eve"}, {}, {"sub": None}):
        hostile.told = told
        assert refused(provider.userinfo("at", "ada")).reason is Reason.NOT_PROVED
    hostile.answers["/userinfo"] = lambda: as_json(["sub"])
    assert refused(provider.userinfo("at", "ada")).reason is Reason.NOT_UNDERSTOOD


def test_a_provider_without_userinfo_tells_no_more(hostile: Hostile) -> None:
    hostile.metadata = {"userinfo_endpoint": None}
    assert ran(provider_of(hostile).userinfo("at", "ada")) == {}


@pytest.mark.idp
def test_a_real_provider_vouches_for_somebody(provider: RealProvider) -> None:
    """The whole way, with the browser's part played by a client that keeps cookies."""
    provider.set_people(
        {
            "ada": {
                "password": "x",
                "amr": ["pwd", "mfa"],
                "claims": {"roles": ["admins"], "name": "Ada", "groups": ["it"]},
            }
        }
    )
    client_id, secret = provider.register("http://127.0.0.1:8320")
    terms = Terms(
        issuer=provider.issuer,
        client_id=client_id,
        client_secret=secret,
        roles={"admins": "administrator"},
        groups=("it",),
    )
    ours = Provider(terms, BACK)
    flows = Flows(b"k" * 32)
    flow = flows.begin(Purpose.SIGN_IN, clock.now_ms())

    async def go() -> dict[str, Any]:
        url = await ours.authorization_url(
            flows.state(flow), flows.nonce(flow), flows.verifier(flow), is_fresh=True, language="en"
        )
        back = came_back(url)
        assert flows.is_answer_to(flow, back["state"])
        assert back["iss"] == provider.issuer
        tokens = await ours.exchange(back["code"], flows.verifier(flow))
        found = await ours.metadata()
        expected = Expected(
            issuer=provider.issuer,
            client_id=client_id,
            algorithms=found.algorithms,
            now=clock.now_ms() / 1000,
            nonce=flows.nonce(flow),
            begun=flow.begun / 1000,
            is_fresh=True,
        )
        keys = await ours.keys(header_of(tokens.id_token).kid)
        claims = read_id_token(tokens.id_token, keys, expected, tokens.access_token)
        assert tokens.access_token is not None
        told = await ours.userinfo(tokens.access_token, claims["sub"])
        with pytest.raises(RefusedError, match="invalid_grant"):
            await ours.exchange(back["code"], flows.verifier(flow))
        return joined(claims, told)

    person = person_of(asyncio.run(go()), terms)
    assert (person.sub, person.name, person.role) == ("ada", "Ada", "administrator")


def came_back(url: str) -> dict[str, str]:
    """What a browser brings back from the provider, where it signed in as ada."""
    with httpx2.Client(follow_redirects=True) as browser:
        form = browser.get(url)
        answer = browser.post(
            form.url, data={"login": "ada", "password": "x"}, follow_redirects=False
        )
        while not answer.headers["location"].startswith(BACK):
            answer = browser.get(answer.headers["location"], follow_redirects=False)
    return dict(httpx2.URL(answer.headers["location"]).params)
