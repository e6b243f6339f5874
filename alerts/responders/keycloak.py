"""Accounts of a Keycloak realm: switched off and on, signed out everywhere, asked for an action.

After Keycloak's Admin REST API: `/admin/realms/{realm}/users/{id}`, with `/logout` and `/sessions`
below it. A user is written back whole, since 24 takes what is left out for a wish to have it gone;
and there is no entity tag, so what somebody else changes within that moment is written over.
"""

import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, unquote

from msgspec import Meta

from alerts.egress.client import Answer, Client, check_authorities, check_url
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
from alerts.responders.bearer import Credentials, Granted
from alerts.responders.refusal import UnsureError, refusal
from alerts.responders.service import Service, decoded
from alerts.responders.surroundings import Surroundings
from alerts.responders.switching import (
    Account,
    Goal,
    found,
    reached,
    state_of,
    switched,
    target_of,
    wanted_of,
)
from alerts.responders.terms import Common

KIND: Final = "keycloak"
ACTIONS: Final = frozenset(
    (
        Action.DISABLE,
        Action.ENABLE,
        Action.REVOKE,
        Action.RENEW,
        Action.CHALLENGE,
        Action.RELEASE,
    )
)
RENEWAL: Final = "UPDATE_PASSWORD"
"""Keycloak's own required action: the user chooses a new password at the next sign-in."""
_ADDRESS: Final = re.compile(r"(?P<base>.+?)/realms/(?P<realm>[^/]+)/?")
_NOT_WRITTEN: Final = frozenset(("access", "userProfileMetadata"))
Text = Annotated[str, Meta(min_length=1, max_length=256)]


class Terms(Common, frozen=True, kw_only=True):
    """A realm, and with which rights.

    `url` is the realm's (`https://idp.example/realms/acme`). `client_id` and `client_secret` are a
    client's with `Service accounts roles` and the role `manage-users` of `realm-management`;
    `token_realm` where the token is of another realm. `uid` is what logs call an account by; an id
    that the directory has of this place, which it calls `known_as` (None: as the responder), comes
    first.
    `required_action` is what a challenge asks for at the next sign-in. `ca`: authorities (PEM)
    trusted besides.
    """

    url: str
    client_id: Text
    client_secret: Text
    token_realm: Text | None = None
    uid: Literal["id", "username"] = "id"
    known_as: Text | None = None
    required_action: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,100}\Z")] = "CONFIGURE_TOTP"
    ca: str | None = None
    insecure_http: bool = False

    def __post_init__(self) -> None:
        check_url(self.url, insecure_http=self.insecure_http)
        check_authorities(self.ca)
        if _ADDRESS.fullmatch(self.url) is None:
            raise ValueError("url: expected an address such as https://idp.example/realms/acme")


def open_responder(name: str, terms: Terms, surroundings: Surroundings) -> Responder:
    """The responder, nothing asked for yet. Raises ValueError."""
    place = _ADDRESS.fullmatch(terms.url)
    if place is None:
        raise ValueError("url: expected an address such as https://idp.example/realms/acme")
    base, realm = place["base"], unquote(place["realm"])
    token_realm = quote(terms.token_realm or realm, safe="")

    def client(url: str) -> Client:
        wall, is_plain = surroundings.wall, terms.insecure_http
        return Client(wall, url, ca=terms.ca, insecure_http=is_plain)

    credentials = Credentials(
        client_id=terms.client_id, client_secret=terms.client_secret, how="post"
    )
    token = client(f"{base}/realms/{token_realm}/protocol/openid-connect/token")
    bearer = Granted(token, credentials, surroundings.now)
    service = Service(client(f"{base}/admin/realms/{quote(realm, safe='')}"), bearer)
    return Keycloak(terms, surroundings, Users(terms.known_as or name, service, terms.uid))


class Keycloak:
    """Acts on users of the realm."""

    def __init__(self, terms: Terms, surroundings: Surroundings, users: "Users") -> None:
        self._whole_s = terms.timeout_seconds
        self._required = terms.required_action
        self._wall = surroundings.wall
        self._users = users

    def deliver(self, order: Order) -> Receipt:
        """See `alerts.ports.Responder`."""
        if order.action not in ACTIONS:
            raise RefusedError(f"Keycloak cannot {order.action.value}")
        target = target_of(order)
        with self._wall.standing(self._whole_s):
            if order.action is Action.REVOKE:
                return self._revoked(target)
            if order.action is Action.RENEW:
                return self._required_of(target, RENEWAL, is_wanted=True)
            if order.action in (Action.CHALLENGE, Action.RELEASE):
                is_wanted = order.action is Action.CHALLENGE
                return self._required_of(target, self._required, is_wanted=is_wanted)
            return switched(self._users, target, wanted_of(order))

    def state(self, target: Target) -> AccountState | None:
        """See `alerts.ports.Responder`."""
        with self._wall.standing(self._whole_s):
            return state_of(self._users, target)

    def close(self) -> None:
        """See `alerts.ports.Responder`."""
        self._users.close()

    def _revoked(self, target: Target) -> Receipt:
        """Always asked for: tokens for use offline end as well, and no list tells of them."""
        users, account = self._users, found(self._users, target)
        before = users.sessions(account.id)
        failed: UnsureError | None = None
        try:
            users.sign_out(account.id)
        except UnsureError as error:
            if not before:
                raise
            failed = error
        left = before & users.sessions(account.id)
        if left:
            raise failed or RetryError(f"{users.server} still shows {len(left)} of the sessions")
        detail = f"{len(before)} sessions ended" + (
            "" if failed is None else f", although: {failed}"
        )
        return Receipt(reference=account.id, detail=detail, changed=bool(before))

    def _required_of(self, target: Target, name: str, *, is_wanted: bool) -> Receipt:
        users = self._users
        goal = Goal(
            words=f"{'' if is_wanted else 'no more '}asked for {name}",
            is_so=lambda one: (name in _required(one)) is is_wanted,
            act=lambda one: users.require(one, name, is_wanted),
        )
        return reached(users, found(users, target), goal)


class Users:
    """The users of the realm, as `alerts.responders.switching` asks for them."""

    def __init__(self, name: str, service: Service, uid: Literal["id", "username"]) -> None:
        self.server = service.server
        self._name = name
        self._service = service
        self._uid = uid

    def close(self) -> None:
        """Lets go of all connections."""
        self._service.close()

    def find(self, target: Target) -> Account | None:
        """By the id that the directory has under the responder's name, else by what logs say."""
        uid = target.ids.get(self._name)
        if uid is not None or self._uid == "id":
            return self.read(uid or target.account)
        return self._called(target.account)

    def read(self, uid: str) -> Account | None:
        """A user by id; None where there is none."""
        if not uid or set(uid) <= {"."}:  # would lead up
            return None
        answer = self._service.ask("GET", _path(uid))
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise refusal(self.server, answer, "to show a user")
        account = self._account(decoded(self.server, answer))
        if account.id != uid:
            raise RefusedError(f"{self.server} shows another user than the one asked for")
        return account

    def switch(self, account: Account, is_active: bool) -> None:
        """Write the user back with `enabled` as is wanted."""
        self._write(account, {"enabled": is_active})

    def require(self, account: Account, name: str, is_wanted: bool) -> None:
        """Write the user back with a required action, or without it."""
        others = [one for one in _required(account) if one != name]
        self._write(account, {"requiredActions": [*others, name] if is_wanted else others})

    def sign_out(self, uid: str) -> None:
        """End every session of a user, and tokens given before."""
        answer = self._service.ask("POST", f"{_path(uid)}/logout")
        if answer.status not in (200, 204):
            raise refusal(self.server, answer, "to sign a user out")

    def sessions(self, uid: str) -> frozenset[str]:
        """The ids of a user's sessions, but for those offline."""
        answer = self._service.ask("GET", f"{_path(uid)}/sessions")
        if answer.status != 200:
            raise refusal(self.server, answer, "to show a user's sessions")
        return frozenset(str(one.get("id")) for one in _listed(self.server, answer))

    def _called(self, name: str) -> Account | None:
        query = {"username": name, "exact": "true", "briefRepresentation": "false"}
        answer = self._service.ask("GET", "/users", query=query)
        if answer.status != 200:
            raise refusal(self.server, answer, "to look for a user")
        listed = _listed(self.server, answer)
        met = [user for user in listed if str(user.get("username")).casefold() == name.casefold()]
        if len(met) > 1 or len(met) < len(listed):
            raise RefusedError(f"{self.server} answers with others than the one asked for")
        # Read by id, a user is whole.
        return self.read(self._account(met[0]).id) if met else None

    def _write(self, account: Account, changes: dict[str, Any]) -> None:
        kept = {name: v for name, v in account.fields.items() if name not in _NOT_WRITTEN}
        answer = self._service.ask("PUT", _path(account.id), given=kept | changes)
        if answer.status not in (200, 204):
            raise refusal(self.server, answer, "to change a user")

    def _account(self, user: Any) -> Account:
        uid = user.get("id") if isinstance(user, dict) else None
        if not isinstance(uid, str) or not uid:
            raise RefusedError(f"{self.server} shows a user without an id")
        enabled = user.get("enabled")
        is_active = enabled if isinstance(enabled, bool) else None
        return Account(id=uid, is_active=is_active, fields=user)


def _required(account: Account) -> list[str]:
    given = account.fields.get("requiredActions")
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _listed(server: str, answer: Answer) -> list[dict[str, Any]]:
    told = decoded(server, answer)
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise RefusedError(f"{server} does not answer as Keycloak's admin API does")
    return told


def _path(uid: str) -> str:
    try:
        return f"/users/{quote(uid, safe='')}"
    except UnicodeEncodeError:  # half a character, of a log
        raise RefusedError("the account's uid is no text") from None
