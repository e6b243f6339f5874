"""What is true in a simulated world: of every event, every account and every misdeed."""

from msgspec import Struct

BENIGN = "benign"
MAXIMUM_SOURCES = 64
MAXIMUM_ACCOUNTS = 1_000


class EventLabel(Struct, frozen=True, gc=False):
    """Of one line: its native uid, whose account it is about, and what it is part of.

    `behaviour` is `benign` or a misdeed's; `incident` the misdeed's id, None when benign.
    """

    uid: str
    time: int
    tenant: str
    account: str | None
    persona: str
    behaviour: str = BENIGN
    incident: str | None = None


class AccountLabel(Struct, frozen=True):
    """Of one account: who uses it, and the ids of the misdeeds done with or to it.

    `kind` is what the directory says: person, service, kiosk or shared. `allowed_to_share`: several
    people use it with everybody's knowledge. `traits` are what is particular about its owner.
    `held_back`: its persona is for reporting on, and not for tuning or training.
    """

    tenant: str
    account: str
    name: str
    persona: str
    site: str = ""
    behaviours: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    kind: str = "person"
    allowed_to_share: bool = False
    traits: tuple[str, ...] = ()
    held_back: bool = False


class IncidentLabel(Struct, frozen=True):
    """Of one misdeed: times in ms of its first and last act, and how many it has.

    `account` is None when it is done to several `accounts` (at most `MAXIMUM_ACCOUNTS` are told).
    `success`: somebody else got in. `minor`: nothing to call a reviewer for. `sources` are its
    addresses, at most `MAXIMUM_SOURCES`. `held_back`: its strategy is for reporting on, and not for
    tuning or training. A misdeed with several sides is an incident for each: of a spraying that
    gets into an account, the account's takeover is another one, and names the first in `part_of`.
    """

    id: str
    tenant: str
    account: str | None
    accounts: tuple[str, ...]
    behaviour: str
    strategy: str
    start: int
    end: int
    events: int
    success: bool
    minor: bool
    sources: tuple[str, ...]
    held_back: bool = False
    part_of: str | None = None
