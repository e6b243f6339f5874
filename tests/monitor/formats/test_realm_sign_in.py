"""What counts as an attempt at an account, and what does not."""

from typing import Any

import pytest

from detectors.core.event import Activity, FailureReason, Outcome
from monitor.formats.realm import RealmEvent
from monitor.formats.realm_sign_in import KNOWN_ERRORS, Use, use_of

GUESSES = {
    "invalid_user_credentials": FailureReason.BAD_PASSWORD,
    "user_not_found": FailureReason.UNKNOWN_USER,
    "user_disabled": FailureReason.DISABLED,
    "user_temporarily_disabled": FailureReason.LOCKED,
}


def told(kind: str, error: str | None = None, **given: Any) -> RealmEvent:
    values: dict[str, Any] = {
        "type": kind.removesuffix("_ERROR"),
        "is_error": kind.endswith("_ERROR"),
        "error": error,
        "time": None,
        "uid": None,
        "realm": "acme",
        "client": "crm",
        "user": "u-1",
        "session": None,
        "ip": "192.0.2.7",
        "details": {},
    }
    return RealmEvent(**values | given)


def use(kind: str, error: str | None = None, **given: Any) -> Use:
    found = use_of(told(kind, error, **given))
    assert found is not None
    return found


@pytest.mark.parametrize("error", GUESSES)
def test_guesses(error: str) -> None:
    found = use("LOGIN_ERROR", error)
    assert (found.activity, found.outcome) == (Activity.LOGON, Outcome.FAILURE)
    assert found.reason is GUESSES[error]


@pytest.mark.parametrize("error", sorted(KNOWN_ERRORS))
def test_what_else_goes_wrong_is_no_attempt(error: str) -> None:
    found = use("LOGIN_ERROR", error)
    assert found.activity is Activity.OTHER
    assert found.reason is FailureReason.OTHER


@pytest.mark.parametrize("error", ["captcha_failed", "", None])
def test_an_error_nobody_knows_is_no_attempt(error: str | None) -> None:
    assert use("LOGIN_ERROR", error).activity is Activity.OTHER


def test_an_authenticators_own_error_is_read_as_words() -> None:
    assert use("LOGIN_ERROR", "invalid_sms_code").reason is FailureReason.MFA_DENIED
    assert use("LOGIN_ERROR", "account_locked").reason is FailureReason.LOCKED


@pytest.mark.parametrize(
    ("details", "method"),
    [
        ({"selected_credential_id": "7"}, "OTP"),
        ({"credential_type": "otp"}, "OTP"),
        ({"credential_type": "webauthn", "selected_credential_id": "7"}, "WebAuthn"),
        ({"web_authn_authentication_error": "no"}, "WebAuthn"),
        ({"credential_type": "recovery-authn-codes"}, "recovery code"),
    ],
)
def test_a_second_factor(details: dict[str, str], method: str) -> None:
    wrong = use("LOGIN_ERROR", "invalid_user_credentials", details=details)
    assert (wrong.reason, wrong.method) == (FailureReason.MFA_DENIED, method)
    right = use("LOGIN", details=details)
    assert (right.mfa, right.method) == (True, method)


def test_a_password_is_no_second_factor() -> None:
    details = {"credential_type": "password"}
    assert use("LOGIN", details=details).mfa is False
    wrong = use("LOGIN_ERROR", "invalid_user_credentials", details=details)
    assert wrong.reason is FailureReason.BAD_PASSWORD
    assert use("LOGIN").mfa is None


def test_a_session_is_the_code_where_nothing_else_is_said() -> None:
    assert use("LOGIN", session="s").session == "s"
    assert use("LOGIN", details={"code_id": "c"}).session == "c"


@pytest.mark.parametrize(
    ("kind", "activity", "corroborating"),
    [
        ("LOGIN", Activity.LOGON, False),
        ("OAUTH2_DEVICE_CODE_TO_TOKEN", Activity.LOGON, False),
        ("CLIENT_LOGIN", Activity.LOGON, False),
        ("LOGOUT", Activity.LOGOFF, False),
        ("REFRESH_TOKEN", Activity.REFRESH, True),
        ("CODE_TO_TOKEN", Activity.OTHER, True),
        ("TOKEN_EXCHANGE", Activity.OTHER, True),
        ("IDENTITY_PROVIDER_LOGIN", Activity.OTHER, True),
    ],
)
def test_successes(kind: str, activity: Activity, corroborating: bool) -> None:
    found = use(kind)
    assert (found.activity, found.corroborating) == (activity, corroborating)
    assert found.outcome is Outcome.SUCCESS


def test_a_public_client_renews_from_its_users_address() -> None:
    assert not use("REFRESH_TOKEN", is_public=True).corroborating
    assert use("CODE_TO_TOKEN", is_public=True).corroborating


def test_an_administrator_in_a_users_place_is_not_that_user() -> None:
    assert use("LOGIN", details={"impersonator": "admin"}).corroborating


@pytest.mark.parametrize("kind", ["REFRESH_TOKEN_ERROR", "CODE_TO_TOKEN_ERROR", "LOGOUT_ERROR"])
def test_errors_of_tokens_are_no_attempts(kind: str) -> None:
    found = use(kind, "invalid_token")
    assert found.activity is not Activity.LOGON
    assert found.outcome is Outcome.FAILURE
    assert use(kind, "user_disabled").reason is FailureReason.DISABLED


def test_a_client_that_guesses_its_secret() -> None:
    found = use("CLIENT_LOGIN_ERROR", "invalid_client_credentials", user=None)
    assert (found.activity, found.reason) == (Activity.LOGON, FailureReason.BAD_PASSWORD)
    assert (found.account, found.name) == (None, "service-account-crm")
    assert use("CLIENT_LOGIN_ERROR", "unauthorized_client").activity is Activity.OTHER


@pytest.mark.parametrize("kind", ["USER_INFO_REQUEST", "UPDATE_PASSWORD", "CLIENT_REGISTER", "NEW"])
def test_what_is_no_sign_in(kind: str) -> None:
    assert use_of(told(kind)) is None
