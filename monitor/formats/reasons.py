"""Free text about how a sign-in ended, read as an outcome and a failure reason."""

import re
from functools import lru_cache

from detectors.core.event import FailureReason, Outcome

_LONGEST = 256
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")

# Windows NTSTATUS and Kerberos error codes, Microsoft Entra's sign-in error numbers.
_CODES = {
    "0xc0000064": FailureReason.UNKNOWN_USER,
    "0xc000006a": FailureReason.BAD_PASSWORD,
    "0xc000006d": FailureReason.BAD_PASSWORD,
    "0xc0000072": FailureReason.DISABLED,
    "0xc0000193": FailureReason.DISABLED,
    "0xc0000234": FailureReason.LOCKED,
    "0x6": FailureReason.UNKNOWN_USER,
    "0x12": FailureReason.DISABLED,
    "0x18": FailureReason.BAD_PASSWORD,
    "50034": FailureReason.UNKNOWN_USER,
    "50053": FailureReason.LOCKED,
    "50057": FailureReason.DISABLED,
    "50056": FailureReason.BAD_PASSWORD,
    "50126": FailureReason.BAD_PASSWORD,
    "500121": FailureReason.MFA_DENIED,
}
_SUCCESS_CODES = frozenset(("0", "0x0", "200", "ok", "s_ok"))

_FACTOR_WORDS = frozenset(("mfa", "2fa", "tfa", "otp", "totp", "hotp", "push", "duo", "sms"))
_FACTOR = re.compile(
    r"secondfactor|multifactor|twofactor|stepup|verificationcode|onetime|mfa|2fa|passkey|webauthn"
    r"|fido|u2f|authenticator"
)
_UNANSWERED = re.compile(r"timeout|timedout|expired|noresponse|notrespond|unanswered|ignored")
_REFUSED = re.compile(
    r"den(?:y|ied)|reject|declin|refus|fail|invalid|wrong|incorrect|fraud|bad|mismatch|cancel"
)
_EITHER_WRONG = re.compile(r"or(?:bad|wrong|invalid|incorrect)?(?:password|credential)")
_UNKNOWN = re.compile(
    r"(?:unknown|invalid|illegal|nosuch|nonexist(?:ing|ent)|unrecogni[sz]ed|bad|wrong|missing)"
    r"(?:user|account|principal|login|email|identity)"
    r"|(?:user|account|principal|username|email|identity|login)"
    r"(?:is)?(?:un(?:known|recogni[sz]ed)|not(?:found|known|exist|registered)|missing)"
    r"|does(?:not|nt)exist|notregistered|principalunknown|nouser(?:name)?found|noaccountfound"
)
_INVALID_LOGIN = re.compile(r"invalidlogin(?!name|id)|(?:bad|wrong)login")
_DISABLED = re.compile(
    r"disabled|deactivated|suspend|inactive|notactive|notenabled|deprovision|terminated"
    r"|accounthasexpired|accountexpired|expiredaccount|(?:user|account)(?:is)?blocked"
    r"|blocked(?:user|account)|credentialsrevoked|credentialshavebeenrevoked"
)
_LOCKED = re.compile(r"(?<!b)(?<!un)locked|lockout|toomany")
_SECRET = re.compile(r"password|passwd|pwd|credential|passphrase|secret|preauthentication|pin\b")
_WRONG = re.compile(r"invalid|bad|wrong|incorrect|mismatch|fail|notmatch|doesnotmatch|unverified")
# Said without a reason, it is the usual one.
_GENERIC = re.compile(
    r"invalidgrant|verificationerror"
    r"|^(?:(?:user)?(?:authentication|login|logon|signin)(?:failed|failure)|failedauthentication"
    r"|failed(?:login|logon|signin))$"
)

_FAILED = re.compile(
    r"fail|unsuccess|den(?:y|ied)|reject|refus|declin|invalid|incorrect|wrong|error|blocked"
    r"|(?<!un)locked|disabled|unauthori[sz]ed|forbidden|expired|timeout|timedout|cancel|abort"
    r"|unknownuser|doesnotexist|notfound|nosuch|bad"
)
_WAITING = re.compile(r"pending|challenge")
_SUCCEEDED = re.compile(r"success|succeeded|granted|allowed|accepted|passed|completed")


@lru_cache(maxsize=8_192)
def failure_reason(text: str) -> FailureReason:
    """What a `status_detail`, `status_code` or `status` says of why; OTHER when not understood.

    Any case, spacing and punctuation; the common words of identity providers and the codes of
    Windows, Kerberos and Entra are known.
    """
    raw = text[:_LONGEST].strip()
    code = _CODES.get(raw.lower())
    if code is not None:
        return code
    words = _CAMEL.sub(" ", raw).lower()
    return _worded_reason(_NOT_WORD.sub(" ", words).split(), _NOT_WORD.sub("", words))


def _worded_reason(words: list[str], joined: str) -> FailureReason:
    if not _FACTOR_WORDS.isdisjoint(words) or _FACTOR.search(joined):
        if _UNANSWERED.search(joined):
            return FailureReason.MFA_TIMEOUT
        if _REFUSED.search(joined):
            return FailureReason.MFA_DENIED
    for pattern, reason in _PATTERNS:
        if pattern.search(joined):
            return reason
    if _SECRET.search(joined) and _WRONG.search(joined):
        return FailureReason.BAD_PASSWORD
    return FailureReason.OTHER


_PATTERNS = (
    (_EITHER_WRONG, FailureReason.BAD_PASSWORD),
    (_GENERIC, FailureReason.BAD_PASSWORD),
    (_INVALID_LOGIN, FailureReason.BAD_PASSWORD),
    (_UNKNOWN, FailureReason.UNKNOWN_USER),
    (_LOCKED, FailureReason.LOCKED),
    (_DISABLED, FailureReason.DISABLED),
)


@lru_cache(maxsize=8_192)
def stated_outcome(text: str) -> Outcome | None:
    """Whether a text says success, failure or waiting for an answer; None when it says neither."""
    raw = text[:_LONGEST].strip()
    if raw.lower() in _SUCCESS_CODES:
        return Outcome.SUCCESS
    joined = _NOT_WORD.sub("", raw.lower())
    if raw.lower() in _CODES or _FAILED.search(joined):
        return Outcome.FAILURE
    if _WAITING.search(joined):
        return Outcome.PENDING
    if _SUCCEEDED.search(joined):
        return Outcome.SUCCESS
    return None if failure_reason(raw) is FailureReason.OTHER else Outcome.FAILURE
