"""Asks the provider over HTTP: what it is, its keys, a token for a code, and who somebody is.

Every answer is bounded in size and in the time that it may take as a whole, redirects are not
followed, and what it says is remembered for a while: pages that ask often cost it nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx2
import msgspec
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from msgspec import Struct

from monitor.oidc import keys as keys_of
from monitor.oidc import metadata as metadata_of
from monitor.oidc.client import Client
from monitor.oidc.keys import Key
from monitor.oidc.metadata import Metadata
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.remembered import Remembered
from monitor.oidc.terms import Terms

T = TypeVar("T")


class Limits(Struct, frozen=True):
    """Seconds: for a step of a request, and for all of it."""

    step_s: float = 5.0
    whole_s: float = 10.0


class Tokens(Struct, frozen=True):
    """What a code was exchanged for."""

    id_token: str
    access_token: str | None


class Provider:
    """One provider, as the settings have it. One for each process; safe between threads."""

    def __init__(self, terms: Terms, redirect_uri: str, limits: Limits | None = None) -> None:
        if terms.issuer is None or terms.client_id is None:
            raise ValueError("no provider is set")
        self.terms = terms
        self.issuer = terms.issuer
        self.client_id = terms.client_id
        self.redirect_uri = redirect_uri
        self._limits = limits or Limits()
        self._metadata = Remembered(self._ask_metadata)
        self._keys = Remembered(self._ask_keys)

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises RefusedError."""
        return await self._metadata.get()

    async def algorithms(self) -> tuple[str, ...]:
        """By what it signs. Raises RefusedError."""
        return (await self.metadata()).algorithms

    async def keys(self, kid: str | None) -> tuple[Key, ...]:
        """Its keys; read again when none is called `kid`, at most every 30 seconds: a flood of
        names must not become one of requests. Raises RefusedError."""
        return await self._keys.get(lambda keys: kid is None or any(key.kid == kid for key in keys))

    async def authorization_url(
        self, state: str, nonce: str, verifier: str, *, is_fresh: bool, language: str
    ) -> str:
        """Where to send a browser; `is_fresh` asks that the person proves again who they are.
        Raises RefusedError."""
        found = await self.metadata()
        more = {"acr_values": " ".join(self.terms.acr)} if self.terms.acr else {}
        if is_fresh:
            more |= {"prompt": "login", "max_age": "0"}
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                found.authorization_endpoint,
                state=state,
                code_verifier=verifier,
                nonce=nonce,
                ui_locales=language,
                **more,
            )
        return str(url)

    async def exchange(self, code: str, verifier: str) -> Tokens:
        """What the provider gives for a code. Raises RefusedError."""
        found = await self.metadata()

        async def ask() -> Mapping[str, Any]:
            async with self._client(found) as client:
                try:
                    answer: Mapping[str, Any] = await client.fetch_token(
                        found.token_endpoint,
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=verifier,
                    )
                except httpx2.HTTPStatusError as error:
                    status = error.response.status_code
                    why = f"the provider answers {status} where a code is exchanged"
                    raise RefusedError(Reason.UNREACHABLE, why) from None
                except (ValueError, TypeError, AttributeError, RecursionError) as error:
                    # Of an answer that is no JSON, or no object: the package reads it all the same.
                    why = f"the provider's answer to a code: {type(error).__name__}"
                    raise RefusedError(Reason.NOT_UNDERSTOOD, why) from error
                return answer

        answer = await self._bounded(ask)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str | None):
            raise RefusedError(Reason.NOT_UNDERSTOOD, "the provider gave no id token for the code")
        return Tokens(id_token, access_token)

    async def userinfo(self, access_token: str, sub: str) -> dict[str, Any]:
        """What else the provider tells of a person (Core 1.0, section 5.3); nothing where it has
        no such endpoint. Raises RefusedError, also when it tells of somebody else."""
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None:
            return {}
        raw = await self._get(endpoint, {"Authorization": f"Bearer {access_token}"})
        try:
            told = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RefusedError(Reason.NOT_UNDERSTOOD, f"the provider's userinfo: {error}") from None
        if told.get("sub") != sub:
            raise RefusedError(Reason.NOT_PROVED, "the provider's userinfo is somebody else's")
        return told

    async def _ask_metadata(self) -> Metadata:
        raw = await self._get(metadata_of.address_of(self.issuer))
        return metadata_of.read(raw, self.issuer)

    async def _ask_keys(self) -> tuple[Key, ...]:
        return keys_of.read(await self._get((await self.metadata()).jwks_uri))

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> bytes:
        async def ask() -> bytes:
            async with self._client() as client:
                answer = await client.request(
                    "GET", url, withhold_token=True, headers=dict(headers or {})
                )
                if answer.status_code != httpx2.codes.OK:
                    raise RefusedError(
                        Reason.UNREACHABLE,
                        f"the provider answers {answer.status_code} where {_path(url)} is asked",
                    )
                return bytes(answer.content)

        return await self._bounded(ask)

    async def _bounded(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._limits.whole_s):
                return await ask()
        except TimeoutError:
            whole = f"{self._limits.whole_s:g} s"
            raise RefusedError(
                Reason.UNREACHABLE, f"the provider does not answer within {whole}"
            ) from None
        except OAuthError as error:
            told = f"{_shown(error.error)} {_shown(error.description)}".strip()
            raise RefusedError(Reason.PROVIDER_ERROR, f"the provider says {told}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise RefusedError(
                Reason.UNREACHABLE,
                f"the provider cannot be asked: {type(error).__name__} {_shown(error)}".strip(),
            ) from error

    def _client(self, found: Metadata | None = None) -> Client:
        secret = self.terms.client_secret
        return Client(
            self.client_id,
            secret,
            token_endpoint_auth_method=found and found.authentication(secret is not None),
            scope=" ".join(self.terms.scopes),
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=self._limits.step_s,
        )


def _path(url: str) -> str:
    return url.partition("?")[0][-80:]


def _shown(text: object) -> str:
    """A stranger's words, as a log can hold them."""
    plain = str(text or "")[:200]
    return "".join(c if c.isprintable() else "?" for c in plain)
