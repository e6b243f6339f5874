"""What an event of a Keycloak realm says of a sign-in and of a session."""

from msgspec import Struct

from detectors.core.event import Activity, FailureReason, Outcome
from monitor.formats.realm import RealmEvent
from monitor.formats.reasons import failure_reason

_LOGON, _OTHER = Activity.LOGON, Activity.OTHER
_ACTIVITIES = {
    "LOGIN": _LOGON,
    "CLIENT_LOGIN": _LOGON,
    "OAUTH2_DEVICE_CODE_TO_TOKEN": _LOGON,
    "LOGOUT": Activity.LOGOFF,
    "REFRESH_TOKEN": Activity.REFRESH,
    "AUTHREQID_TO_TOKEN": _OTHER,
    "CODE_TO_TOKEN": _OTHER,
    "IDENTITY_PROVIDER_FIRST_LOGIN": _OTHER,
    "IDENTITY_PROVIDER_LOGIN": _OTHER,
    "IDENTITY_PROVIDER_POST_LOGIN": _OTHER,
    "JWT_BEARER": _OTHER,
    "OAUTH2_DEVICE_VERIFY_USER_CODE": _OTHER,
    "OAUTH2_EXTENSION_GRANT": _OTHER,
    "TOKEN_EXCHANGE": _OTHER,
}
# Told beside the LOGIN of the same moment, or done by an application's server in its user's name.
_CORROBORATING = frozenset(
    (
        "AUTHREQID_TO_TOKEN",
        "CODE_TO_TOKEN",
        "IDENTITY_PROVIDER_FIRST_LOGIN",
        "IDENTITY_PROVIDER_LOGIN",
        "IDENTITY_PROVIDER_POST_LOGIN",
        "JWT_BEARER",
        "OAUTH2_EXTENSION_GRANT",
        "TOKEN_EXCHANGE",
    )
)
# The errors of somebody who tried to come into an account. With all others the right password was
# given and something else was in the way, or nobody's password was asked: a page that had
# expired, a cookie that was not sent, an application that is set up wrongly.
_GUESSES = {
    "invalid_user_credentials": FailureReason.BAD_PASSWORD,
    "user_not_found": FailureReason.UNKNOWN_USER,
    "invalid_user": FailureReason.UNKNOWN_USER,
    "user_disabled": FailureReason.DISABLED,
    "user_temporarily_disabled": FailureReason.LOCKED,
    "invalid_authentication_session": FailureReason.LOCKED,
}
_CLIENT_GUESSES = {
    "invalid_client_credentials": FailureReason.BAD_PASSWORD,
    "invalid_client": FailureReason.BAD_PASSWORD,
    "client_not_found": FailureReason.UNKNOWN_USER,
    "client_disabled": FailureReason.DISABLED,
}
KNOWN_ERRORS = frozenset(
    (
        "access_denied",
        "already_logged_in",
        "client_disabled",
        "client_not_found",
        "code_verifier_missing",
        "consent_denied",
        "cookie_not_found",
        "credential_not_found",
        "delete_credential_failed",
        "different_user_authenticated",
        "different_user_authenticating",
        "display_unsupported",
        "email_already_verified",
        "email_in_use",
        "email_send_failed",
        "expired_code",
        "expired_oauth2_device_code",
        "federated_identity_account_exists",
        "generic_authentication_error",
        "identity_provider_error",
        "identity_provider_login_failure",
        "illegal_origin",
        "invalid_artifact",
        "invalid_artifact_response",
        "invalid_authn_request",
        "invalid_client",
        "invalid_client_credentials",
        "invalid_code",
        "invalid_code_challenge_method",
        "invalid_code_verifier",
        "invalid_config",
        "invalid_destination",
        "invalid_dpop_proof",
        "invalid_email",
        "invalid_form",
        "invalid_input",
        "invalid_issuer",
        "invalid_logout_request",
        "invalid_logout_response",
        "invalid_oauth2_device_code",
        "invalid_oauth2_user_code",
        "invalid_permission_ticket",
        "invalid_redirect_uri",
        "invalid_registration",
        "invalid_request",
        "invalid_saml_document",
        "invalid_saml_response",
        "invalid_signature",
        "invalid_token",
        "invalid_token_type",
        "logout_failed",
        "missing_credential_id",
        "missing_required_destination",
        "not_allowed",
        "not_logged_in",
        "org_not_found",
        "password_confirm_error",
        "password_missing",
        "password_rejected",
        "pkce_verification_failed",
        "realm_disabled",
        "registration_disabled",
        "rejected_by_user",
        "reset_credential_disabled",
        "resolve_required_actions",
        "saml_token_not_found",
        "session_expired",
        "slow_down",
        "ssl_required",
        "token_introspection_failed",
        "unauthorized_client",
        "unknown_identity_provider",
        "unsupported_nameid_format",
        "user_delete_error",
        "user_org_member_already",
        "user_session_not_found",
        "username_in_use",
        "username_missing",
    )
)
"""The errors that Keycloak names (org.keycloak.events.Errors) and that are no guess at an account
of a user; another one is an authenticator's own, and read as free text."""
_FACTORS = {
    "otp": "OTP",
    "webauthn": "WebAuthn",
    "webauthn-passwordless": "WebAuthn",
    "recovery-authn-codes": "recovery code",
}
_SERVICE_ACCOUNT = "service-account-"


class Use(Struct, frozen=True, gc=False):
    """What a `SignIn` says of an event of a realm beyond who, when and where."""

    activity: Activity
    outcome: Outcome
    reason: FailureReason | None = None
    account: str | None = None
    name: str | None = None
    session: str | None = None
    mfa: bool | None = None
    method: str | None = None
    corroborating: bool = False


def use_of(event: RealmEvent) -> Use | None:
    """What somebody did with an account or tried to; None for what is no sign-in.

    A wrong one-time code is told like a wrong password and known by the credential that the event
    names. `REFRESH_TOKEN` corroborates unless the client is known to be public: the address that
    renews a token is else a server's, the same for all its users.
    """
    activity = _ACTIVITIES.get(event.type)
    if activity is None:
        return None
    if event.is_error:
        return _failure(event, activity)
    factor = _factor(event)
    # An administrator in a user's place is not that user.
    borrowed = event.type in _CORROBORATING or "impersonator" in event.details
    if activity is Activity.REFRESH:
        borrowed = not event.is_public
    return Use(
        activity,
        Outcome.SUCCESS,
        None,
        event.user,
        event.username,
        event.session or event.details.get("code_id"),
        _mfa(event, factor) if activity is _LOGON else None,
        (factor or event.details.get("identity_provider")) if activity is _LOGON else None,
        borrowed,
    )


def _failure(event: RealmEvent, activity: Activity) -> Use:
    reason: FailureReason | None = None
    account, name = event.user, event.username
    if event.type == "LOGIN":
        reason = _guess(event)
    elif event.type == "CLIENT_LOGIN":
        reason = _CLIENT_GUESSES.get(event.error or "")
        if account is None and name is None and event.client is not None:
            name = _SERVICE_ACCOUNT + event.client
    if reason is not None:
        return Use(_LOGON, Outcome.FAILURE, reason, account, name, method=_factor(event))
    if activity is _LOGON:
        activity = _OTHER
    reason = _GUESSES.get(event.error or "", FailureReason.OTHER)
    return Use(activity, Outcome.FAILURE, reason, account, name, event.session)


def _guess(event: RealmEvent) -> FailureReason | None:
    """Why a sign-in failed, None where nothing was tried at an account."""
    error = event.error or ""
    if error == "invalid_user_credentials" and _factor(event) is not None:
        return FailureReason.MFA_DENIED
    if error in _GUESSES or error in KNOWN_ERRORS:
        return _GUESSES.get(error)
    read = failure_reason(error)
    return None if read is FailureReason.OTHER else read


def _factor(event: RealmEvent) -> str | None:
    """The second factor that was asked for last, None for none or where it is not said."""
    details = event.details
    kind = details.get("credential_type")
    if kind is not None:
        return _FACTORS.get(kind)
    if "web_authn_authentication_error" in details:
        return _FACTORS["webauthn"]
    return _FACTORS["otp"] if "selected_credential_id" in details else None


def _mfa(event: RealmEvent, factor: str | None) -> bool | None:
    if factor is not None:
        return True
    return False if event.details.get("credential_type") == "password" else None
