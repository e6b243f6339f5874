"""Recovery codes: ten, each good once, for whoever has lost the device with the one-time codes.

They are kept as HMAC-SHA256 under the instance's key and not by a slow hash: 80 random bits cannot
be guessed from a digest, even by whoever had the key as well, and ten slow hashes for one wrong
code would be a present to whoever floods.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

COUNT: Final = 10
LENGTH: Final = 16
"""Characters of 5 random bits each."""
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that looks like something else."""
_MISREAD = str.maketrans("OIL", "011")
_FORM = re.compile(rf"[{_ALPHABET}]{{{LENGTH}}}\Z")
_BETWEEN = re.compile(r"[\s\-\u00a0]+")


def new_codes() -> list[str]:
    """Ten new codes, as they are shown: four groups of four."""
    drawn = ("".join(secrets.choice(_ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT))
    return ["-".join(code[at : at + 4] for at in range(0, LENGTH, 4)) for code in drawn]


def cleaned(code: str) -> str:
    """A code as it is meant, however it was typed."""
    return _BETWEEN.sub("", code[:64]).upper().translate(_MISREAD)


def is_code(code: str) -> bool:
    """Whether a text can be one."""
    return _FORM.match(cleaned(code)) is not None


def digest(code: str, key: bytes, owner: str) -> bytes:
    """What is kept of a code: nobody else's is the same, even of the same characters."""
    told = f"{owner}\0{cleaned(code)}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, told, hashlib.sha256)
