"""Tells another system by a signed webhook, as the Standard Webhooks specification has it.

`webhook-id` is the same at every attempt: whoever receives it keeps the ids that it knows, does
each once, and answers 2xx when it is done. What is asked for is named in the settings, since an
endpoint that only listens would answer 2xx as well.
"""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from standardwebhooks.webhooks import Webhook

from alerts.egress.client import (
    Answer,
    Client,
    EgressError,
    check_authorities,
    check_url,
)
from alerts.ports import (
    AccountState,
    Action,
    Order,
    Receipt,
    RefusedError,
    Responder,
    RetryError,
    Target,
)
from alerts.responders.surroundings import Surroundings
from alerts.responders.terms import Common

KIND: Final = "webhook"
ACTIONS: Final = frozenset(Action)
_ABOUT_ACCOUNTS: Final = frozenset(Action) - {Action.TELL, Action.TRACK}
_REFUSED: Final = frozenset((400, 409, 410, 411, 413, 414, 415, 422, 451))
"""Answers that say of the message itself that it will never be taken; with others the endpoint may
be mended, and the same message taken then."""
_LONGEST: Final = 200
"""Characters that are kept of what an endpoint says."""
_KEY_BYTES: Final = range(24, 65)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Secret = Annotated[str, Meta(min_length=1, max_length=256)]


class Terms(Common, frozen=True, kw_only=True):
    """`secret` signs: `whsec_` and 24 to 64 bytes in Base64. After a change, `former_secret` signs
    beside it until every endpoint knows the new one. `token` is sent as a bearer's, `ca` are
    authorities (PEM) trusted besides the system's, `insecure_http` allows plain http."""

    url: Annotated[str, Meta(min_length=1, max_length=2_000)] = ""
    secret: Secret = ""
    former_secret: Secret | None = None
    token: Annotated[str, Meta(pattern=r"^[!-~]{1,4096}\Z")] | None = None
    ca: str | None = None
    insecure_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what can never be sent. Raises ValueError."""
        if not self.actions:
            raise ValueError('actions: say what it is asked for, such as ["tell", "disable"]')
        for name in ("url", "secret"):
            if not getattr(self, name):
                raise ValueError(f"{name} is missing")
        check_url(self.url, insecure_http=self.insecure_http)
        check_authorities(self.ca)
        for name in ("secret", "former_secret"):
            if (given := getattr(self, name)) is not None:
                _key(name, given)


def open_responder(_name: str, terms: Terms, surroundings: Surroundings) -> Responder:
    """One that sends to the terms' address. Raises ValueError for an address that is none."""
    return Endpoint(terms, surroundings)


class Endpoint:
    """Sends each order as one message."""

    def __init__(self, terms: Terms, surroundings: Surroundings) -> None:
        self._client = Client(
            surroundings.wall, terms.url, ca=terms.ca, insecure_http=terms.insecure_http
        )
        self._now = surroundings.now
        self._token = terms.token
        given = (("secret", terms.secret), ("former_secret", terms.former_secret))
        self._keys = [_key(name, secret) for name, secret in given if secret is not None]

    def deliver(self, order: Order) -> Receipt:
        """Send an order. Raises RetryError and RefusedError."""
        if order.target is None and order.action in _ABOUT_ACCOUNTS:
            raise RefusedError(f"{order.action} is about an account, and none is named")
        try:
            body = message(order)
        except UnicodeEncodeError:  # half a character, of a log
            raise RefusedError("what is to be told is no text") from None
        try:
            answer = self._client.ask("POST", body=body, headers=self._headers(order, body))
        except EgressError as error:
            if error.status in range(200, 300):  # it was taken, whatever is said besides
                return Receipt(detail=f"HTTP {error.status}")
            if error.passes:
                raise RetryError(error.why) from None
            raise RefusedError(error.why) from None
        return _receipt(answer)

    def state(self, target: Target) -> AccountState | None:
        """Nobody is asked: a webhook only tells."""
        return None

    def close(self) -> None:
        """Let go of the client."""
        self._client.close()

    def _headers(self, order: Order, body: bytes) -> dict[str, str]:
        at, identifier = _time(self._now()), identifier_of(order)
        signed = [key.sign(identifier, at, body.decode()) for key in self._keys]
        headers = {
            "Content-Type": "application/json",
            "webhook-id": identifier,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        return (
            headers
            if self._token is None
            else {**headers, "Authorization": f"Bearer {self._token}"}
        )


def identifier_of(order: Order) -> str:
    """The message's id: of the order's key, which may hold what a header cannot."""
    raw = order.key.encode("utf-8", "surrogatepass")
    return f"msg_{hashlib.blake2b(raw, digest_size=18).hexdigest()}"


def message(order: Order) -> bytes:
    """What is sent: the same bytes at every attempt."""
    told: dict[str, Any] = msgspec.to_builtins(order)
    data = {name: value for name, value in told.items() if value not in (None, "", [], {}, ())}
    for name in ("issued", "until"):
        if name in data:
            data[name] = _iso(data[name])
    data.pop("key")
    about = "account" if order.action in _ABOUT_ACCOUNTS else "team"
    document = {"type": f"{about}.{order.action}", "timestamp": _iso(order.issued), "data": data}
    return msgspec.json.encode(document)


def _receipt(answer: Answer) -> Receipt:
    if 200 <= answer.status < 300:
        told = _told(answer.body)
        return Receipt(reference=told.get("reference", ""), detail=_detail(answer, told))
    why = f"the endpoint answers HTTP {answer.status}"
    if answer.status in _REFUSED:
        raise RefusedError(why)
    raise RetryError(why, answer.retry_after_s())


def _detail(answer: Answer, told: dict[str, str]) -> str:
    said = told.get("detail", "")
    return f"HTTP {answer.status}{f': {said}' if said else ''}"


def _told(body: bytes) -> dict[str, str]:
    """What an endpoint says of itself, where it does: `reference` and `detail` in JSON."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        name: "".join(c if c.isprintable() else " " for c in told[name][:_LONGEST])
        for name in ("reference", "detail")
        if isinstance(told.get(name), str)
    }


def _key(name: str, secret: str) -> Webhook:
    why = f"{name}: expected whsec_ and {_KEY_BYTES[0]} to {_KEY_BYTES[-1]} bytes in Base64"
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise ValueError(why) from None
    if len(key) not in _KEY_BYTES:
        raise ValueError(why)
    return Webhook(key)


def _time(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _iso(milliseconds: int) -> str:
    return f"{_time(milliseconds).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
