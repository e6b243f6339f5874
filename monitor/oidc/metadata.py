"""What a provider says of itself (OpenID Connect Discovery 1.0, RFC 8414), read and bounded."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import is_endpoint

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""Signatures that are taken: by a private key that only the provider has. Never `none`, and no
`HS…`, whose key is one that both have."""

_Address = Annotated[str, Meta(max_length=2_048)]
_Names = Annotated[tuple[Annotated[str, Meta(max_length=128)], ...], Meta(max_length=200)]


class Metadata(Struct, frozen=True, kw_only=True):
    """Where a provider is asked for what. Names are those of the specification."""

    issuer: _Address
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    userinfo_endpoint: _Address | None = None
    end_session_endpoint: _Address | None = None
    token_endpoint_auth_methods_supported: _Names = ("client_secret_basic",)
    id_token_signing_alg_values_supported: _Names = ("RS256",)
    code_challenge_methods_supported: _Names | None = None
    authorization_response_iss_parameter_supported: bool = False
    backchannel_logout_supported: bool = False
    backchannel_logout_session_supported: bool = False

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The signatures that the provider makes and that are taken."""
        return tuple(a for a in ALGORITHMS if a in self.id_token_signing_alg_values_supported)

    def authentication(self, has_secret: bool) -> str:
        """How we say who we are where the code is exchanged (Core 1.0, section 9)."""
        if not has_secret:
            return "none"
        supported = self.token_endpoint_auth_methods_supported
        basic, post = "client_secret_basic", "client_secret_post"
        return post if post in supported and basic not in supported else basic


def address_of(issuer: str) -> str:
    """Where a provider says it (Discovery 1.0, section 4)."""
    return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"


def read(raw: bytes, issuer: str) -> Metadata:
    """What the provider says, if it is who it should be. Raises RefusedError."""
    try:
        found = msgspec.json.decode(raw, type=Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refused(str(error)) from error
    if found.issuer != issuer:
        raise _refused(f"it calls itself {found.issuer[:200]!r}, and not as the settings do")
    for name in _ENDPOINTS:
        address = getattr(found, name)
        if address is not None and not is_endpoint(address):
            raise _refused(f"its {name} is not https: {address[:200]!r}")
        if address is not None and issuer.startswith("https:") and not address.startswith("https:"):
            raise _refused(f"its {name} is on this very machine: {address[:200]!r}")
    if not found.algorithms:
        raise _refused("it signs id tokens in no way that is taken")
    return found


def _refused(why: str) -> RefusedError:
    return RefusedError(Reason.NOT_UNDERSTOOD, f"the provider's metadata: {why}")


_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
)
