"""Changes to accounts, by their users and by administrators."""

import pytest

from detectors.core.event import Change, Outcome
from monitor.formats.realm import AdminEvent
from monitor.formats.realm_change import administered, alteration_of
from tests.monitor.formats.test_realm_sign_in import told


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        ("UPDATE_PASSWORD", {}, Change.PASSWORD),
        ("UPDATE_CREDENTIAL", {"credential_type": "password"}, Change.PASSWORD),
        ("UPDATE_CREDENTIAL", {"credential_type": "otp"}, Change.FACTOR_ADDED),
        ("UPDATE_TOTP", {}, Change.FACTOR_ADDED),
        ("REMOVE_CREDENTIAL", {"credential_type": "webauthn"}, Change.FACTOR_REMOVED),
        ("REMOVE_TOTP", {}, Change.FACTOR_REMOVED),
        ("FEDERATED_IDENTITY_LINK", {}, Change.FACTOR_ADDED),
        ("REGISTER", {}, Change.CREATED),
        ("DELETE_ACCOUNT", {}, Change.DELETED),
        ("USER_DISABLED_BY_TEMPORARY_LOCKOUT", {}, Change.LOCKED),
        ("USER_DISABLED_BY_PERMANENT_LOCKOUT", {}, Change.DISABLED),
        ("SEND_RESET_PASSWORD", {}, Change.OTHER),
        ("UPDATE_EMAIL", {}, Change.OTHER),
    ],
)
def test_what_users_change(kind: str, details: dict[str, str], expected: Change) -> None:
    found = alteration_of(told(kind, details=details))
    assert found is not None
    assert (found.change, found.outcome, found.account) == (expected, Outcome.SUCCESS, "u-1")


def test_what_failed_and_who_did_it() -> None:
    failed = alteration_of(told("UPDATE_PASSWORD_ERROR", "password_rejected"))
    assert failed is not None
    assert failed.outcome is Outcome.FAILURE
    borrowed = alteration_of(told("IMPERSONATE", details={"impersonator": "admin"}))
    assert borrowed is not None
    assert borrowed.actor == "admin"


@pytest.mark.parametrize("kind", ["LOGIN", "GRANT_CONSENT", "CLIENT_DELETE", "NEW"])
def test_what_is_no_change(kind: str) -> None:
    assert alteration_of(told(kind)) is None


def act(operation: str, path: str, representation: str | None = None) -> AdminEvent:
    return AdminEvent(
        operation, "USER", path, None, None, None, "acme", "adm", "192.0.2.1", representation
    )


@pytest.mark.parametrize(
    ("operation", "path", "representation", "expected"),
    [
        ("CREATE", "users/u-1", None, Change.CREATED),
        ("DELETE", "users/u-1", None, Change.DELETED),
        ("UPDATE", "users/u-1", '{"enabled":false}', Change.DISABLED),
        ("UPDATE", "users/u-1", '{"enabled":true}', Change.OTHER),
        ("UPDATE", "users/u-1", '{"enabled":fal', Change.OTHER),
        ("ACTION", "users/u-1/reset-password", None, Change.PASSWORD),
        ("ACTION", "users/u-1/credentials/7", None, Change.FACTOR_REMOVED),
        ("DELETE", "users/u-1/credentials/7", None, Change.FACTOR_REMOVED),
        ("UPDATE", "users/u-1/credentials/7/userLabel", None, Change.OTHER),
        ("CREATE", "users/u-1/federated-identity/github", None, Change.FACTOR_ADDED),
        ("DELETE", "users/u-1/federated-identity/github", None, Change.FACTOR_REMOVED),
        ("CREATE", "users/u-1/role-mappings/realm", None, Change.ROLE),
        ("DELETE", "users/u-1/groups/9", None, Change.ROLE),
        ("ACTION", "users/u-1/logout", None, Change.OTHER),
        ("DELETE", "attack-detection/brute-force/users/u-1", None, Change.UNLOCKED),
    ],
)
def test_what_administrators_change(
    operation: str, path: str, representation: str | None, expected: Change
) -> None:
    found = administered(act(operation, path, representation))
    assert found is not None
    assert (found.change, found.account, found.actor) == (expected, "u-1", "adm")


def test_a_name_is_learnt_where_it_is_told() -> None:
    found = administered(act("CREATE", "users/u-1", '{"username":"ann"}'))
    assert found is not None
    assert found.name == "ann"


@pytest.mark.parametrize(
    "path", ["clients/7", "users", "users/", "events/config", "users/u-1/new-thing", ""]
)
def test_what_administrators_do_besides(path: str) -> None:
    assert administered(act("UPDATE", path)) is None
