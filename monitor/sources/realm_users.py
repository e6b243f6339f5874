"""Reads the users of a Keycloak realm, with what lies below each of them, a page at a time.

After Keycloak's Admin REST API. A list that is read by offset moves while it is read: each page
begins with the last user of the one before, which tells when it did.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from detectors.core.detector import Text
from monitor.clock import pause
from monitor.directory.keycloak import Identity, Named, RealmTerms, RealmUser, Told, Typed
from monitor.formats.format import MalformedLine
from monitor.sources.keycloak import accepts, realm_of
from monitor.sources.realm import Realm, listed
from monitor.sources.refusal import VIEW_USERS, RealmError, unreadable
from monitor.sources.specification import Opening

MOST_USERS: Final = 250_000
"""Users of one realm."""
TRIES: Final = 4
"""How often a question is asked that is not answered for the moment."""
_LONGEST_PAUSE_S = 30.0
_FIRST_PAUSE_S = 0.5
_PREFIX = "keycloak+"
_T = TypeVar("_T")


def open_realm(name: str, terms: RealmTerms) -> Realm:
    """The realm that is meant, nothing asked for yet. Raises ValueError, which tells no secret."""
    given = {
        option: getattr(terms, option)
        for option in (
            *("client_id", "client_secret", "username", "password"),
            *("token_realm", "ca", "insecure_http", "timeout_seconds"),
        )
    }
    told = {option: value for option, value in given.items() if value is not None}
    spec = terms.url if terms.url.startswith(_PREFIX) else _PREFIX + terms.url
    if not accepts(spec):
        raise ValueError("expected an address such as https://idp.example/realms/acme")
    return realm_of(Opening(spec, name, options=told))


class RealmUsers:
    """The users of one realm, read once. `seen` counts them; `is_whole` is whether all that there
    were have been read, known at the end; `unread` those that could not be understood."""

    def __init__(
        self,
        realm: Realm,
        name: str,
        terms: RealmTerms,
        wait: Callable[[float], object] = pause,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`name` is what the settings call it; `wait` pauses for so many seconds; whoever is told
        to stop reads no further."""
        self._realm = realm
        self._name = name
        self._terms = terms
        self._wait = wait
        self._is_stopping = is_stopping
        self._has_moved = False
        self._is_read = False
        self.seen = 0
        self.unread = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing was missed."""
        return self._is_read and not self._has_moved and not self.unread

    def read(self) -> Iterator[Told]:
        """Each user; connections are closed behind the last. Raises RealmError."""
        try:
            yield from self._read()
        finally:
            self._realm.close()

    def _read(self) -> Iterator[Told]:
        before = self._count()
        met: set[str] = set()
        for fields in self._users():
            user = self._user(fields)
            if user is None or user.id in met:
                continue
            met.add(user.id)
            if self._is_stopping():
                return
            told = self._below(user)
            if told is not None:
                self.seen += 1
                yield told
        self._is_read = before == self._count() == len(met) + self.unread

    def _users(self) -> Iterator[dict[str, Any]]:
        first, last = 0, None
        while True:
            asked = {"first": first, "max": self._terms.page, "briefRepresentation": "false"}
            page = self._list("users", asked)
            fresh = page
            if last is not None:
                self._has_moved |= not page or page[0].get("id") != last
                fresh = page[1:] if page and page[0].get("id") == last else page
            yield from fresh
            if not fresh or len(page) < self._terms.page:
                return
            first, last = first + len(page) - 1, page[-1].get("id")
            if first > MOST_USERS:
                raise _too_many(self._realm)

    def _user(self, fields: dict[str, Any]) -> RealmUser | None:
        known = {name: value for name, value in fields.items() if value is not None}
        try:
            user = msgspec.convert(known, RealmUser)
        except msgspec.ValidationError:
            self.unread += 1
            return None
        if not user.id:
            self.unread += 1
            return None
        return user

    def _below(self, user: RealmUser) -> Told | None:
        """None for a user that was deleted meanwhile."""
        terms, path = self._terms, f"users/{quote(user.id, safe='')}"
        wanted = (
            (terms.roles, "role-mappings/realm/composite", Named),
            (terms.groups, "groups", Named),
            (terms.credentials, "credentials", Typed),
            (terms.identities, "federated-identity", Identity),
        )
        found: list[Any] = []
        for is_wanted, name, kind in wanted:
            values = self._some(f"{path}/{name}", kind) if is_wanted else None
            if is_wanted and values is None:
                self._has_moved = True
                return None
            found.append(values)
        return Told(self._name, user, *found)

    def _some(self, path: str, kind: type[_T]) -> tuple[_T, ...] | None:
        body = self._ask(path, {})
        if body is None:
            return None
        try:
            # A name may be null, and then says nothing.
            given = [{n: v for n, v in each.items() if v is not None} for each in listed(body)]
            return tuple(msgspec.convert(each, kind) for each in given)
        except (msgspec.DecodeError, MalformedLine) as error:
            raise unreadable(self._realm.address, str(error)) from error

    def _list(self, path: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
        body = self._ask(path, asked)
        try:
            return listed(body or b"[]")
        except (msgspec.DecodeError, MalformedLine) as error:
            raise unreadable(self._realm.address, str(error)) from error

    def _count(self) -> int:
        body = self._ask("users/count", {})
        try:
            return msgspec.json.decode(body or b"", type=int)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unreadable(self._realm.address, str(error)) from error

    def _ask(self, path: str, asked: dict[str, Any]) -> bytes | None:
        rest = _FIRST_PAUSE_S
        for _ in range(TRIES - 1):
            try:
                return self._realm.read(path, asked, VIEW_USERS)
            except RealmError as error:
                if not error.passes or self._is_stopping():
                    raise
                self._wait(min(rest if error.pause is None else error.pause, _LONGEST_PAUSE_S))
                rest *= 2
        return self._realm.read(path, asked, VIEW_USERS)


def _too_many(realm: Realm) -> RealmError:
    return RealmError(
        Text(
            en=f"{realm.address.base} has more than {MOST_USERS:,} users in realm "
            f"{realm.address.realm}: that is more than is taken",
            fr=f"{realm.address.base} a plus de {MOST_USERS} utilisateurs dans le royaume "
            f"{realm.address.realm} : c'est plus que ce qui est repris",
        )
    )
