"""API keys: what programs show to send events, each for certain scopes, a source and a tenant."""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from monitor.clock import monotonic, now_ms
from monitor.formats.limits import bounded
from monitor.services.actor import Actor, ActorKind
from monitor.services.audit import record
from monitor.services.authority import Operation, Reach, allowed
from monitor.store.api_keys import ApiKeyRow, ApiKeyTable
from monitor.store.keys import digest_of

PREFIX: Final = "vgk_"
"""What every key begins with, so that scanners for secrets find it."""
KEY_LENGTH: Final = 53
"""Characters: the prefix, 43 random ones (256 bits) and 6 that check the rest."""
CACHED_S = 1.0
"""How long a revoked key may still be taken."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM = 43
_CHECK = 6
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_FORMER = "~"
_MOST_CACHED = 10_000
_NOTED_EVERY = MINUTE


class State(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ApiKeyError(ValueError):
    """A key cannot be made, changed or found; says why, `text` in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(en=english, fr=french)


class ApiKey(Struct, frozen=True):
    """A key that holds, and what it is for."""

    id: int
    name: str
    scopes: frozenset[str]
    tenant: str | None
    source: str | None


def actor_of_key(key: ApiKey) -> Actor:
    """The program that has this key."""
    return Actor(
        kind=ActorKind.KEY, uid=str(key.id), name=key.name, scopes=key.scopes, tenant=key.tenant
    )


def is_formed(key: str) -> bool:
    """Whether a text can be a key: a typing error, or half of one, is told without looking."""
    body = key.removeprefix(PREFIX)
    return len(key) == KEY_LENGTH and key.isascii() and key == f"{PREFIX}{_checked(body[:_RANDOM])}"


def state_of(row: ApiKeyRow, now: int) -> State:
    """Whether a key holds at `now` (ms)."""
    if row.revoked is not None:
        return State.REVOKED
    return State.EXPIRED if row.expires is not None and row.expires <= now else State.ACTIVE


class ApiKeys:
    """Makes keys, ends them, and knows which hold. Safe to share between threads.

    `now` gives ms since 1970 UTC; `pepper` is the instance's own. A key that held is taken to
    hold for a second more.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], int] = now_ms, pepper: bytes = b""
    ) -> None:
        self._engine = engine
        self._table = ApiKeyTable(engine)
        self._pepper = pepper
        self._now = now
        self._known: dict[bytes, tuple[float, ApiKeyRow]] = {}
        self._used: dict[int, int] = {}
        self._noted: dict[int, int] = {}

    @allowed(Operation.KEYS_WRITE)
    def create(
        self,
        actor: Actor,
        name: str,
        scopes: Collection[Operation],
        *,
        tenant: str | None = None,
        source: str | None = None,
        expires: int | None = None,
    ) -> str:
        """A new key, which is shown this once. Raises ApiKeyError."""
        if not _NAME.match(name):
            raise ApiKeyError(
                f"{name!r} is no name: letters, digits, and _ . - between, up to 64",
                f"{name!r} n'est pas un nom : lettres, chiffres, et _ . - entre eux, 64 au plus",
            )
        _check(scopes, tenant)
        if tenant is not None and (not tenant or tenant != bounded(tenant.strip())):
            # From a script whose variable is empty: the key would be for nobody, or look like one
            # for everybody.
            raise ApiKeyError(
                f"{tenant[:80]!r} is no tenant; leave it out for a key of any",
                f"{tenant[:80]!r} n'est pas un client ; n'en donnez aucun pour une clé de tous",
            )
        if expires is not None and expires <= self._now():
            raise ApiKeyError("the key would have expired already", "la clé aurait déjà expiré")
        key, names = _made(), sorted(one.scope for one in scopes)
        told = {"scopes": names, "source": source, "expires": expires}
        try:
            with self._engine.begin() as connection:
                self._table.add(
                    connection,
                    name,
                    digest_of(key, self._pepper),
                    names,
                    self._now(),
                    tenant=tenant,
                    source=source,
                    expires=expires,
                )
                self._record(connection, actor, "create", name, tenant, told)
        except IntegrityError as error:
            raise ApiKeyError(
                f"there is a key called {name}: rotate that one, or take another name",
                f"il y a déjà une clé nommée {name} : remplacez-la, ou prenez un autre nom",
            ) from error
        return key

    @allowed(Operation.KEYS_WRITE)
    def rotate(self, actor: Actor, name: str, grace: int) -> tuple[str, str]:
        """A new key for a name, and what the old one is called now, which holds for `grace` ms
        more. Raises ApiKeyError when none of this name holds."""
        row = self._table.by_name(name)
        now = self._now()
        if row is None or state_of(row, now) is not State.ACTIVE or _FORMER in name:
            raise ApiKeyError(
                f"no key called {name} is active", f"aucune clé nommée {name} n'est active"
            )
        key = _made()
        until = now + grace if row.expires is None else min(row.expires, now + grace)
        former = f"{name}{_FORMER}{row.id}"
        with self._engine.begin() as connection:
            digest = digest_of(key, self._pepper)
            self._table.replace(connection, row, former, digest, now, until)
            self._record(connection, actor, "rotate", name, row.tenant, {"former_until": until})
        return key, former

    @allowed(Operation.KEYS_WRITE)
    def revoke(self, actor: Actor, name: str) -> None:
        """End a key; everybody knows within a second. Raises ApiKeyError when there is none."""
        with self._engine.begin() as connection:
            if not self._table.revoke(connection, name, self._now()):
                raise ApiKeyError(
                    f"no key called {name}, or it was revoked before",
                    f"aucune clé nommée {name}, ou elle a déjà été révoquée",
                )
            self._record(connection, actor, "revoke", name)

    @allowed(Operation.KEYS_WRITE)
    def remove(self, actor: Actor, name: str) -> None:
        """Forget a key altogether. Raises ApiKeyError when there is none, or while it is active."""
        row = self._table.by_name(name)
        if row is None:
            raise ApiKeyError(f"no key called {name}", f"aucune clé nommée {name}")
        if state_of(row, self._now()) is State.ACTIVE:
            raise ApiKeyError(
                f"{name} is active: revoke it first", f"{name} est active : révoquez-la d'abord"
            )
        with self._engine.begin() as connection:
            if self._table.remove(connection, name):
                self._record(connection, actor, "remove", name, row.tenant)

    @allowed(Operation.KEYS_READ)
    def all(self, actor: Actor) -> list[tuple[ApiKeyRow, State]]:
        """Every key by name, and whether it holds."""
        now = self._now()
        return [(row, state_of(row, now)) for row in self._table.all()]

    def known(self, key: str) -> ApiKey | None:
        """What a key is for, if that is known without asking the database."""
        found = self._known.get(_short(key))
        if found is None or found[0] < monotonic():
            return None
        return self._holding(found[1])

    def identify(self, key: str) -> ApiKey | None:
        """What a key is for; None for one that does not hold, whatever the reason."""
        if not is_formed(key):
            return None
        digest = digest_of(key, self._pepper)
        row = self._table.by_digest(digest)
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        if len(self._known) >= _MOST_CACHED:
            self._known.clear()
        self._known[_short(key)] = (monotonic() + CACHED_S, row)
        return self._holding(row)

    def note_used(self) -> None:
        """Write down when keys were last used, each at most once a minute."""
        now = self._now()
        due = {
            identifier: when
            for identifier, when in list(self._used.items())
            if self._noted.get(identifier, 0) <= now - _NOTED_EVERY
        }
        if due:
            self._noted.update(dict.fromkeys(due, now))
            self._table.note_used(due)

    def _record(
        self,
        connection: Connection,
        actor: Actor,
        done: str,
        name: str,
        tenant: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        content = {"done": done, **(more or {})}
        record(
            connection, actor, Operation.KEYS_WRITE, f"key:{name}", tenant=tenant, content=content
        )

    def _holding(self, row: ApiKeyRow) -> ApiKey | None:
        now = self._now()
        if state_of(row, now) is not State.ACTIVE:
            return None
        self._used[row.id] = now
        return ApiKey(row.id, row.name.partition(_FORMER)[0], row.scopes, row.tenant, row.source)


def _check(scopes: Collection[Operation], tenant: str | None) -> None:
    if not scopes:
        raise ApiKeyError("a key without a scope opens nothing", "une clé sans droit n'ouvre rien")
    for one in scopes:
        if not one.for_keys:
            raise ApiKeyError(
                f"{one.scope} is for people, not for keys",
                f"{one.scope} est pour des personnes, non pour des clés",
            )
        if tenant is not None and one.reach is Reach.INSTANCE:
            raise ApiKeyError(
                f"{one.scope} concerns all tenants: a key for {tenant} cannot do it",
                f"{one.scope} concerne tous les clients : une clé pour {tenant} ne le peut pas",
            )


def _short(key: str) -> bytes:
    # Never kept. Unlike an HMAC it does not let go of the interpreter, for which a process that
    # is busy waits longer than for all the rest.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _made() -> str:
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{PREFIX}{_checked(drawn)}"


def _checked(drawn: str) -> str:
    """The random part with its check: its CRC-32, in base 62."""
    check = zlib.crc32(drawn.encode("ascii", "replace"))
    digits = []
    for _ in range(_CHECK):
        check, digit = divmod(check, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return drawn + "".join(reversed(digits))
