"""What the settings say of the provider: who it is, and what it has to say of a person."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from monitor.geodata.address import is_safe

CALLBACK = "/oidc/callback"
"""Where the provider sends browsers back to, under the console's public address."""
LOGOUT = "/oidc/logout"
"""Where the provider says that somebody left (back-channel)."""

_Text = Annotated[str, Meta(min_length=1, max_length=256)]
_Claim = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"\A[!-~]+\Z")]
RoleName = Literal["viewer", "analyst", "approver", "administrator", "tenant_contact"]


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign-in by an OpenID provider; without `issuer` there is none.

    `name` is what the sign-in page calls it. A claim is named as it is in the id token, with dots
    to what is inside another (`realm_access.roles`). `roles` gives the role for each value of
    `roles_claim`. With `second_factor` "token", the id token has to show one of `acr` or of `amr`
    (RFC 8176); "provider" says that the provider lets nobody in without one. `groups`, if any, are
    values of `groups_claim` of which one is needed, `email_domains` domains of a verified address.
    Without `provision`, only reviewers who have linked themselves can sign in.
    """

    issuer: str | None = None
    client_id: _Text | None = None
    client_secret: Annotated[str, Meta(min_length=1, max_length=1_024)] | None = None
    name: Annotated[str, Meta(min_length=1, max_length=40)] = "OpenID Connect"
    scopes: tuple[_Claim, ...] = ("openid", "profile", "email")
    roles_claim: _Claim = "roles"
    roles: dict[_Text, RoleName] = field(default_factory=dict)
    tenant_claim: _Claim | None = None
    groups_claim: _Claim = "groups"
    groups: tuple[_Text, ...] = ()
    email_domains: tuple[_Text, ...] = ()
    second_factor: Literal["token", "provider"] = "token"
    acr: tuple[_Claim, ...] = ()
    amr: tuple[_Claim, ...] = ("mfa",)
    allow_password_sign_in: bool = True
    provision: bool = True

    @property
    def is_on(self) -> bool:
        """Whether anybody can sign in by a provider."""
        return self.issuer is not None


def fault(terms: Terms) -> tuple[str, str] | None:
    """The first thing that types cannot say: the setting's name, and what was expected."""
    if terms == Terms(name=terms.name):
        return None
    has_contacts = "tenant_contact" in terms.roles.values()
    is_shown = terms.second_factor == "provider" or terms.acr or terms.amr
    expected = (
        (
            "issuer",
            terms.issuer is not None and is_issuer(terms.issuer),
            "the provider's address, such as https://id.example.com/realms/it: https, or on this "
            f"machine, without query, fragment or user; got {terms.issuer!r}",
        ),
        ("client_id", terms.client_id, "what the provider calls Vigie"),
        ("scopes", "openid" in terms.scopes, "openid among them"),
        ("roles", terms.roles, "a role for a value of roles_claim: nobody could sign in"),
        ("tenant_claim", terms.tenant_claim or not has_contacts, "what says a contact's tenant"),
        ("amr", is_shown, 'values of acr or amr, or second_factor = "provider"'),
    )
    for name, is_met, what in expected:
        if not is_met:
            return name, f"expected {what}"
    return None


def is_issuer(address: str) -> bool:
    """Whether this can be the issuer of a provider that is asked over a safe line."""
    return is_endpoint(address) and "?" not in address


def is_endpoint(address: str) -> bool:
    """Whether a provider may be asked there: https, or on this machine; no user, no fragment."""
    plain = address.isascii() and address.isprintable() and " " not in address
    return plain and "#" not in address and "@" not in address and is_safe(address)
