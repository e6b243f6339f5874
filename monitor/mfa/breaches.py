"""Asks a service of stolen passwords about one without telling it which (k-anonymity).

The first five of forty hexadecimal digits of its SHA-1 are sent, and the answer has all that begin
alike (the "range" interface of Have I Been Pwned, which others serve as well). Whatever goes wrong,
a password counts as not found: nobody is kept out because a service is away.
"""

import hashlib
import hmac
import logging
from typing import Final

import httpx2

from monitor.mfa.passwords import normal

PREFIX: Final = 5
TIMEOUT_S: Final = 3.0
MOST_BYTES: Final = 1 << 20
_DIGITS = 40

log = logging.getLogger(__name__)


class Breaches:
    """One service, at an address such as `https://api.pwnedpasswords.com/range/`; None asks nobody.

    Safe to share between threads.
    """

    def __init__(self, address: str | None, transport: httpx2.BaseTransport | None = None) -> None:
        self._address = None if address is None else address.rstrip("/") + "/"
        self._transport = transport

    def has(self, password: str) -> bool:
        """Whether it is known to be stolen; False also where that cannot be found out."""
        if self._address is None:
            return False
        digest = hashlib.sha1(
            normal(password).encode("utf-8", "surrogatepass"), usedforsecurity=False
        )
        digits = digest.hexdigest().upper()
        listed = self._asked(digits[:PREFIX])
        return is_listed(digits[PREFIX:], listed)

    def _asked(self, prefix: str) -> str:
        try:
            with (
                httpx2.Client(
                    timeout=TIMEOUT_S, transport=self._transport, follow_redirects=False
                ) as client,
                client.stream(
                    "GET", f"{self._address}{prefix}", headers={"Add-Padding": "true"}
                ) as answer,
            ):
                answer.raise_for_status()
                return _bounded(answer)
        except httpx2.HTTPError as error:
            log.warning("stolen passwords cannot be asked for: %s", type(error).__name__)
            return ""


def is_listed(suffix: str, listed: str) -> bool:
    """Whether a range has the rest of a digest, at least once: lines of `SUFFIX:COUNT`, those with
    a count of 0 being there to hide how long the list is."""
    found = False
    for line in listed.splitlines():
        told, _, count = line.strip().partition(":")
        # All of the list, whatever is found where in it.
        is_same = hmac.compare_digest(told.upper().encode("utf-8", "replace"), suffix.encode())
        found |= is_same and count.strip() not in ("", "0")
    return found


def _bounded(answer: httpx2.Response) -> str:
    told = bytearray()
    for part in answer.iter_bytes():
        told += part
        if len(told) > MOST_BYTES:
            log.warning("the list of stolen passwords is longer than any; it is not believed")
            return ""
    return told.decode("ascii", "replace")
