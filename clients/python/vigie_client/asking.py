"""What both clients share: the address and the key, the fallback rule, and the alarm."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx2

from vigie_client.decision import Decision, Verdict
from vigie_client.exchange import MOST, Answer, Document, Failure
from vigie_client.fallback import Fallback
from vigie_client.patience import Patience, retry_after
from vigie_client.resting import Breaker, Rest
from vigie_client.sign_in import SignIn
from vigie_client.trouble import Cause, Trouble, VigieError

PATH: Final = "/api/v1/sign-ins"
VERSION: Final = "0.1.0"
_HANDLE: Final = re.compile(r"[0-9a-f]{32}")

log = logging.getLogger("vigie_client")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Vigie did not decide, and the fallback rule did: `verdict` was the answer."""

    sign_in: SignIn
    case: str | None
    verdict: Verdict
    trouble: Trouble


Ring = Callable[[Alarm], None]
"""What is called with each alarm. It must not block: whoever signs in waits for it."""


def write_down(alarm: Alarm) -> None:
    """The alarm where none is given: an error in the log `vigie_client`, without names."""
    log.error(
        "Vigie did not decide (%s); the answer to %s was %s",
        alarm.trouble,
        alarm.sign_in.uid,
        alarm.verdict.value,
    )


@dataclass(frozen=True, slots=True)
class Way:
    """Where Vigie is, and by which key. Raises ValueError for an address at which a key would be
    sent in the clear, and for a key that no header can carry."""

    url: str
    key: str

    def __post_init__(self) -> None:
        if not is_safe(self.url):
            raise ValueError(
                f"expected https://… (http:// for this machine only), got {self.url!r}"
            )
        if not (self.key and self.key.isascii() and self.key.isprintable() and " " not in self.key):
            raise ValueError("the key is not one that `vigie key create` gave")

    def __repr__(self) -> str:
        return f"Way({self.url!r})"

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        """What every question bears. Answers come as they are: nothing has to be unpacked."""
        return {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
            "User-Agent": f"vigie-client-python/{VERSION}",
        }


def path_of(handle: str) -> str:
    """Where a question is. Raises ValueError for what is no handle."""
    if not _HANDLE.fullmatch(handle):
        raise ValueError("a handle has 32 hexadecimal digits: decision.handle")
    return f"{PATH}/{handle}"


def is_safe(url: str) -> bool:
    """Whether a key may be sent there: encrypted, or without leaving the machine."""
    try:
        site = urlsplit(url)
        if site.scheme not in ("http", "https") or not site.hostname or site.query or site.fragment:
            return False
        if site.scheme == "https" or site.hostname == "localhost":
            return True
        return ip_address(site.hostname).is_loopback
    except ValueError:
        return False


class Asking:
    """What one client knows and decides without the network; safe for many threads."""

    def __init__(
        self, way: Way, patience: Patience, fallback: Fallback, rest: Rest, ring: Ring
    ) -> None:
        self.way = way
        self.patience = patience
        self.fallback = fallback
        self._breaker = Breaker(rest)
        self._ring = ring

    def resting(self, now: float) -> Trouble | None:
        """Why it is not to be asked at this moment, None for asking."""
        if self._breaker.may_ask(now):
            return None
        return Trouble(Cause.RESTING, "it has not answered for a while, and is left alone")

    def met(self, found: Document | Trouble, now: float) -> Document:
        """What was answered; it is remembered whether anything was. Raises VigieError."""
        if not isinstance(found, Trouble):
            self._breaker.answered()
            return found
        if found.cause is Cause.REFUSED:
            self._breaker.answered()
        else:
            self._breaker.failed(now, found.retry_after)
        raise VigieError(found)

    def fall_back(self, sign_in: SignIn, case: str | None, trouble: Trouble) -> Decision:
        """The application's own rule, and the alarm that it was needed."""
        verdict = self.fallback.verdict(case)
        try:
            self._ring(Alarm(sign_in, case, verdict, trouble))
        except Exception:  # whoever signs in must not pay for a broken alarm
            log.exception("the alarm failed: %s", trouble)
        return Decision(verdict=verdict, uid=sign_in.uid, would_be=verdict, trouble=trouble)


def whole(status: int, headers: Mapping[str, str], body: bytes | bytearray) -> Answer | Failure:
    """An answer as it came, None of it missing; longer than MOST it is nobody's."""
    if len(body) > MOST:
        return Failure(Cause.UNREADABLE, f"an answer of more than {MOST >> 10} KiB")
    asked = retry_after(headers.get("retry-after"), headers.get("date"))
    return Answer(status, bytes(body), asked)


BREAKS: Final = (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError)
"""What asking ends by where nothing comes back; names that cannot be looked up among it."""


def broken(error: Exception) -> Failure:
    """What no answer is called."""
    cause = Cause.TOO_SLOW if isinstance(error, httpx2.TimeoutException) else Cause.UNREACHABLE
    return Failure(cause, f"{type(error).__name__}: {error}"[:300])
