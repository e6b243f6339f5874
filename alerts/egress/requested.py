"""What the library requests sends for others: seen, bounded, verified, led nowhere else.

Libraries that send by it swallow what they were answered. Within `watching` every question of this
thread is noted with its answer, follows no redirect, leaves out the environment's proxies,
certificates and passwords, is not sent unencrypted to another machine, and its answer is no larger
than it may be. Elsewhere in the process requests is as it was.
"""

import ipaddress
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from alerts.egress.client import Answer

MAXIMUM_ANSWER: Final = 1 << 20
"""Bytes of one answer, unpacked."""
_NONE: Final = {"http": "", "https": ""}


class Watch:
    """What was asked within one block: `answers` in their order, and in `faults` what kept a
    question from being asked or answered, in words without secrets."""

    def __init__(self, context: ssl.SSLContext, *, insecure_http: bool) -> None:
        self.answers: list[Answer] = []
        self.faults: list[str] = []
        self._adapter = _Verifying(context)
        self._insecure_http = insecure_http

    def send(
        self, session: requests.Session, request: requests.PreparedRequest, given: dict[str, Any]
    ) -> requests.Response:
        """Ask, as it has to be asked."""
        parts = urlsplit(request.url or "")
        if parts.scheme != "https" and not (self._insecure_http or _is_here(parts.hostname or "")):
            self.faults.append(
                f"what is sent to {parts.hostname} would go unencrypted: use the address that "
                "takes TLS, or set insecure_http = true where the way there is safe"
            )
            raise requests.exceptions.InvalidSchema(self.faults[-1])
        session.mount("https://", self._adapter)
        how = given | {"allow_redirects": False, "stream": True, "proxies": _NONE, "verify": True}
        try:
            response = _send(session, request, **how)
            body = self._body(response, parts.hostname or "")
        except requests.RequestException as error:
            self.faults.append(f"{parts.hostname}: {type(error).__name__}")
            raise
        self.answers.append(Answer(response.status_code, response.headers, body))
        return response

    def _body(self, response: requests.Response, host: str) -> bytes:
        body = response.raw.read(MAXIMUM_ANSWER + 1, decode_content=True)
        response.close()
        if len(body) > MAXIMUM_ANSWER:
            raise requests.exceptions.ContentDecodingError(f"the answer of {host} is too large")
        response._content = body
        return bytes(body)


@contextmanager
def watching(context: ssl.SSLContext, *, insecure_http: bool = False) -> Iterator[Watch]:
    """Watch over what this thread asks by requests; `context` verifies certificates."""
    _install()
    # It tells the paths of webhooks, which are secrets; whoever sets logging up anew forgets that.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    watch = Watch(context, insecure_http=insecure_http)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


class _Verifying(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)
_prepare_request = requests.Session.prepare_request
_send = requests.Session.send


@cache
def _install() -> None:
    def prepare_request(
        self: requests.Session, request: requests.Request
    ) -> requests.PreparedRequest:
        if _watch.get() is not None:
            self.trust_env = False  # no passwords of a .netrc
        return _prepare_request(self, request)

    def send(
        self: requests.Session, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        watch = _watch.get()
        if watch is None:
            return _send(self, request, **kwargs)
        return watch.send(self, request, kwargs)

    requests.Session.prepare_request = prepare_request  # type: ignore[method-assign]
    requests.Session.send = send  # type: ignore[method-assign]


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
