"""Fetches one file over HTTPS: bounded in size and time, and only when it has changed.

Certificates are verified. A redirect is followed to https, or within the same server, and the
account's password goes to the server that was asked only. What is not whole is not given.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx2

from monitor import clock
from monitor.geodata.address import is_safe, is_same_site

MAXIMUM_REDIRECTS = 5
MAXIMUM_ERROR = 300
"""Bytes of an answer that is no file of which something is told."""
_REDIRECTS = (301, 302, 303, 307, 308)
_CONTROL = re.compile(r"[^ -~]+")


class TransferError(Exception):
    """The file could not be fetched; says why. Nothing of it is used."""


class NotThereError(TransferError):
    """The server has no such file."""


class Limits(NamedTuple):
    """How much and how long: bytes, seconds for a step, seconds for all of it."""

    size: int = 512 << 20
    step_s: float = 30.0
    whole_s: float = 1_800.0


LIMITS = Limits()


class Fetched(NamedTuple):
    """What came: the hexadecimal SHA-256, and what the server calls this version of the file."""

    sha256: str
    etag: str | None
    modified: str | None


Told = Callable[[int, int | None], None]
"""Is told how many bytes have come, of how many where that is known."""


class Transfer:
    """Fetches files; to be closed."""

    def __init__(self, limits: Limits = LIMITS, login: tuple[str, str] | None = None) -> None:
        self._limits = limits
        self._login = None if login is None else httpx2.BasicAuth(*login)
        self._until = clock.monotonic() + limits.whole_s
        self._client = httpx2.Client(
            timeout=limits.step_s,
            follow_redirects=False,
            # A packed file is wanted as it is.
            headers={"Accept-Encoding": "identity", "User-Agent": "vigie"},
        )

    def __enter__(self) -> "Transfer":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(
        self,
        url: str,
        target: Path,
        known: Mapping[str, str] | None = None,
        told: Told = lambda _came, _of: None,
    ) -> Fetched | None:
        """Write the file at `url` to `target`; None when it is the one that is `known` (`etag` and
        `modified` of before). Raises TransferError, or NotThereError."""
        digest = hashlib.sha256()
        with target.open("wb") as file:

            def take(chunk: bytes) -> None:
                digest.update(chunk)
                file.write(chunk)

            headers = self._get(url, known or {}, take, self._limits.size, told)
        if headers is None:
            return None
        return Fetched(digest.hexdigest(), headers.get("etag"), headers.get("last-modified"))

    def read(self, url: str, most: int) -> bytes:
        """A small file of at most so many bytes. Raises TransferError, or NotThereError."""
        content = bytearray()
        self._get(url, {}, content.extend, most, lambda _came, _of: None)
        return bytes(content)

    def _get(
        self,
        url: str,
        known: Mapping[str, str],
        take: Callable[[bytes], object],
        most: int,
        told: Told,
    ) -> Mapping[str, str] | None:
        asked = url
        try:
            for _ in range(MAXIMUM_REDIRECTS + 1):
                _checked(url, asked)
                request = self._client.build_request("GET", url, headers=_conditions(known))
                login = self._login if is_same_site(url, asked) else None
                answer = self._client.send(request, stream=True, auth=login)
                try:
                    status = answer.status_code
                    if status in _REDIRECTS:
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    if status == 304 and known:
                        return None
                    if status != 200:
                        raise self._refusal(answer, url)
                    self._receive(answer, take, most, told)
                    return answer.headers
                finally:
                    answer.close()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise TransferError(f"{_shown(url)}: {_told(error)}") from error
        raise TransferError(f"{_shown(asked)}: more than {MAXIMUM_REDIRECTS} redirects")

    def _receive(
        self, answer: httpx2.Response, take: Callable[[bytes], object], most: int, told: Told
    ) -> None:
        length = answer.headers.get("content-length", "")
        whole = int(length) if length.isdecimal() else None
        if "content-encoding" in answer.headers:
            raise TransferError("packed by the server once more, which was not asked for")
        came = 0
        for chunk in answer.iter_raw():
            came += len(chunk)
            if max(came, whole or 0) > most:
                raise TransferError(f"larger than {most:,} bytes, which is refused")
            if clock.monotonic() > self._until:
                raise TransferError(f"not done after {self._limits.whole_s:,.0f} s, {came:,} bytes")
            take(chunk)
            told(came, whole)
        if whole is not None and came != whole:
            raise TransferError(f"ended after {came:,} of {whole:,} bytes")

    def _refusal(self, answer: httpx2.Response, url: str) -> TransferError:
        if answer.status_code in (404, 410):
            return NotThereError(f"{_shown(url)}: not there ({answer.status_code})")
        said = ""
        for chunk in answer.iter_raw():
            said = _CONTROL.sub(" ", chunk[:MAXIMUM_ERROR].decode("ascii", "replace")).strip()
            break
        reasons = {
            401: "the account id or the licence key is not accepted",
            403: "this account may not have that database",
            429: "asked too often today: try again tomorrow",
        }
        reason = reasons.get(answer.status_code, said or answer.reason_phrase)
        return TransferError(f"{_shown(url)}: {answer.status_code}: {reason}")


def _checked(url: str, asked: str) -> None:
    if not is_safe(url) or not (url.startswith("https:") or is_same_site(url, asked)):
        raise TransferError(f"{_shown(url)}: not over https, which is refused")


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    return {names[name]: value for name, value in known.items() if name in names and value}


def _shown(url: str) -> str:
    """Without passwords, and without what a signed address is signed with."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _told(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    return _CONTROL.sub(" ", str(error)) or type(error).__name__
