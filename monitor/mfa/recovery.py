"""Recovery codes: ten, each good once, for whoever has lost what they prove themselves with.

The first characters are kept as they are, to find a code by; the others (60 random bits) as an
Argon2id hash. So one try costs one hash, and a flood of wrong codes no more than that.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

from argon2 import PasswordHasher

COUNT: Final = 10
LENGTH: Final = 16
"""Characters of 5 random bits each."""
SELECTED: Final = 4
"""Characters of them that a code is found by."""
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that looks like something else."""
_MISREAD = str.maketrans("OIL", "011")
_FORM = re.compile(rf"[{_ALPHABET}]{{{LENGTH}}}\Z")
_BETWEEN = re.compile(r"[\s\-\u00a0]+")


def hasher() -> PasswordHasher:
    """What hashes codes: 19 MiB, 2 passes, 1 lane (OWASP's least for Argon2id). Nobody guesses 60
    random bits; it is so that a copy of the database is of no use."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new_codes() -> list[str]:
    """Ten new codes, as they are shown: four groups of four. No two begin alike."""
    drawn: dict[str, str] = {}
    while len(drawn) < COUNT:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
        drawn.setdefault(code[:SELECTED], code)
    return ["-".join(code[at : at + 4] for at in range(0, LENGTH, 4)) for code in drawn.values()]


def cleaned(code: str) -> str:
    """A code as it is meant, however it was typed."""
    return _BETWEEN.sub("", code[:64]).upper().translate(_MISREAD)


def is_code(code: str) -> bool:
    """Whether a text can be one."""
    return _FORM.match(cleaned(code)) is not None


def selector(code: str) -> str:
    """What a code is found by."""
    return cleaned(code)[:SELECTED]


def secret_part(code: str) -> str:
    """What of a code is hashed."""
    return cleaned(code)[SELECTED:]


def digest(code: str, key: bytes, owner: str) -> bytes:
    """What was kept of codes before they were hashed: HMAC-SHA256 under the instance's key. Those
    hold until they are used or replaced."""
    told = f"{owner}\0{cleaned(code)}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, told, hashlib.sha256)
