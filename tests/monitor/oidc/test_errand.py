"""What a browser brings back is believed only if this browser was sent, by us, to this provider,
once; each way in which a provider or a thief could cheat is refused with its reason."""

import asyncio
import base64
import json
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import structs

from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.oidc.errand import MAXIMUM_CODE, Answer, Errands, Vouched
from monitor.oidc.flow import Flow, Flows, Purpose
from monitor.oidc.provider import Limits, Provider
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import Terms
from tests.idp.hostile import CLIENT, OTHER, SECRET, Hostile, as_json, signed

T = TypeVar("T")


class Sent:
    """A console that sends somebody to the provider, and the answer that would be a good one."""

    def __init__(self, hostile: Hostile, **changes: Any) -> None:
        terms = Terms(
            issuer=hostile.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            roles={"admins": "administrator"},
        )
        self.hostile = hostile
        self.taken: set[bytes] = set()
        self.provider = Provider(
            structs.replace(terms, **changes), "http://127.0.0.1/x", Limits(1.0, 2.0)
        )
        self.flows = Flows(b"k" * 32)
        self.errands = Errands(self.provider, self.flows, self._take, now_ms)

    async def _take(self, digest: bytes, _expires: int) -> bool:
        if digest in self.taken:
            return False
        self.taken.add(digest)
        return True

    def begin(self, purpose: Purpose = Purpose.SIGN_IN) -> Flow:
        """Somebody goes; the provider heard the nonce."""
        flow = self.flows.begin(purpose, now_ms())
        self.hostile.nonce = self.flows.nonce(flow)
        return flow

    def brought(self, flow: Flow | None = None, **answer: Any) -> Vouched:
        flow = self.begin() if flow is None else flow
        given = {"state": self.flows.state(flow), "code": "the code", **answer}
        return asyncio.run(self.errands.brought(flow, Answer(**given)))

    def refused(self, flow: Flow | None = None, **answer: Any) -> RefusedError:
        with pytest.raises(RefusedError) as caught:
            self.brought(flow, **answer)
        assert SECRET not in str(caught.value)
        assert caught.value.detail.isprintable()
        return caught.value


def ran(asking: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asking)


@pytest.fixture
def sent(hostile: Hostile) -> Sent:
    return Sent(hostile)


def test_a_good_answer_is_believed(sent: Sent) -> None:
    found = sent.brought()
    assert found.claims["sub"] == "ada"
    assert found.sid == "sid-1"
    assert found.authenticated is not None
    assert abs(found.authenticated - now_ms()) < MINUTE
    assert "/userinfo" not in sent.hostile.asked, "the id token said all"


def test_what_the_token_lacks_is_asked_for(sent: Sent) -> None:
    sent.hostile.claims = {"roles": None, "name": None}
    sent.hostile.told = {"sub": "ada", "roles": ["admins"], "amr": ["none"], "iss": "x"}
    found = sent.brought()
    assert found.claims["roles"] == ["admins"]
    assert found.claims["amr"] == ["pwd", "mfa"]
    assert found.claims["iss"] == sent.hostile.issuer
    sent.hostile.told = {"sub": "eve", "roles": ["admins"]}
    assert sent.refused().reason is Reason.NOT_PROVED


def test_a_state_of_another_browser_is_refused_before_anything_is_asked(sent: Sent) -> None:
    # An attacker's own code in a victim's browser, or the other way round (login CSRF).
    other = sent.begin()
    error = sent.refused(sent.begin(), state=sent.flows.state(other))
    assert error.reason is Reason.NOT_BEGUN_HERE
    assert sent.refused(state="").reason is Reason.NOT_BEGUN_HERE
    assert sent.hostile.asked == {}


def test_an_answer_is_taken_once(sent: Sent) -> None:
    flow = sent.begin()
    sent.brought(flow)
    assert sent.refused(flow).reason is Reason.USED_BEFORE
    assert sent.hostile.asked["/token"] == 1


def test_an_answer_that_failed_is_not_tried_again_either(sent: Sent) -> None:
    flow = sent.begin()
    sent.hostile.answers["/token"] = lambda: as_json({"error": "invalid_grant"}, 400)
    assert sent.refused(flow).reason is Reason.PROVIDER_ERROR
    assert sent.refused(flow).reason is Reason.USED_BEFORE


@pytest.mark.parametrize("issuer", ["https://evil.example", "", "HTTP://127.0.0.1"])
def test_an_answer_of_another_provider_is_refused(sent: Sent, issuer: str) -> None:
    # The mix-up attack: RFC 9207.
    assert sent.refused(iss=issuer).reason is Reason.OTHER_PROVIDER
    assert "/token" not in sent.hostile.asked


def test_a_provider_that_always_says_who_it_is_has_to(hostile: Hostile) -> None:
    hostile.metadata = {"authorization_response_iss_parameter_supported": True}
    sent = Sent(hostile)
    assert sent.refused().reason is Reason.OTHER_PROVIDER
    assert sent.brought(iss=hostile.issuer).claims["sub"] == "ada"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("access_denied", Reason.CANCELLED),
        ("server_error", Reason.PROVIDER_ERROR),
        ("\x1b[31m" * 100, Reason.PROVIDER_ERROR),
    ],
)
def test_an_error_of_the_provider_is_told_and_nothing_exchanged(
    sent: Sent, error: str, reason: Reason
) -> None:
    got = sent.refused(error=error, error_description="No\nway " * 200)
    assert got.reason is reason
    assert len(got.detail) < 300
    assert "/token" not in sent.hostile.asked


@pytest.mark.parametrize("code", ["", "é", "x" * (MAXIMUM_CODE + 1)])
def test_what_is_no_code_is_not_exchanged(sent: Sent, code: str) -> None:
    sent.refused(code=code)
    assert "/token" not in sent.hostile.asked


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another"}, Reason.NOT_PROVED),
        ({"nonce": None}, Reason.NOT_PROVED),
        ({"aud": "another"}, Reason.NOT_PROVED),
        ({"iss": "https://evil.example"}, Reason.OTHER_PROVIDER),
        ({"exp": 1}, Reason.NOT_PROVED),
        ({"iat": 1}, Reason.NOT_PROVED),
        ({"azp": "another"}, Reason.NOT_PROVED),
        ({"at_hash": "AAAA"}, Reason.NOT_PROVED),
        ({"sub": None}, Reason.NOT_PROVED),
    ],
)
def test_a_token_that_says_something_wrong_is_refused(
    sent: Sent, claims: dict[str, Any], reason: Reason
) -> None:
    sent.hostile.claims = claims
    assert sent.refused().reason is reason


def unsigned(claims: dict[str, Any]) -> str:
    head, body = (json.dumps(one).encode() for one in ({"alg": "none"}, claims))
    parts = [base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in (head, body)]
    return f"{parts[0]}.{parts[1]}."


def test_a_token_that_is_not_signed_by_the_provider_is_refused(sent: Sent) -> None:
    sent.hostile.sign = unsigned
    assert "which is not taken" in sent.refused().detail
    sent.hostile.sign = lambda claims: signed(claims, OTHER)
    assert "by no key" in sent.refused().detail
    sent.hostile.sign = lambda claims: signed(claims, OTHER, jwk=OTHER.as_dict(private=False))
    assert "by no key" in sent.refused().detail
    sent.hostile.sign = lambda _: "not.a.token"
    assert sent.refused().reason is Reason.NOT_PROVED


def test_a_flood_of_key_names_makes_no_flood_of_requests(sent: Sent) -> None:
    names = iter(range(100))
    sent.hostile.sign = lambda claims: signed(claims, kid=f"kid-{next(names)}")
    for _ in range(10):
        assert "by no key" in sent.refused().detail
    assert sent.hostile.asked["/jwks"] == 1


def test_a_proof_that_has_to_be_fresh_is(sent: Sent) -> None:
    now = now_ms() // 1_000
    for purpose in (Purpose.RENEW, Purpose.LINK):
        sent.hostile.claims = {"auth_time": now}
        assert sent.brought(sent.begin(purpose)).authenticated == now * 1_000
        for at in (now - 600, None):
            sent.hostile.claims = {"auth_time": at}
            assert sent.refused(sent.begin(purpose)).reason is Reason.NOT_FRESH
    assert sent.brought(sent.begin()).authenticated is None, "who only signs in need not be asked"


def test_whoever_proves_something_again_is_asked_by_the_provider(sent: Sent) -> None:
    def wanted(purpose: Purpose) -> dict[str, list[str]]:
        url = ran(sent.errands.address(sent.begin(purpose), "en"))
        return parse_qs(urlsplit(url).query)

    assert wanted(Purpose.RENEW)["max_age"] == ["0"]
    assert wanted(Purpose.LINK)["prompt"] == ["login"]
    assert "prompt" not in wanted(Purpose.SIGN_IN)


def test_a_time_in_the_future_is_now(sent: Sent) -> None:
    sent.hostile.claims = {"auth_time": 10**11}
    found = sent.brought()
    assert found.authenticated is not None
    assert found.authenticated <= now_ms()
    for odd in ("x", True, -1, 1e30):
        sent.hostile.claims = {"auth_time": odd}
        assert sent.brought().authenticated is None


def test_a_logout_token_is_taken_once(sent: Sent) -> None:
    token = sent.hostile.logout_token()
    left = ran(sent.errands.left(token))
    assert (left.sub, left.sid) == ("ada", "sid-1")
    with pytest.raises(RefusedError) as caught:
        ran(sent.errands.left(token))
    assert caught.value.reason is Reason.USED_BEFORE
    ran(sent.errands.left(sent.hostile.logout_token()))


def test_an_id_token_ends_nobody_s_session(sent: Sent) -> None:
    with pytest.raises(RefusedError):
        ran(sent.errands.left(signed(sent.hostile.good_claims())))
    with pytest.raises(RefusedError):
        ran(sent.errands.left("garbage"))


def test_who_leaves_is_sent_where_they_leave_the_provider_too(sent: Sent) -> None:
    url = ran(sent.errands.farewell("the.id.token", "https://vigie.example.com/sign-in"))
    assert url is not None
    assert url.startswith(f"{sent.hostile.issuer}/end?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": [CLIENT],
        "post_logout_redirect_uri": ["https://vigie.example.com/sign-in"],
        "id_token_hint": ["the.id.token"],
    }


def test_where_the_provider_has_no_such_place_nobody_is_sent_there(hostile: Hostile) -> None:
    hostile.metadata = {"end_session_endpoint": None}
    assert ran(Sent(hostile).errands.farewell(None, "x")) is None


def test_a_provider_that_is_down_keeps_nobody_from_leaving() -> None:
    with Hostile() as gone:
        sent = Sent(gone)
    assert ran(sent.errands.farewell(None, "x")) is None
    assert sent.refused().reason is Reason.UNREACHABLE
