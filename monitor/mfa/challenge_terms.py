"""On which terms challenges are put, as the settings have it."""

from msgspec import Struct

from detectors.core.event import HOUR
from monitor.mfa.challenge import ATTEMPTS, LIFETIME


class ChallengeTerms(Struct, frozen=True, kw_only=True):
    """`address` is where subscribers reach the pages. A challenge holds for `lifetime` ms and so
    many `attempts`; `most_open` is how many somebody may have open. A proof counts for `lasts` ms.
    `origins` are those of applications that somebody may be sent on to. With `closes`, an incident
    about a takeover whose only challenge was passed by a passkey is closed for people."""

    address: str = ""
    lifetime: int = LIFETIME
    attempts: int = ATTEMPTS
    most_open: int = 3
    lasts: int = 12 * HOUR
    origins: tuple[str, ...] = ()
    closes: bool = False
