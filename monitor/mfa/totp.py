"""One-time codes by the clock (TOTP, RFC 6238): six digits, thirty seconds, SHA-1.

The parameters are those that every authenticator takes; others are ignored by some without a word.
"""

import base64
import hmac
import re
import secrets
from typing import Final

import pyotp

PERIOD_S: Final = 30
DIGITS: Final = 6
DRIFT: Final = 1
"""Steps that a clock may be off, either way (RFC 6238, 5.2)."""
SECRET_BYTES: Final = 20
"""160 bits, as RFC 4226 recommends."""

_CODE = re.compile(r"[0-9]{6}\Z", re.ASCII)
_SPACES = re.compile(r"[\s\-\u00a0]+")


def new_secret() -> bytes:
    """A new secret, from the system's random numbers."""
    return secrets.token_bytes(SECRET_BYTES)


def cleaned(code: str) -> str:
    """A code as it is meant: people type spaces as their authenticators show them."""
    return _SPACES.sub("", code[:64])


def is_code(code: str) -> bool:
    """Whether a text is of six digits."""
    return _CODE.match(code) is not None


def step_at(now: int) -> int:
    """The number of the step at a time (ms)."""
    return now // 1_000 // PERIOD_S


def step_of(secret: bytes, code: str, now: int) -> int | None:
    """The step whose code this is, of those around `now` (ms); None for a wrong one.

    All of them are compared, each in constant time. Whether the step was used before is for whoever
    keeps that, in one conditional write.
    """
    given = cleaned(code)
    right = pyotp.TOTP(encoded(secret), digits=DIGITS, interval=PERIOD_S)
    found: int | None = None
    for step in range(step_at(now) - DRIFT, step_at(now) + DRIFT + 1):
        expected = right.generate_otp(max(step, 0)).encode()
        if hmac.compare_digest(expected, given.encode("utf-8", "replace")):
            found = step
    return found if is_code(given) else None


def code(secret: bytes, now: int) -> str:
    """What an authenticator shows at a time (ms)."""
    right = pyotp.TOTP(encoded(secret), digits=DIGITS, interval=PERIOD_S)
    return str(right.generate_otp(step_at(now)))


def encoded(secret: bytes) -> str:
    """The secret as authenticators take it: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def grouped(secret: bytes) -> str:
    """The same in fours, to be typed."""
    text = encoded(secret)
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address(secret: bytes, account: str, issuer: str = "Vigie") -> str:
    """What a QR code for authenticators holds (`otpauth://`)."""
    code = pyotp.TOTP(encoded(secret), digits=DIGITS, interval=PERIOD_S)
    return code.provisioning_uri(name=account, issuer_name=issuer)
