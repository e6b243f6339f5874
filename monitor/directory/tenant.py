"""A customer of the watched service: how it works and what it allows."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType, field

from detectors.core.context import Rules
from detectors.core.identity import digest
from monitor.directory.account import MAXIMUM_LIST, Line, Name, Uid
from monitor.directory.origin import Provenance

Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
Seats = Annotated[int, Meta(ge=1, le=10_000)]


class Contact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom to speak to at a tenant, and about what."""

    name: Name
    email: Line = ""
    phone: Line = ""
    about: Line = ""


Contacts = Annotated[tuple[Contact, ...], Meta(max_length=MAXIMUM_LIST)]


class Tenant(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one tenant.

    `uid` is the log's, verbatim. `zone` is an IANA name and `language` a BCP 47 tag, empty where
    nobody said. `seats` is how many sessions an account may have at once, None for any number;
    `countries` are ISO 3166-1 alpha-2 codes to sign in from, none named for any.
    """

    uid: Uid
    name: Line = ""
    zone: Line = ""
    language: Line = ""
    contacts: Contacts = ()
    plan: Line = ""
    seats: Seats | None = None
    countries: Annotated[tuple[Country, ...], Meta(max_length=300)] = ()
    mfa_required: bool = False
    origins: dict[str, Provenance] = field(default_factory=dict)

    @property
    def rules(self) -> Rules | None:
        """What it allows, as detectors have it; None where nobody said anything."""
        if not self.countries and self.seats is None and not self.mfa_required:
            return None
        countries = frozenset(self.countries)
        return Rules(countries, self.seats, mfa_required=self.mfa_required)


class TenantChanges(Struct, frozen=True, kw_only=True):
    """Fields of a tenant to set; those left UNSET stay."""

    name: Line | UnsetType = UNSET
    zone: Line | UnsetType = UNSET
    language: Line | UnsetType = UNSET
    contacts: Contacts | UnsetType = UNSET
    plan: Line | UnsetType = UNSET
    seats: Seats | UnsetType | None = UNSET
    countries: Annotated[tuple[Country, ...], Meta(max_length=300)] | UnsetType = UNSET
    mfa_required: bool | UnsetType = UNSET


TENANT_FIELDS: Final = TenantChanges.__struct_fields__
"""Names of what can be set."""


def tenant_id(uid: str) -> bytes:
    """The 16 bytes by which addresses and programs know a tenant: the same for ever."""
    return digest("directory", "tenant", uid)


def given_of(changes: TenantChanges) -> Mapping[str, object]:
    """The fields that are set, by name."""
    told = {name: getattr(changes, name) for name in TENANT_FIELDS}
    return {name: value for name, value in told.items() if value is not UNSET}
