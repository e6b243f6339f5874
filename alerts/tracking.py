"""A ticket in an outer tracker: what stands there, and what it means here. Pure.

There are three kinds of statuses everywhere: nobody began, somebody is at it, it is over. People
may do with a ticket there what they may here, but for one thing: what is over says what was found,
and only a resolution that the settings translate says that.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from alerts.ports import Responder
from alerts.ticket import Disposition, Status, Ticket, TicketError, move


class Stage(StrEnum):
    """How far people are, in any tracker."""

    NEW = "new"
    BEGUN = "begun"
    OVER = "over"


STAGES: Final = {
    Status.NEW: Stage.NEW,
    Status.TRIAGED: Stage.NEW,
    Status.IN_PROGRESS: Stage.BEGUN,
    Status.RESOLVED: Stage.OVER,
}
"""What a status here is, elsewhere."""


class Outer(Struct, frozen=True, kw_only=True):
    """A ticket as it stands in the tracker: `ticket` is its number here, `reference` what it is
    called there, at this `address`; `status` and `resolution` are the tracker's words."""

    ticket: int
    reference: str
    address: str
    stage: Stage
    status: str
    resolution: str = ""

    @property
    def state(self) -> str:
        """What is kept of it, to see what changes: the stage and the words."""
        return f"{self.stage}:{self.status}:{self.resolution}"[:200]


class Tracker(Responder, Protocol):
    """A responder that keeps tickets, and can be asked for them."""

    def changed(self, minutes: int) -> list[Outer]:
        """Tickets of ours that changed there within so many minutes, as they stand. Raises
        RetryError, RefusedError."""
        ...


def stage_of(state: str | None) -> Stage | None:
    """How far people were, of what was kept."""
    word = (state or "").partition(":")[0]
    return Stage(word) if word in Stage.__members__.values() else None


def followed(
    ticket: Ticket, outer: Outer, dispositions: Mapping[str, Disposition], now: int
) -> Ticket | None:
    """The ticket after what people did in the tracker; None where that changes nothing here, or
    where it is over there and nobody said what was found."""
    if STAGES[ticket.status] is outer.stage:
        return None
    try:
        match outer.stage:
            case Stage.BEGUN:
                return move(ticket, Status.IN_PROGRESS, now)
            case Stage.OVER:
                found = dispositions.get(outer.resolution)
                return None if found is None else move(ticket, Status.RESOLVED, now, found)
            case Stage.NEW:
                return move(ticket, Status.TRIAGED, now)
    except TicketError:
        return None
