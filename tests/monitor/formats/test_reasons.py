"""Free text about an outcome, in any case and spacing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import FailureReason as Reason
from detectors.core.event import Outcome
from monitor.formats.reasons import failure_reason, named_outcome, stated_outcome

SAID = {
    Reason.BAD_PASSWORD: (
        "INVALID_CREDENTIALS",
        "invalid credentials",
        "InvalidCredentials",
        "Bad password",
        "wrong_password",
        "Incorrect username or password.",
        "Invalid username or password",
        "invalid_grant",
        "PASSWORD_MISMATCH",
        "Password verification failed",
        "Login failed: bad credentials",
        "INVALID_LOGIN",
        "Failed authentication",
        "AUTHENTICATION_FAILED",
        "login failure",
        "0xC000006A",
        "0x18",
        "50126",
    ),
    Reason.UNKNOWN_USER: (
        "UNKNOWN_USER",
        "unknown user",
        "USER_DOES_NOT_EXIST",
        "User doesn't exist",
        "user not found",
        "UserNotFound",
        "no such user",
        "No username found in supplied account",
        "INVALID_USER",
        "Invalid username",
        "account_not_found",
        "0xC0000064",
        "50034",
    ),
    Reason.LOCKED: (
        "ACCOUNT_LOCKED",
        "account locked",
        "User account is locked out",
        "LOCKED_OUT",
        "AccountLockedException",
        "too many failed attempts",
        "0xC0000234",
    ),
    Reason.DISABLED: (
        "ACCOUNT_DISABLED",
        "user disabled",
        "account deactivated",
        "USER_SUSPENDED",
        "account has expired",
        "blocked_user",
        "0xC0000072",
    ),
    Reason.MFA_DENIED: (
        "MFA_DENIED",
        "mfa denied",
        "Push rejected by user",
        "INVALID_OTP",
        "Second factor failed",
        "2FA declined",
        "500121",
    ),
    Reason.MFA_TIMEOUT: (
        "MFA_TIMEOUT",
        "MFA timed out",
        "push expired",
        "second-factor: no response",
    ),
    Reason.OTHER: (
        "",
        "OTHER",
        "not permitted",
        "policy violation",
        "MFA required",
        "IP blocked",
        "authentication failed: policy",
        "account unlocked",
        "PASSWORD_EXPIRED",
    ),
}


@pytest.mark.parametrize(
    ("text", "reason"), [(text, reason) for reason, texts in SAID.items() for text in texts]
)
def test_what_is_said(text: str, reason: Reason) -> None:
    for written in (text, text.upper(), f"  {text.lower()} "):
        if written == text or " " in text or "_" in text or text.isdigit():
            assert failure_reason(written) is reason


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Success", Outcome.SUCCESS),
        ("OK", Outcome.SUCCESS),
        ("0x0", Outcome.SUCCESS),
        ("login succeeded", Outcome.SUCCESS),
        ("FAILURE", Outcome.FAILURE),
        ("unsuccessful", Outcome.FAILURE),
        ("Access denied", Outcome.FAILURE),
        ("challenge failed", Outcome.FAILURE),
        ("ACCOUNT_LOCKED", Outcome.FAILURE),
        ("50126", Outcome.FAILURE),
        ("Pending", Outcome.PENDING),
        ("MFA challenge", Outcome.PENDING),
        ("CHALLENGE_ISSUED", Outcome.PENDING),
        ("0", Outcome.SUCCESS),
        ("204", Outcome.SUCCESS),
        ("401", Outcome.FAILURE),
        ("53003", Outcome.FAILURE),
        ("AADSTS50126", Outcome.FAILURE),
        ("0xC000006D", Outcome.FAILURE),
        ("-1", Outcome.FAILURE),
        ("50074", Outcome.PENDING),
        ("AADSTS50140", Outcome.PENDING),
        ("302", None),
        ("7", None),
        ("true", Outcome.SUCCESS),
        ("false", Outcome.FAILURE),
        ("ALLOW", Outcome.SUCCESS),
        ("allowed", Outcome.SUCCESS),
        ("Granted", Outcome.SUCCESS),
        ("Success, no errors", Outcome.SUCCESS),
        ("NO_ERROR", Outcome.SUCCESS),
        ("no error message", Outcome.FAILURE),
        ("login failed, no errors", Outcome.FAILURE),
        ("error 500 error", Outcome.FAILURE),
        ("not successful", Outcome.FAILURE),
        ("Not Allowed", Outcome.FAILURE),
        ("has not been accepted", Outcome.FAILURE),
        ("disallowed", Outcome.FAILURE),
        ("event succeeded", Outcome.SUCCESS),
        ("account allowed", Outcome.SUCCESS),
        ("réussi", Outcome.SUCCESS),
        ("SUCCÈS", Outcome.SUCCESS),
        ("succe\N{COMBINING GRAVE ACCENT}s", Outcome.SUCCESS),
        ("Connexion autorisée, sans erreur", Outcome.SUCCESS),
        ("échec", Outcome.FAILURE),
        ("Refusé", Outcome.FAILURE),
        ("non autorisé", Outcome.FAILURE),
        ("sans succès", Outcome.FAILURE),
        ("en attente", Outcome.PENDING),
        ("Unknown", None),
        ("Other", None),
        ("", None),
    ],
)
def test_stated_outcomes(text: str, outcome: Outcome | None) -> None:
    assert stated_outcome(text) is outcome


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("LOGIN_ERROR", Outcome.FAILURE),
        ("UserLoginFailed", Outcome.FAILURE),
        ("Logon Failed", Outcome.FAILURE),
        ("Échec de connexion", Outcome.FAILURE),
        ("UserLoginSuccess", Outcome.SUCCESS),
        ("Logon", None),
        ("session expired", None),
    ],
)
def test_outcomes_by_name(name: str, outcome: Outcome | None) -> None:
    assert named_outcome(name) is outcome


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    assert failure_reason(text) in Reason
    assert stated_outcome(text) in (*Outcome, None)
    assert named_outcome(text) in (*Outcome, None)
