"""Pulls the events of a Keycloak realm from its admin API: each once, whatever goes wrong between.

The list has no cursor of its own, so ours is how far in event time it was read, with the events
seen as far back as one may still be put in (`monitor/sources/climb.py`). It is read on a thread
(`monitor/sources/rounds.py`), one portion ahead.
"""

import ipaddress
import re
from datetime import date
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Meta, Struct, structs

from detectors.core.detector import Text
from monitor.sources.climb import Entry, Reached
from monitor.sources.realm import ADMIN_EVENTS, EVENTS, Realm
from monitor.sources.refusal import Address, Credentials
from monitor.sources.rounds import Pace, Portion, Rounds
from monitor.sources.source import CHUNK_BYTES, Chunk, Rejected, Source, SourceError
from monitor.sources.specification import Opening

_PREFIX: Final = "keycloak+"
_SCHEMES: Final = (f"{_PREFIX}https://", f"{_PREFIX}http://")
_PATH = re.compile(r"(?P<base>(?:/[^/]+)*)/realms/(?P<realm>[^/]+)/?")
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set for a realm.

    Rights: `client_id` with `client_secret` for a service account; or `username` and `password`,
    the client then `admin-cli` unless named. The token is of the realm that is read, or of
    `token_realm`. `ca` (PEM) is trusted besides the system's authorities; `insecure_http` lets
    secrets go unencrypted to another machine. `admin_events`: also what administrators do.
    `overlap_minutes` is how late an event may be put in; `since` (YYYY-MM-DD) where a first
    reading begins. `public_clients`: those without a secret, whose users' own addresses renew
    their tokens. `types`: the events that are asked for, all when none is named.
    """

    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    token_realm: str | None = None
    ca: str | None = None
    insecure_http: bool = False
    admin_events: bool = True
    interval_seconds: Annotated[float, Meta(ge=0.01, le=3_600)] = 10.0
    overlap_minutes: Annotated[float, Meta(ge=0, le=1_440)] = 2.0
    timeout_seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0
    page: Annotated[int, Meta(ge=2, le=10_000)] = 500
    since: str | None = None
    public_clients: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


def accepts(spec: str) -> bool:
    """Whether a realm's address is meant: `keycloak+https://HOST[/PATH]/realms/REALM`."""
    return spec.startswith(_SCHEMES)


def check(opening: Opening) -> None:
    """Raises ValueError for an address or options that cannot be used; never tells a secret."""
    realm_of(opening).close()


def opened(opening: Opening) -> Source:
    """The realm's events, nothing asked for yet. Raises SourceError."""
    try:
        check(opening)
    except ValueError as error:
        raise SourceError(
            Text(en=f"{opening.name}: {error}", fr=f"{opening.name} : {error}")
        ) from None
    return KeycloakSource(opening)


class _Cursor(Struct, array_like=True):
    """How far each list was read, and how many lines it gave."""

    reached: dict[str, Reached] = {}
    counts: dict[str, int] = {}


class KeycloakSource:
    """The events and the administrators' acts of one realm, one JSON object a line."""

    def __init__(self, opening: Opening) -> None:
        self.name = opening.name
        self._opening = opening
        self._options = _options(opening)
        self._realm_name = _address(opening.spec).realm
        self._at = _Cursor()
        self._rounds: Rounds | None = None
        self._portion: Portion | None = None

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a committed cursor, with a fresh thread. Raises SourceError."""
        self.close()
        self._portion = None
        self._at = _Cursor() if cursor is None else _read(self.name, cursor)

    def read(self, limit: int) -> Chunk | None:
        """At most `limit` events that are there; None when none are. Raises SourceError."""
        portion = self._portion
        if portion is None:
            portion = self._started().take()
        if portion is None:
            return None
        taken = _fitting(portion.entries, limit)
        rest = portion.entries[len(taken) :]
        self._portion = structs.replace(portion, entries=rest) if rest else None
        return self._chunk(portion, taken, is_whole=not rest)

    def acknowledge(self) -> None:
        """Nothing is kept for it: the realm keeps its events."""

    def is_exhausted(self) -> bool:
        """Whether one round was read to its end and nothing is followed."""
        return self._portion is None and self._rounds is not None and self._rounds.is_over()

    def backlog(self) -> tuple[int, int] | None:
        """None: a list of events does not say how long it is."""
        return None

    def close(self) -> None:
        """End the thread."""
        if self._rounds is not None:
            self._rounds.close()
            self._rounds = None

    def _started(self) -> Rounds:
        if self._rounds is None:
            names = (EVENTS, ADMIN_EVENTS) if self._options.admin_events else (EVENTS,)
            self._rounds = Rounds(
                realm_of(self._opening),
                names,
                dict(self._at.reached),
                _pace(self._options),
                follow=self._opening.follow,
            )
            self._rounds.start()
        return self._rounds

    def _chunk(self, portion: Portion, taken: list[Entry], *, is_whole: bool) -> Chunk:
        name, count = portion.name, self._at.counts.get(portion.name, 0)
        # In the middle of a portion the place is the one before it, and what was given is known.
        before = self._at.reached.get(name, Reached())
        reached = portion.reached if is_whole else before.with_seen(taken)
        self._at = _Cursor(
            self._at.reached | {name: reached}, self._at.counts | {name: count + len(taken)}
        )
        path = f"{self._realm_name}/{name}"
        rejects: tuple[Rejected, ...] = ()
        if portion.gap is not None and is_whole:
            rejects = (Rejected(path, portion.gap, 0, b""),)
        cursor = msgspec.msgpack.encode(self._at)
        lines = [entry.line for entry in taken]
        return Chunk(path, count + 1, lines, cursor, portion.now, rejects)


def _fitting(entries: list[Entry], limit: int) -> list[Entry]:
    room = CHUNK_BYTES
    for index, entry in enumerate(entries[:limit]):
        room -= len(entry.line)
        if room < 0 and index:
            return entries[:index]
    return entries[:limit]


def _read(name: str, cursor: bytes) -> _Cursor:
    try:
        return msgspec.msgpack.decode(cursor, type=_Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(
            Text(
                en=f"{name}: the stored reading position is not one of a Keycloak realm; restore a "
                "matching backup, or give the source a new name to read it from the start",
                fr=f"{name} : la position de lecture enregistrée n'est pas celle d'un royaume "
                "Keycloak ; restaurez une sauvegarde qui correspond, ou donnez un nouveau nom à la "
                "source pour la relire depuis le début",
            )
        ) from error


def _options(opening: Opening) -> Options:
    try:
        options = msgspec.convert(dict(opening.options), Options)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace(" - at `$.", ": `").replace(" - at `$`", "")) from None
    if (options.username is None) != (options.password is None):
        raise ValueError(
            "username and password belong together (password_file reads it from a file)"
        )
    if options.username is None and (not options.client_id or not options.client_secret):
        raise ValueError(
            "expected client_id and client_secret (client_secret_file reads it from a file), or "
            "username and password"
        )
    _since(options)
    return options


def _since(options: Options) -> int:
    if options.since is None:
        return 0
    given = options.since
    try:
        day = date.fromisoformat(given).toordinal()
    except ValueError:
        raise ValueError(f"since: expected a day such as 2026-03-02, got {given!r}") from None
    return max(1, day - _EPOCH_DAY) * _DAY_MS


def _address(spec: str) -> Address:
    parts = urlsplit(spec.removeprefix(_PREFIX))
    found = _PATH.fullmatch(parts.path)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address has no user, password or query: they are options")
    if found is None or not parts.hostname:
        raise ValueError("expected an address such as keycloak+https://idp.example/realms/acme")
    return Address(f"{parts.scheme}://{parts.netloc}{found['base']}", unquote(found["realm"]))


def realm_of(opening: Opening) -> Realm:
    """The realm that is meant, nothing asked for yet. Raises ValueError; never tells a secret."""
    options, address = _options(opening), _address(opening.spec)
    if address.base.startswith("http://") and not options.insecure_http:
        host = urlsplit(address.base).hostname or ""
        if not _is_loopback(host):
            raise ValueError(
                f"the secret would go to {host} unencrypted: use keycloak+https://, or set "
                "insecure_http = true where the way there is safe"
            )
    credentials = Credentials(
        options.token_realm or address.realm,
        options.client_id or "admin-cli",
        options.client_secret,
        options.username,
        options.password,
    )
    return Realm(
        address,
        credentials,
        timeout=options.timeout_seconds,
        authorities=options.ca,
        public_clients=frozenset(options.public_clients),
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pace(options: Options) -> Pace:
    return Pace(
        interval=options.interval_seconds,
        overlap=round(options.overlap_minutes * _MINUTE_MS),
        page=options.page,
        since=_since(options),
        types=options.types,
    )
