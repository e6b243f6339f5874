"""A Keycloak realm's admin API over HTTP: tokens, pages of events, and refusals told plainly.

After Keycloak's Admin REST API: `GET /admin/realms/{realm}/events`, `/admin-events` and
`/events/config`, with a bearer token of `/realms/{realm}/protocol/openid-connect/token`. No secret
and no token gets into an error, a line or a cursor.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

import httpx2
import msgspec
from msgspec import Struct

from detectors.core.identity import digest
from monitor.clock import monotonic, now_ms
from monitor.formats.format import MalformedLine
from monitor.formats.lenient import decoded
from monitor.formats.stamp import LAST
from monitor.sources.climb import Entry
from monitor.sources.refusal import (
    MAXIMUM_ANSWER,
    MAXIMUM_VALUES,
    VIEW_EVENTS,
    Address,
    Credentials,
    RealmError,
    no_token,
    refused,
    too_much,
    unreachable,
    unreadable,
    why_of,
)

EVENTS: Final = "events"
ADMIN_EVENTS: Final = "admin-events"

LONGEST_PAUSE: Final = 3_600.0
"""Seconds that a server may ask us to stay away."""
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a token may consist of (RFC 6750, section 2.1)."""
_EARLY_S = 10.0
_SHORTEST_TOKEN_S = 1.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_events = msgspec.json.Decoder(list[dict[str, Any]])


class EventsConfig(Struct, frozen=True, rename="camel"):
    """What a realm keeps (RealmEventsConfigRepresentation); `events_expiration` in s."""

    events_enabled: bool = False
    admin_events_enabled: bool = False
    admin_events_details_enabled: bool = False
    events_expiration: int | None = None
    enabled_event_types: list[str] = []


class _Token(Struct, frozen=True):
    access_token: str
    expires_in: float = 60.0


class _Answer(NamedTuple):
    status: int
    headers: httpx2.Headers
    body: bytes


class Realm:
    """The events of one realm, asked for with one client's or user's rights."""

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        timeout: float = 30.0,
        authorities: str | None = None,
        public_clients: frozenset[str] = frozenset(),
    ) -> None:
        """`authorities`: certificates (PEM) to trust besides the system's. `public_clients`: those
        without a secret, whose users renew their tokens themselves. Raises ValueError."""
        self.address = address
        self.now = now_ms()
        self._credentials = credentials
        self._public = public_clients
        self._patience = 4 * timeout
        self._token: str | None = None
        self._renew_at = 0.0
        # Without TLS there is nothing to verify, and reading the system's authorities takes long.
        needs_trust = authorities is not None or not address.base.startswith("http://")
        self._http = httpx2.Client(
            verify=_context(authorities) if needs_trust else False,
            timeout=timeout,
            headers={"Accept": "application/json", "User-Agent": "vigie"},
        )

    def page(
        self, name: str, first: int, maximum: int, given: Mapping[str, Any] = {}
    ) -> list[Entry]:
        """A page of a list (`EVENTS`, `ADMIN_EVENTS`), newest first. Raises RealmError."""
        body = self._get(name, {"first": first, "max": maximum, **given})
        try:
            found = listed(body)
        except (msgspec.DecodeError, MalformedLine) as error:
            raise unreadable(self.address, str(error)) from error
        entries: list[Entry] = []
        for fields in found:
            before = entries[-1].time if entries else self.now
            entries.append(self._entry(fields, before, is_admin=name == ADMIN_EVENTS))
            if entries[-1].time > before and len(entries) > 1:
                raise unreadable(self.address, "the events are not given newest first")
        return entries

    def config(self) -> EventsConfig:
        """What the realm keeps of its events. Raises RealmError."""
        try:
            return msgspec.json.decode(self._get("events/config", {}), type=EventsConfig)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise unreadable(self.address, str(error)) from error

    def read(self, path: str, parameters: Mapping[str, Any], right: str) -> bytes | None:
        """What is at a path of the realm's admin API; None where nothing is any more. `right` is
        the role that it takes. Raises RealmError."""
        answer = self._answer(path, parameters)
        if answer.status == 404 and path.count("/"):
            return None
        if answer.status != 200:
            raise self._refusal(answer, right)
        return answer.body

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _entry(self, fields: dict[str, Any], before: int, *, is_admin: bool) -> Entry:
        time = fields.get("time")
        if not isinstance(time, int) or isinstance(time, bool):
            time = before
        fields = {name: value for name, value in fields.items() if value is not None}
        uid = fields.get("id")
        if not isinstance(uid, str) or not uid:
            # Servers before version 22 give events no id: it is made of all that they say.
            fields["id"] = uid = digest(_encoded(fields, order="deterministic")).hex()
        fields.setdefault("realmName", self.address.realm)
        if is_admin:
            fields = _without_secrets(fields)
        elif fields.get("clientId") in [*self._public]:  # it may be what cannot be hashed
            fields["publicClient"] = True
        key = int.from_bytes(digest(uid, size=8), "big")
        return Entry(min(max(0, time), LAST), key, _encoded(fields))

    def _get(self, path: str, parameters: Mapping[str, Any]) -> bytes:
        answer = self._answer(path, parameters)
        if answer.status != 200:
            raise self._refusal(answer)
        return answer.body

    def _answer(self, path: str, parameters: Mapping[str, Any]) -> _Answer:
        url = f"{self.address.base}/admin/realms/{quote(self.address.realm, safe='')}/{path}"
        answer = self._authorised(url, parameters)
        if answer.status == 401:
            # It may have been ended before its time, or the server been started anew.
            self._token = None
            answer = self._authorised(url, parameters)
        return answer

    def _authorised(self, url: str, parameters: Mapping[str, Any]) -> _Answer:
        headers = {"Authorization": f"Bearer {self._valid_token()}"}
        return self._ask("GET", url, params=parameters, headers=headers)

    def _valid_token(self) -> str:
        if self._token is None or monotonic() >= self._renew_at:
            token = self._new_token()
            self._token = token.access_token
            early = min(_EARLY_S, token.expires_in / 2)
            self._renew_at = monotonic() + max(_SHORTEST_TOKEN_S, token.expires_in - early)
        return self._token

    def _new_token(self) -> _Token:
        realm = quote(self._credentials.realm, safe="")
        url = f"{self.address.base}/realms/{realm}/protocol/openid-connect/token"
        answer = self._ask("POST", url, data=self._credentials.form())
        if answer.status in (400, 401):
            raise no_token(self.address, self._credentials, _error_code(answer.body))
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            token = msgspec.json.decode(answer.body, type=_Token, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            token = _Token("")
        if _BEARER.fullmatch(token.access_token) is None:
            # What broke is not told: it may hold half a token.
            raise unreadable(self.address, "the token's answer is not as documented")
        return token

    def _ask(self, method: str, url: str, **given: Any) -> _Answer:
        end = monotonic() + self._patience

        def check() -> None:
            if monotonic() > end:
                raise unreachable(self.address, "the answer does not come to an end")

        try:
            with self._http.stream(method, url, **given) as response:
                if isinstance(response.stream, httpx2.SyncByteStream):
                    response.stream = _Watched(response.stream, check)
                body = self._body(response)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise unreachable(self.address, why_of(error)) from None
        self.now = _date(response.headers) or now_ms()
        return _Answer(response.status_code, response.headers, body)

    def _body(self, response: httpx2.Response) -> bytes:
        parts, length = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            length += len(part)
            if length > MAXIMUM_ANSWER:
                raise too_much(self.address)
        body = b"".join(parts)
        if sum(map(body.count, (b",", b"{", b"["))) > MAXIMUM_VALUES:
            raise too_much(self.address)
        return body

    def _refusal(self, answer: _Answer, right: str = VIEW_EVENTS) -> RealmError:
        pause = _retry_after(answer.headers, self.now)
        return refused(self.address, self._credentials, answer.status, pause, right)


class _Watched(httpx2.SyncByteStream):
    """What comes, and a look at each piece as it comes: it may unpack to nothing for ever."""

    def __init__(self, stream: httpx2.SyncByteStream, look: Callable[[], None]) -> None:
        self._stream = stream
        self._look = look

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._look()
            yield part

    def close(self) -> None:
        self._stream.close()


def listed(body: bytes) -> list[dict[str, Any]]:
    """What is on a page; one with half a character in it must not keep all others back, since
    users type what is in them. Raises msgspec.DecodeError, MalformedLine."""
    try:
        return _events.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.convert(decoded(body), list[dict[str, Any]])


def _encoded(fields: dict[str, Any], order: Literal["deterministic"] | None = None) -> bytes:
    try:
        return msgspec.json.encode(fields, order=order)
    except UnicodeEncodeError:  # half a character: escaped, as it came
        return json.dumps(fields, sort_keys=order is not None).encode()


def _context(authorities: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authorities is not None:
        try:
            context.load_verify_locations(cadata=authorities)
        except (ssl.SSLError, ValueError) as error:
            raise ValueError("ca: expected certificates in PEM") from error
    return context


def _without_secrets(fields: dict[str, Any]) -> dict[str, Any]:
    """An administrator's act without what was written, but for a user's name and whether the
    account is enabled: the rest is long, and may hold what nobody should read."""
    written = fields.pop("representation", None)
    if not isinstance(written, str) or not str(fields.get("resourcePath", "")).startswith("users/"):
        return fields
    try:
        user = msgspec.json.decode(written, type=_Written)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return fields
    return fields | {"representation": msgspec.json.encode(user).decode()}


class _Written(Struct, omit_defaults=True):
    username: str | None = None
    enabled: bool | None = None


def _error_code(body: bytes) -> str:
    """The `error` of an OAuth error answer (RFC 6749, section 5.2)."""
    try:
        code = msgspec.json.decode(body, type=dict[str, Any]).get("error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "no reason given"
    plain = code if isinstance(code, str) and code.isascii() and code.isprintable() else ""
    return plain[:60] or "no reason given"


def _date(headers: httpx2.Headers) -> int | None:
    """The server's clock in ms, from the answer's `Date` (RFC 9110, section 6.6.1)."""
    return _http_date(headers.get("date"))


def _http_date(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return (parsedate_to_datetime(text) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, TypeError, OverflowError):
        return None


def _retry_after(headers: httpx2.Headers, now: int) -> float | None:
    """Seconds of `Retry-After` (RFC 9110, section 10.2.3): a number, or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), LONGEST_PAUSE)
    until = _http_date(text or None)
    return None if until is None else min(max(0.0, (until - now) / 1_000), LONGEST_PAUSE)
