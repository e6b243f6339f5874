"""What setting up a factor is to pages and programs: permissions, links, and what came of it."""

from enum import StrEnum

from msgspec import Struct

from detectors.core.detector import Text
from monitor.services.factors import FactorView
from monitor.services.subscriber import Subscriber
from monitor.store.enrolments import LinkRow
from monitor.trouble import Trouble


class EnrolmentError(Trouble):
    """A factor cannot be set up now; `text` says why, and what can be done, in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(english, french)


class Permission(Struct, frozen=True):
    """Whether somebody may set up a factor; where not, what they are told."""

    allowed: bool
    why: Text = Text("", "")


class LinkState(StrEnum):
    """How far a link is."""

    WAITING = "waiting"
    OPENED = "opened"
    USED = "used"
    OVER = "over"
    """It was withdrawn, replaced, or its time is over."""


class LinkView(Struct, frozen=True, kw_only=True):
    """A link as reviewers see it: never the link itself. Times are ms; `issuer` is a reference."""

    handle: str
    purpose: str
    state: LinkState
    issuer: str
    created: int
    expires: int
    opened: int | None
    used: int | None


class Issued(Struct, frozen=True, kw_only=True):
    """A new link, shown this once; until when (ms) it can be opened."""

    handle: str
    link: str
    expires: int


class Enrolling(Struct, frozen=True, kw_only=True):
    """What a ticket lets somebody do, until when (ms): set up a first factor, or with `is_recovery`
    a new one in place of all that were lost; as long as `permission` allows it. `language` is that
    of the link, empty where there is none."""

    handle: str
    subscriber: Subscriber
    is_recovery: bool
    expires: int
    language: str
    permission: Permission


class Enrolled(Struct, frozen=True, kw_only=True):
    """What was set up, with the new recovery codes, which are shown this once; none where there was
    no time to make them: the account's page does then."""

    factor: FactorView
    codes: list[str]
    is_recovery: bool


def link_view(row: LinkRow, now: int) -> LinkView:
    """A link at `now` (ms) as it is shown."""
    return LinkView(
        handle=row.handle,
        purpose=row.purpose,
        state=_state(row, now),
        issuer=row.issuer,
        created=row.created,
        expires=row.expires,
        opened=row.opened,
        used=row.used,
    )


def _state(row: LinkRow, now: int) -> LinkState:
    if row.used is not None:
        return LinkState.USED
    if row.expires <= now:
        return LinkState.OVER
    return LinkState.WAITING if row.opened is None else LinkState.OPENED
