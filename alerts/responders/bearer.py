"""The token that says who asks: one of a file, or one that is given for a client's secret.

Bearer tokens are RFC 6750's, client credentials RFC 6749's (section 4.4). No token and no secret
gets into an error.
"""

import base64
import re
from collections.abc import Callable
from typing import Final, Literal, Protocol
from urllib.parse import quote_plus

import msgspec
from msgspec import Struct

from alerts.egress.client import Answer, Client
from alerts.ports import RefusedError
from alerts.responders.refusal import asked, refusal

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a token may consist of (RFC 6750, section 2.1)."""
_CODE: Final = re.compile(r"[a-z_]{1,60}")
_EARLY_S: Final = 10.0

How = Literal["basic", "post"]
"""Where a client's secret is put: into a header, or into the form."""


class Bearer(Protocol):
    """A token. `forget` drops one that is not taken any more; whether there may be another."""

    def token(self) -> str:
        """The token that holds. Raises RetryError, RefusedError."""
        ...

    def forget(self) -> bool:
        """Whether it is worth to ask again."""
        ...

    def close(self) -> None:
        """Lets go of what it holds."""
        ...


class Given:
    """One that the settings have. Raises ValueError where it is none."""

    def __init__(self, token: str) -> None:
        if _TOKEN.fullmatch(token) is None:
            raise ValueError("token: expected a token (letters, digits and -._~+/ only)")
        self._token = token

    def token(self) -> str:
        """It."""
        return self._token

    def forget(self) -> bool:
        """There is no other."""
        return False

    def close(self) -> None:
        """Nothing is held."""


class Credentials(Struct, frozen=True, kw_only=True):
    """Who asks for a token, and for what."""

    client_id: str
    client_secret: str
    scope: str | None = None
    how: How = "basic"

    def __repr__(self) -> str:
        return f"Credentials({self.client_id!r})"


class Granted:
    """One that a server gives for a client's secret, and for a while. `now` gives ms."""

    def __init__(self, client: Client, credentials: Credentials, now: Callable[[], int]) -> None:
        self._client = client
        self._credentials = credentials
        self._now = now
        self._token: str | None = None
        self._until = 0

    def token(self) -> str:
        """The one that there is, or a new one."""
        if self._token is None or self._now() >= self._until:
            found = self._asked()
            self._token = found.access_token
            lasts = max(found.expires_in - _EARLY_S, found.expires_in / 2)
            self._until = self._now() + round(max(0.0, min(lasts, 86_400.0)) * 1_000)
        return self._token

    def forget(self) -> bool:
        """The next one is a new one."""
        had = self._token is not None
        self._token = None
        return had

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()

    def _asked(self) -> "_Found":
        given = self._credentials
        form = {"grant_type": "client_credentials"}
        headers = {"Accept": "application/json"}
        if given.scope is not None:
            form["scope"] = given.scope
        if given.how == "basic":
            headers["Authorization"] = _basic(given)
        else:
            form |= {"client_id": given.client_id, "client_secret": given.client_secret}
        answer = asked(self._client, "POST", "", form=form, headers=headers)
        if answer.status in (400, 401):
            raise RefusedError(
                f"{self._client.server} gives client {given.client_id} no token ({_code(answer)}); "
                "check client_id and client_secret"
            )
        if answer.status != 200:
            raise refusal(self._client.server, answer, "to give a token")
        return _read(self._client.server, answer.body)


class _Found(Struct, frozen=True):
    access_token: str
    expires_in: float = 60.0


def _read(server: str, body: bytes) -> _Found:
    try:
        found = msgspec.json.decode(body, type=_Found, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _Found("")
    if _TOKEN.fullmatch(found.access_token) is None:
        # What is wrong with it is not told: it may hold half a token.
        raise RefusedError(f"{server} answers with no token; is it the right address?")
    return found


def _basic(given: Credentials) -> str:
    """As RFC 6749, section 2.3.1, has it: each half is encoded by itself."""
    pair = f"{quote_plus(given.client_id)}:{quote_plus(given.client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _code(answer: Answer) -> str:
    """The `error` of an OAuth error answer (RFC 6749, section 5.2)."""
    try:
        code = msgspec.json.decode(answer.body, type=dict[str, object]).get("error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        code = None
    plain = isinstance(code, str) and _CODE.fullmatch(code) is not None
    return f"HTTP {answer.status}, {code}" if plain else f"HTTP {answer.status}"
