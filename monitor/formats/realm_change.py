"""What an event of a Keycloak realm says of a change to an account, by its user or by an admin."""

from msgspec import Struct

from detectors.core.event import Change, Outcome
from monitor.formats.format import MalformedLine
from monitor.formats.quarkus import json_object
from monitor.formats.realm import AdminEvent, RealmEvent

_CHANGES = {
    "DELETE_ACCOUNT": Change.DELETED,
    "EXECUTE_ACTIONS": Change.OTHER,
    "EXECUTE_ACTION_TOKEN": Change.OTHER,
    "FEDERATED_IDENTITY_LINK": Change.FACTOR_ADDED,
    "FEDERATED_IDENTITY_OVERRIDE_LINK": Change.FACTOR_ADDED,
    "IMPERSONATE": Change.OTHER,
    "REGISTER": Change.CREATED,
    "REMOVE_CREDENTIAL": Change.FACTOR_REMOVED,
    "REMOVE_FEDERATED_IDENTITY": Change.FACTOR_REMOVED,
    "REMOVE_TOTP": Change.FACTOR_REMOVED,
    "RESET_PASSWORD": Change.PASSWORD,
    "SEND_RESET_PASSWORD": Change.OTHER,
    "UPDATE_CREDENTIAL": Change.FACTOR_ADDED,
    "UPDATE_EMAIL": Change.OTHER,
    "UPDATE_PASSWORD": Change.PASSWORD,
    "UPDATE_PROFILE": Change.OTHER,
    "UPDATE_TOTP": Change.FACTOR_ADDED,
    "USER_DISABLED_BY_PERMANENT_LOCKOUT": Change.DISABLED,
    "USER_DISABLED_BY_TEMPORARY_LOCKOUT": Change.LOCKED,
    "VERIFY_EMAIL": Change.OTHER,
}
# By what follows `users/ID/` in the path; (created, removed) where that makes a difference.
_PARTS = {
    "consents": (Change.OTHER, Change.OTHER),
    "credentials": (Change.OTHER, Change.FACTOR_REMOVED),
    "disable-credential-types": (Change.FACTOR_REMOVED, Change.FACTOR_REMOVED),
    "execute-actions-email": (Change.OTHER, Change.OTHER),
    "federated-identity": (Change.FACTOR_ADDED, Change.FACTOR_REMOVED),
    "groups": (Change.ROLE, Change.ROLE),
    "impersonation": (Change.OTHER, Change.OTHER),
    "logout": (Change.OTHER, Change.OTHER),
    "reset-password": (Change.PASSWORD, Change.PASSWORD),
    "reset-password-email": (Change.OTHER, Change.OTHER),
    "role-mappings": (Change.ROLE, Change.ROLE),
    "send-verify-email": (Change.OTHER, Change.OTHER),
}
_WHOLE = {"CREATE": Change.CREATED, "DELETE": Change.DELETED}
_UNLOCKING = "attack-detection/brute-force/users/"


class Alteration(Struct, frozen=True, gc=False):
    """What an `AccountChange` says of an event of a realm beyond when and where."""

    change: Change
    outcome: Outcome
    account: str | None
    name: str | None = None
    actor: str | None = None


def alteration_of(event: RealmEvent) -> Alteration | None:
    """What was changed about an account, or failed to be; None for what is no change.

    A credential of type `password` is the password, any other one a factor.
    """
    change = _CHANGES.get(event.type)
    if change is None:
        return None
    if event.details.get("credential_type") == "password":
        change = Change.PASSWORD
    outcome = Outcome.FAILURE if event.is_error else Outcome.SUCCESS
    actor = event.details.get("impersonator")
    return Alteration(change, outcome, event.user, event.username, actor)


def administered(event: AdminEvent) -> Alteration | None:
    """What an administrator changed about one account; None for all else that they do."""
    outcome = Outcome.SUCCESS if event.error is None else Outcome.FAILURE
    if event.path.startswith(_UNLOCKING):
        account = event.path.removeprefix(_UNLOCKING)
        return Alteration(Change.UNLOCKED, outcome, account or None, actor=event.actor)
    place, _, rest = event.path.partition("/")
    account, _, part = rest.partition("/")
    if place != "users" or not account:
        return None
    if part:
        change = _part_change(event, part)
        return None if change is None else Alteration(change, outcome, account, None, event.actor)
    user = _represented(event)
    change = _WHOLE.get(event.operation, Change.OTHER)
    if event.operation == "UPDATE" and user.get("enabled") is False:
        change = Change.DISABLED
    name = user.get("username")
    return Alteration(
        change, outcome, account, name if isinstance(name, str) and name else None, event.actor
    )


def _part_change(event: AdminEvent, part: str) -> Change | None:
    name, _, below = part.partition("/")
    found = _PARTS.get(name)
    if found is None:
        return None
    # Removing a credential is an ACTION in some versions; renaming and moving it have a name.
    removed = event.operation == "DELETE" or (name == "credentials" and below.count("/") == 0)
    return found[removed]


def _represented(event: AdminEvent) -> dict[str, object]:
    if not event.representation or event.operation not in ("CREATE", "UPDATE"):
        return {}
    try:
        return json_object(event.representation)
    except MalformedLine:
        # It is shortened where it is long; the act itself is told beside it.
        return {}
