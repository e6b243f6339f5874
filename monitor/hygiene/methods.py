"""How strong a second factor is, by what directories and logs call it."""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Strength(IntEnum):
    """What a factor withstands, the weakest first (NIST SP 800-63B-4, sections 3.1 and 3.2.5)."""

    WEAK = 1
    """It can be read or answered by somebody else: SMS, mail, a call, a push that is approved."""
    CODE = 2
    """It stays with its owner, who can be talked into typing it at a wrong place."""
    PASSKEY = 3
    """It answers only the right site: a passkey, a security key, a certificate."""


_WORDS: Final = {
    Strength.PASSKEY: "passkey webauthn fido u2f ctap hwk security yubikey smartcard piv x509 "
    "certificate windowshello",
    Strength.CODE: "totp otp hotp authenticator softtoken hardtoken oath app token",
    Strength.WEAK: "sms text voice call phone telephone mail email push approve knowledge kba",
}
_LETTERS: Final = re.compile(r"[a-z][a-z0-9]*")


def strength_of(method: str) -> Strength | None:
    """How strong what is called so is; None where the name tells nothing. Where a name has words of
    two kinds, the weaker one holds: a code by SMS is no more than an SMS."""
    words = _LETTERS.findall(method.lower().replace("-", " ").replace("_", " "))
    found = [
        strength
        for strength, known in _WORDS.items()
        if any(
            word.rstrip("0123456789") in known.split() or word in known.split() for word in words
        )
    ]
    return min(found, default=None)


def strongest(methods: Iterable[str]) -> Strength | None:
    """The strongest of several that somebody has; None where no name tells anything."""
    return max(filter(None, map(strength_of, methods)), default=None)
