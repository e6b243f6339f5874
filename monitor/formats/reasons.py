"""Free text about how a sign-in ended, read as an outcome and a failure reason."""

import re
import unicodedata
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
_AADSTS = "aadsts"
# Entra asks for more before it decides: another factor, its enrolment, "stay signed in?".
_PENDING_CODES = frozenset(("50072", "50074", "50076", "50079", "50140"))
_WORDS = {
    **dict.fromkeys(("ok", "s_ok", "true", "allow", "permit", "pass"), Outcome.SUCCESS),
    "false": Outcome.FAILURE,
}
_CODE = re.compile(r"(?:aadsts)?(?P<number>-?\d{1,12})|(?P<hex>0x[0-9a-f]{1,16})")

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

_HARMLESS = re.compile(
    r"\b(?:no ?|without (?:any )?|0 |zero )(?:errors?|failures?)\b"
    r"(?! (?:message|description|code|detail|text|reason))"
    r"|\b(?:sans|aucune) erreurs?\b"
)
_FAILED = re.compile(
    r"fail|unsuccess|den(?:y|ied)|reject|refus|declin|invalid|incorrect|wrong|error|blocked"
    r"|(?<!un)locked|disabled|unauthori[sz]ed|forbidden|expired|timeout|timedout|cancel|abort"
    r"|unknownuser|doesnotexist|notfound|nosuch|bad|disallow|nosuccess|withoutsuccess"
    r"|(?:not|isnt|wasnt|hasnt|didnt|non)(?:been|yet|ete)?(?:success|succeed|allow|permit|grant"
    r"|accept|pass|complete|authenticated|reussi|autoris|accord)"
    r"|echec|echou|erreur|errone|rejet|interdit|sanssucces|bloque|verrouille"
)
_WAITING = re.compile(r"pending|challenge|enattente")
_SUCCEEDED = re.compile(
    r"succes|succeeded|granted|allowed|permitted|accepte|passed|completed|reussi|autorise|accorde"
)
# An activity's name is no sentence: "disabled", "locked" or "expired" is there what was done.
_NAMED_FAILED = re.compile(r"fail|error|unsuccess|denied|reject|refus|notallowed|echec|echou")
_NAMED_SUCCEEDED = re.compile(r"succes|succeeded|reussi")


@lru_cache(maxsize=8_192)
def failure_reason(text: str) -> FailureReason:
    """What a `status_detail`, `status_code` or `status` says of why; OTHER when not understood.

    Any case, spacing and punctuation; the common words of identity providers and the codes of
    Windows, Kerberos and Entra are known.
    """
    raw = text[:_LONGEST].strip()
    code = _CODES.get(raw.lower().removeprefix(_AADSTS))
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
    """Whether a text says success, failure or waiting for an answer; None when it says neither.

    English and French words, and codes: those of HTTP, Windows, Kerberos and Entra, as numbers.
    """
    raw = text[:_LONGEST].strip()
    lower = raw.lower()
    if lower in _WORDS:
        return _WORDS[lower]
    code = _CODE.fullmatch(lower)
    if code is not None:
        return _coded(code)
    words = _HARMLESS.sub("success", _NOT_WORD.sub(" ", _folded(_CAMEL.sub(" ", raw))))
    joined = words.replace(" ", "")
    if _FAILED.search(joined):
        return Outcome.FAILURE
    if _WAITING.search(joined):
        return Outcome.PENDING
    if _SUCCEEDED.search(joined):
        return Outcome.SUCCESS
    return None if failure_reason(raw) is FailureReason.OTHER else Outcome.FAILURE


def _coded(code: re.Match[str]) -> Outcome | None:
    if code["hex"] is not None:
        return Outcome.FAILURE if int(code["hex"], 16) else Outcome.SUCCESS
    if code["number"] in _PENDING_CODES:
        return Outcome.PENDING
    number = int(code["number"])
    if number == 0 or 200 <= number < 300:
        return Outcome.SUCCESS
    # Small numbers mean one thing here and another there; a redirection follows either end.
    return None if 0 < number < 400 else Outcome.FAILURE


@lru_cache(maxsize=4_096)
def named_outcome(name: str) -> Outcome | None:
    """What the name of a sign-in's activity says of its end (`LOGIN_ERROR`); None when nothing."""
    joined = _NOT_WORD.sub("", _folded(name[:_LONGEST]))
    if _NAMED_FAILED.search(joined):
        return Outcome.FAILURE
    return Outcome.SUCCESS if _NAMED_SUCCEEDED.search(joined) else None


def _folded(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(one for one in parts if not unicodedata.combining(one))
