"""Accounts of a SCIM 2.0 service: `active` is set, and read back (RFC 7643, RFC 7644).

Whoever is meant is found by a filter, and believed only when what comes back is what was asked
for: some services do not heed filters, and give everybody.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from msgspec import Meta

from alerts.egress.client import Answer, Client, check_authorities, check_url
from alerts.ports import AccountState, Action, Order, Receipt, RefusedError, Responder, Target
from alerts.responders.bearer import Bearer, Credentials, Given, Granted, How
from alerts.responders.refusal import refusal
from alerts.responders.service import Service, decoded
from alerts.responders.surroundings import Surroundings
from alerts.responders.switching import (
    Account,
    ChangedError,
    state_of,
    switched,
    target_of,
    wanted_of,
)
from alerts.responders.terms import Common

KIND: Final = "scim"
ACTIONS: Final = frozenset((Action.DISABLE, Action.ENABLE))
MEDIA: Final = "application/scim+json"
_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_MOST: Final = 10
"""Users that a search asks for; more than one are too many already."""
_NO_FILTER: Final = (400, 501)
_NOT_WRITTEN: Final = frozenset(("meta", "groups"))
_PATHS: Final = {
    "externalId": "externalId",
    "userName": "userName",
    "name": "userName",
    "emails": "emails.value",
}

By = Literal["id", "externalId", "userName", "name", "emails"]


class Terms(Common, frozen=True, kw_only=True):
    """A SCIM service, and how its users are found.

    `url` is its base, with the version in it where it has one. Either a `token`, or `token_url`,
    `client_id` and `client_secret` by which one is given, for a `scope`, with the secret in a
    header (`basic`) or in the form (`post`). `find_by`, first come first: the `id` that the
    directory has of this place, which it calls `known_as` (None: as the responder); the account's
    uid as `externalId` or as `userName`; and, only for who trusts what says them, a `name` as the
    userName, the address among the `emails`. `ca`: authorities (PEM) trusted besides.
    """

    url: str
    token: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    client_authentication: How = "basic"
    scope: str | None = None
    find_by: Annotated[tuple[By, ...], Meta(min_length=1)] = ("id", "externalId", "userName")
    known_as: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    ca: str | None = None
    insecure_http: bool = False

    def __post_init__(self) -> None:
        check_url(self.url, insecure_http=self.insecure_http)
        check_authorities(self.ca)
        client = (self.token_url, self.client_id, self.client_secret)
        if self.token is not None and client == (None, None, None):
            Given(self.token)
        elif self.token is not None or None in client:
            raise ValueError(
                "expected token (token_file reads it from a file), or token_url, client_id and "
                "client_secret"
            )
        else:
            check_url(self.token_url or "", "token_url", insecure_http=self.insecure_http)


def open_responder(name: str, terms: Terms, surroundings: Surroundings) -> Responder:
    """The responder, nothing asked for yet. Raises ValueError."""
    client = Client(surroundings.wall, terms.url, ca=terms.ca, insecure_http=terms.insecure_http)
    bearer = _bearer(terms, surroundings)
    users = Users(terms.known_as or name, Service(client, bearer, MEDIA), terms.find_by)
    return Scim(terms, surroundings, users)


class Scim:
    """Switches users of the service on and off."""

    def __init__(self, terms: Terms, surroundings: Surroundings, users: "Users") -> None:
        self._whole_s = terms.timeout_seconds
        self._wall = surroundings.wall
        self._users = users

    def deliver(self, order: Order) -> Receipt:
        """See `alerts.ports.Responder`."""
        wanted, target = wanted_of(order), target_of(order)
        with self._wall.standing(self._whole_s):
            return switched(self._users, target, wanted)

    def state(self, target: Target) -> AccountState | None:
        """See `alerts.ports.Responder`."""
        with self._wall.standing(self._whole_s):
            return state_of(self._users, target)

    def close(self) -> None:
        """See `alerts.ports.Responder`."""
        self._users.close()


class Users:
    """The users of the service, as `alerts.responders.switching` asks for them."""

    def __init__(self, name: str, service: Service, find_by: Iterable[By]) -> None:
        self.server = service.server
        self._name = name
        self._service = service
        self._find_by = tuple(find_by)
        self._has_patch: bool | None = None

    def close(self) -> None:
        """Lets go of all connections."""
        self._service.close()

    def find(self, target: Target) -> Account | None:
        """The one user that is meant. Raises RefusedError where there are several."""
        not_looked: list[str] = []
        for by in self._find_by:
            found: dict[str, Account] = {}
            for value in _values(by, target, self._name):
                users = self._by(by, value)
                found |= {user.id: user for user in users or ()}
                not_looked += [] if users is not None else [by]
            if len(found) > 1:
                raise RefusedError(
                    f"{self.server} has {len(found)} users whose {by} is this account's: nobody "
                    "was acted on"
                )
            if found:
                return next(iter(found.values()))
        if not_looked:
            raise RefusedError(
                f"{self.server} does not look for users by {not_looked[0]} (it fails, or answers "
                "with others), and has this one by nothing else; set find_by"
            )
        return None

    def read(self, uid: str) -> Account | None:
        """A user by the service's id; None where there is none."""
        if set(uid) <= {"."}:  # would lead up
            return None
        answer = self._service.ask("GET", _path(uid))
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise refusal(self.server, answer, "to show a user")
        account = self._account(decoded(self.server, answer), answer.headers.get("etag"))
        if account.id != uid:
            raise RefusedError(f"{self.server} shows another user than the one asked for")
        return account

    def switch(self, account: Account, is_active: bool) -> None:
        """Ask that `active` be this, by PATCH, or by PUT where the service has no PATCH."""
        if self._patches():
            answer = self._patch(account, is_active)
            if answer.status not in (405, 501):
                return self._settle(answer)
            self._has_patch = False
        return self._settle(self._put(account, is_active))

    def _settle(self, answer: Answer) -> None:
        if answer.status == 412:
            raise ChangedError(f"{self.server}: the user was changed meanwhile")
        if answer.status not in (200, 202, 204):
            raise refusal(self.server, answer, "to change a user")

    def _patch(self, account: Account, is_active: bool) -> Answer:
        change = {"op": "replace", "path": "active", "value": is_active}
        given = {"schemas": [_PATCH], "Operations": [change]}
        return self._service.ask("PATCH", _path(account.id), given=given, headers=_match(account))

    def _put(self, account: Account, is_active: bool) -> Answer:
        """All that was read goes back: what is left out may be taken away."""
        kept = {
            name: value
            for name, value in account.fields.items()
            if name.lower() not in (*_NOT_WRITTEN, "active")
        }
        given = {**kept, "active": is_active}
        return self._service.ask("PUT", _path(account.id), given=given, headers=_match(account))

    def _patches(self) -> bool:
        """What the service says of itself; one that says nothing is tried."""
        if self._has_patch is None:
            answer = self._service.ask("GET", "/ServiceProviderConfig")
            told = decoded(self.server, answer) if answer.status == 200 else {}
            patch = _get(told, "patch") if isinstance(told, dict) else None
            self._has_patch = not (isinstance(patch, dict) and _get(patch, "supported") is False)
        return self._has_patch

    def _by(self, by: By, value: str) -> list[Account] | None:
        """Those that are called so; None where the service did not look for it."""
        if by == "id":
            account = self.read(value)
            return [] if account is None else [account]
        query = {"filter": f"{_PATHS[by]} eq {json.dumps(value)}", "count": str(_MOST)}
        answer = self._service.ask("GET", "/Users", query=query)
        if answer.status in _NO_FILTER:
            return None
        if answer.status != 200:
            raise refusal(self.server, answer, f"to look for a user by {by}")
        listed = self._listed(answer)
        met = [user for user in listed if _is_met(by, value, user)]
        if listed and not met:
            return None
        return [self._account(user) for user in met]

    def _listed(self, answer: Answer) -> list[dict[str, Any]]:
        told = decoded(self.server, answer)
        users = _get(told, "resources") if isinstance(told, dict) else None
        if users is None and isinstance(told, dict) and _get(told, "totalresults") == 0:
            return []
        if not isinstance(users, list) or not all(isinstance(user, dict) for user in users):
            raise RefusedError(f"{self.server} does not list users as SCIM has it")
        return users

    def _account(self, user: Any, version: str | None = None) -> Account:
        uid = _get(user, "id") if isinstance(user, dict) else None
        if not isinstance(uid, str) or not uid or set(uid) <= {"."}:
            raise RefusedError(f"{self.server} shows a user without an id")
        meta = _get(user, "meta")
        tag = version or (_get(meta, "version") if isinstance(meta, dict) else None)
        return Account(
            id=uid,
            is_active=_truth(_get(user, "active")),
            fields=user,
            version=tag if isinstance(tag, str) and tag.isascii() and tag.isprintable() else None,
        )


def _bearer(terms: Terms, surroundings: Surroundings) -> Bearer:
    if terms.token is not None:
        return Given(terms.token)
    credentials = Credentials(
        client_id=terms.client_id or "",
        client_secret=terms.client_secret or "",
        scope=terms.scope,
        how=terms.client_authentication,
    )
    client = Client(
        surroundings.wall, terms.token_url or "", ca=terms.ca, insecure_http=terms.insecure_http
    )
    return Granted(client, credentials, surroundings.now)


def _values(by: By, target: Target, name: str) -> Iterable[str]:
    """What the account is called, for one way to find it; each once."""
    given: dict[By, tuple[str | None, ...]] = {
        "id": (target.ids.get(name),),
        "externalId": (target.account,),
        "userName": (target.account,),
        "name": target.names,
        "emails": (target.email,),
    }
    return dict.fromkeys(value for value in given[by] if value)


def _is_met(by: By, value: str, user: Mapping[str, Any]) -> bool:
    """Whether a user is one that was asked for: of the attributes only `externalId` heeds case
    (RFC 7643, sections 3.1 and 4.1)."""
    if by == "externalId":
        return bool(_get(user, "externalId") == value)
    if by in ("userName", "name"):
        return _is_same(_get(user, "userName"), value)
    emails = _get(user, "emails")
    listed = emails if isinstance(emails, list) else ()
    return any(isinstance(one, dict) and _is_same(_get(one, "value"), value) for one in listed)


def _is_same(one: object, other: str) -> bool:
    return isinstance(one, str) and one.casefold() == other.casefold()


def _get(fields: Mapping[str, Any], name: str) -> Any:
    """An attribute by its name, whose case does not count (RFC 7643, section 2.1)."""
    if name in fields:
        return fields[name]
    return next((value for key, value in fields.items() if key.lower() == name.lower()), None)


def _truth(value: object) -> bool | None:
    """Some services write truth as text."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _path(uid: str) -> str:
    return f"/Users/{quote(uid, safe='')}"


def _match(account: Account) -> dict[str, str]:
    return {} if account.version is None else {"If-Match": account.version}
