"""Somebody else's service that is asked with a token: JSON in, JSON out, renewed tokens."""

from collections.abc import Mapping
from typing import Any

import msgspec

from alerts.egress.client import Answer, Client
from alerts.ports import RefusedError
from alerts.responders.bearer import Bearer
from alerts.responders.refusal import asked


class Service:
    """Of one thread at a time; to be closed."""

    def __init__(self, client: Client, bearer: Bearer, media: str = "application/json") -> None:
        self.server = client.server
        self._client = client
        self._bearer = bearer
        self._media = media

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        given: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, whatever its status; `given` is sent as JSON. A token that is refused is
        asked for again, once. Raises RetryError, UnsureError, RefusedError."""
        try:
            body = None if given is None else msgspec.json.encode(given)
            _ = "".join((query or {}).values()).encode()
        except UnicodeEncodeError:  # half a character, of a log
            raise RefusedError(f"what is to be told to {self.server} is no text") from None
        answer = self._asked(method, path, query, body, headers)
        if answer.status == 401 and self._bearer.forget():
            answer = self._asked(method, path, query, body, headers)
        return answer

    def close(self) -> None:
        """Lets go of all connections."""
        self._client.close()
        self._bearer.close()

    def _asked(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        sent = {"Accept": self._media, "Authorization": f"Bearer {self._bearer.token()}"}
        if body is not None:
            sent["Content-Type"] = self._media
        return asked(
            self._client, method, path, query=query, body=body, headers={**sent, **(headers or {})}
        )


def decoded(server: str, answer: Answer) -> Any:
    """What an answer says. Raises RefusedError where it is no JSON."""
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(f"{server} answers with no JSON; is it the right address?") from None
