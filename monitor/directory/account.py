"""An account of a watched service: whose it is, what it is for, and who says so."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from detectors.core.identity import Subject, SubjectKind, digest
from monitor.directory.origin import Provenance

MAXIMUM_UID: Final = 1_024
MAXIMUM_NAME: Final = 256
MAXIMUM_TEXT: Final = 1_000
MAXIMUM_LIST: Final = 64
"""Roles, tags, aliases, methods or providers of one account."""

_ANYWHERE: Final = 12 * HOUR
# A log's own name may have anything in it but what no database keeps.
Uid: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAXIMUM_UID, pattern=r"^[^\x00]*\Z")]
# No control characters; the directory's names are one line each.
Name: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=MAXIMUM_NAME, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")
]
Line: TypeAlias = Annotated[
    str, Meta(max_length=MAXIMUM_TEXT, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")
]
Aliases: TypeAlias = Annotated[tuple[Uid, ...], Meta(max_length=MAXIMUM_LIST)]
Names: TypeAlias = Annotated[tuple[Name, ...], Meta(max_length=MAXIMUM_LIST)]
Externals: TypeAlias = Annotated[dict[Name, Name], Meta(max_length=MAXIMUM_LIST)]


class State(StrEnum):
    """Whether the account is in use. PROVISIONAL: seen in the logs, and nobody said whose it is."""

    PROVISIONAL = "provisional"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    OFFBOARDED = "offboarded"


class Mfa(StrEnum):
    """The second factor that the account has: nobody said, none, a weak one (a code by SMS or
    e-mail, a call, a push that is only approved), a strong one (an authenticator's code, a passkey,
    a key)."""

    UNKNOWN = "unknown"
    NONE = "none"
    WEAK = "weak"
    STRONG = "strong"


class Sharing(Struct, frozen=True, kw_only=True):
    """That several people may use the account: who answers for it, why, and in which time.

    `since` and `until` are ms since 1970 UTC; there is no sharing without an end.
    """

    owner: Name
    reason: Annotated[str, Meta(min_length=1, max_length=MAXIMUM_TEXT)]
    since: int
    until: int


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one account.

    `tenant` and `uid` are the log's, verbatim, and never change. `external` are its ids at other
    systems, by provider; `aliases` other names that logs may know it by (letter case aside).
    `started` and `ended` are the first and the last day of employment. `sharing` is set exactly
    when `kind` is SHARED. `tags` are words of people's own, by which policies tell accounts apart.
    `origins` says who said each field (`external.PROVIDER` for an id).
    """

    tenant: Uid
    uid: Uid
    kind: AccountKind = AccountKind.PERSON
    state: State = State.PROVISIONAL
    display_name: Line = ""
    email: Line = ""
    roles: Names = ()
    privileged: bool = False
    external: Externals = field(default_factory=dict)
    aliases: Aliases = ()
    mfa: Mfa = Mfa.UNKNOWN
    mfa_methods: Names = ()
    started: date | None = None
    ended: date | None = None
    locale: Line = ""
    sharing: Sharing | None = None
    tags: Names = ()
    origins: dict[str, Provenance] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """What findings and incidents call it."""
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.uid)

    @property
    def reference(self) -> str:
        """What stands for it where nobody is named."""
        return f"account:{self.subject.key()}"

    def state_at(self, at: int) -> State:
        """Whether it is in use at a time (ms): not once the last day of employment is over in
        every time zone."""
        if self.ended is not None and at >= midnight(self.ended) + DAY + _ANYWHERE:
            return State.OFFBOARDED
        return self.state

    def kind_at(self, at: int) -> AccountKind:
        """What it is for at a time (ms): shared only while that is authorised, else a person's."""
        shared = self.sharing
        if self.kind is AccountKind.SHARED and (
            shared is None or not shared.since <= at < shared.until
        ):
            return AccountKind.PERSON
        return self.kind


class AccountChanges(Struct, frozen=True, kw_only=True):
    """Fields of an account to set; those left UNSET stay. An `external` id of None is taken away,
    providers that are not named stay."""

    kind: AccountKind | UnsetType = UNSET
    state: State | UnsetType = UNSET
    display_name: Line | UnsetType = UNSET
    email: Line | UnsetType = UNSET
    roles: Names | UnsetType = UNSET
    privileged: bool | UnsetType = UNSET
    external: Annotated[dict[Name, Name | None], Meta(max_length=MAXIMUM_LIST)] | UnsetType = UNSET
    aliases: Aliases | UnsetType = UNSET
    mfa: Mfa | UnsetType = UNSET
    mfa_methods: Names | UnsetType = UNSET
    started: date | UnsetType | None = UNSET
    ended: date | UnsetType | None = UNSET
    locale: Line | UnsetType = UNSET
    sharing: Sharing | UnsetType | None = UNSET
    tags: Names | UnsetType = UNSET


def is_excepted(before: Account, after: Account) -> bool:
    """Whether a change lets pass what raises an alarm of a person's account: of the account, or of
    one that is another name of it from now on. Several people may use a shared one and a kiosk, a
    program goes on around the clock, and nothing is ever done by itself to any of them."""
    if after.kind is AccountKind.PERSON:
        return False
    if (before.kind, before.sharing) != (after.kind, after.sharing):
        return True
    return not {fold(name) for name in after.aliases} <= {fold(name) for name in before.aliases}


FIELDS: Final = AccountChanges.__struct_fields__
"""Names of what can be set."""


def midnight(day: date) -> int:
    """The first ms of a day, UTC, since 1970."""
    return (day - date(1970, 1, 1)).days * DAY


def account_id(tenant: str, uid: str) -> bytes:
    """The 16 bytes by which addresses and programs know an account: the same for ever."""
    return digest("directory", "account", tenant, uid)


def fold(name: str) -> str:
    """A name as names are compared."""
    return name.strip().casefold()


def given(changes: AccountChanges) -> Mapping[str, object]:
    """The fields that are set, by name."""
    told = {name: getattr(changes, name) for name in FIELDS}
    return {name: value for name, value in told.items() if value is not UNSET}
