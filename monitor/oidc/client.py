"""An OAuth client that bounds what it is answered."""

import base64
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import quote_plus

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

MAXIMUM_ANSWER: Final = 512 << 10
"""Bytes."""


class TooMuchError(httpx2.TransportError):
    """An answer that is longer than it may be, or packed."""


class Client(AsyncOAuth2Client):  # type: ignore[misc]
    """Authlib's client, by which an answer that is too long or packed is given up, and no redirect
    is followed. Proxies and certificates are as the environment has them."""

    def __init__(self, *given: Any, **named: Any) -> None:
        # Not packed: a bound on what comes is then one on what it becomes.
        headers = {"Accept-Encoding": "identity", "User-Agent": "vigie"}
        super().__init__(*given, follow_redirects=False, headers=headers, **named)
        self.register_client_auth_method(("client_secret_basic", _basic))

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        """As `httpx2.AsyncClient.send`; the answer is read."""
        answer: httpx2.Response = await super().send(request, **{**how, "stream": True})
        try:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise TooMuchError("packed")
            if isinstance(answer.stream, httpx2.AsyncByteStream):
                answer.stream = _BoundedStream(answer.stream)
            await answer.aread()
        finally:
            await answer.aclose()
        return answer


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        came = 0
        async for part in self._inner:
            came += len(part)
            if came > MAXIMUM_ANSWER:
                raise TooMuchError(f"more than {MAXIMUM_ANSWER} bytes")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


def _basic(client: Any, _method: str, uri: str, headers: Any, body: Any) -> tuple[Any, Any, Any]:
    """As RFC 6749, section 2.3.1, has it: each half is encoded by itself."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body
