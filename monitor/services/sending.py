"""Sends lines to a Vigie elsewhere until they are durable there, and says what is in the way."""

import gzip
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx2

from monitor.clock import monotonic

PATH: Final = "/api/v1/events"
LINES: Final = 1_000
"""Lines in a body; more make it hardly faster, and are sent again all together."""
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 60.0
_TIMEOUT_S = 60.0
_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))

log = logging.getLogger(__name__)


class SendError(Exception):
    """What is sent is refused, and would be again; or was not taken for too long."""


def is_safe(url: str) -> bool:
    """Whether a key may be sent there: encrypted, or without leaving the machine."""
    site = urlsplit(url)
    if site.scheme == "https" and site.hostname:
        return True
    if site.scheme != "http":
        return False
    try:
        return site.hostname == "localhost" or ip_address(site.hostname or "").is_loopback
    except ValueError:
        return False


class Sender:
    """Sends to one address by one key. `pause` waits so many seconds, and is True when told to
    stop; `patience` is how long (s) it tries in vain, None for ever."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        source: str | None = None,
        pause: Callable[[float], bool],
        patience: float | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._pause = pause
        self._patience = patience
        self._query = {} if source is None else {"source": source}
        self._client = httpx2.Client(
            base_url=url.rstrip("/"),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "text/plain",
                "Content-Encoding": "gzip",
            },
            timeout=_TIMEOUT_S,
            follow_redirects=False,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(self, lines: Sequence[bytes]) -> bool:
        """Send lines as one body, again and again until they are durable; False when told to stop
        before. What is too large goes in halves. Raises SendError."""
        if not any(line.strip() for line in lines):
            return True
        # The same bytes each time: then they are the same events.
        body = gzip.compress(b"\n".join(lines) + b"\n", mtime=0)
        until = None if self._patience is None else monotonic() + self._patience
        wait = FIRST_WAIT_S
        while True:
            trouble, asked = self._try(body)
            if trouble is None:
                return True
            if trouble == _TOO_LARGE and len(lines) > 1:
                half = len(lines) // 2
                return self.send(lines[:half]) and self.send(lines[half:])
            if asked is None:
                raise SendError(trouble)
            if until is not None and monotonic() > until:
                raise SendError(f"{trouble}; given up")
            log.warning("%s; trying again", trouble)
            if self._pause(max(asked, wait)):
                return False
            wait = min(2 * wait, LONGEST_WAIT_S)

    def _try(self, body: bytes) -> tuple[str | None, float | None]:
        """What is the matter, None for nothing; and after how long (s) it may be tried again."""
        try:
            answer = self._client.post(PATH, params=self._query, content=body)
        except httpx2.TransportError as error:
            return f"no answer ({type(error).__name__}: {error})", 0.0
        if answer.status_code == HTTPStatus.ACCEPTED:
            return None, None
        if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _TOO_LARGE, None
        told = f"{answer.status_code} {_detail(answer)}"
        return told, _asked_wait(answer) if answer.status_code in _AGAIN else None


_TOO_LARGE = "413 a line is too large to be sent"


def _detail(answer: httpx2.Response) -> str:
    try:
        told = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
    return str(told)[:500]


def _asked_wait(answer: httpx2.Response) -> float:
    told = answer.headers.get("retry-after", "")
    return min(float(told), LONGEST_WAIT_S) if told.isascii() and told.isdigit() else 0.0
