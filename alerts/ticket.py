"""A ticket: what people make of an incident, step by step, and by when they should.

The engine's incidents change as evidence comes; a ticket is people's, and only they close it. New
evidence opens it again. Pure: each function takes a ticket and gives the next one.
"""

import math
from enum import IntEnum, StrEnum
from typing import Final

from msgspec import UNSET, Struct, UnsetType, structs

from detectors.core.detector import Text
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Severity


class Kind(StrEnum):
    """What a ticket is about."""

    INCIDENT = "incident"
    """What the engine found."""
    REPORT = "report"
    """What somebody reported."""
    APPEAL = "appeal"
    """A person contests what was decided about them."""
    GUARDRAIL = "guardrail"
    """More would have been done by itself than the policy allows."""
    UNFINISHED = "unfinished"
    """Something that was to be done was not, or only in part."""


class Status(StrEnum):
    """How far people are."""

    NEW = "new"
    TRIAGED = "triaged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"


class Disposition(StrEnum):
    """What people found."""

    TRUE_POSITIVE = "true_positive"
    FALSE_POSITIVE = "false_positive"
    BENIGN_EXPLAINED = "benign_explained"
    AUTHORISED = "authorised"
    DUPLICATE = "duplicate"


class Clock(StrEnum):
    """What a ticket waits for."""

    TRIAGE = "triage"
    RESOLUTION = "resolution"


class Warned(IntEnum):
    """What was told so far of what a ticket waits for."""

    NOTHING = 0
    NEAR = 1
    PAST = 2


class Limits(Struct, frozen=True):
    """How long it may take from its opening to be looked at, and to be closed (ms)."""

    triage: int
    resolution: int


LIMITS: Final = {
    Severity.CRITICAL: Limits(15 * MINUTE, 4 * HOUR),
    Severity.HIGH: Limits(HOUR, DAY),
    Severity.MEDIUM: Limits(8 * HOUR, 5 * DAY),
    Severity.LOW: Limits(3 * DAY, 30 * DAY),
    Severity.INFORMATIONAL: Limits(30 * DAY, 90 * DAY),
}
"""What people aim at, unless the settings say something else."""
NEAR: Final = 0.75
"""From this share of its time on, a ticket is told to be due soon."""

_MOVES: Final = {
    Status.NEW: (Status.TRIAGED, Status.IN_PROGRESS, Status.RESOLVED),
    Status.TRIAGED: (Status.IN_PROGRESS, Status.RESOLVED, Status.NEW),
    Status.IN_PROGRESS: (Status.TRIAGED, Status.RESOLVED),
    Status.RESOLVED: (Status.TRIAGED, Status.IN_PROGRESS),
}


class TicketError(ValueError):
    """A ticket cannot go there; `text` says why in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(en=english, fr=french)


class Ticket(Struct, frozen=True, kw_only=True):
    """Where a ticket stands. Times are ms since 1970 UTC.

    `opened` is when it was opened last: clocks run from there. `triaged` and `resolved` are None
    until it was so since. `reopened` counts how often evidence opened it again. `assignee` is a
    reviewer's id.
    """

    severity: Severity
    opened: int
    status: Status = Status.NEW
    disposition: Disposition | None = None
    assignee: str | None = None
    triaged: int | None = None
    resolved: int | None = None
    reopened: int = 0


class Due(Struct, frozen=True):
    """What a ticket waits for, by when (ms), and whether that is near or past."""

    clock: Clock
    at: int
    is_near: bool
    is_past: bool


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people change of a ticket; what is not said stays. Tags are added and taken away.

    An `assignee` of None is nobody. Where only a disposition is said, a ticket is resolved by it.
    """

    status: Status | UnsetType = UNSET
    disposition: Disposition | UnsetType = UNSET
    assignee: str | UnsetType | None = UNSET
    add_tags: frozenset[str] = frozenset()
    remove_tags: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return self == Change()

    @property
    def is_of_tags(self) -> bool:
        """Whether it says nothing but of tags."""
        return self.status is UNSET and self.disposition is UNSET and self.assignee is UNSET


def moves(ticket: Ticket) -> tuple[Status, ...]:
    """Where a ticket can go from here."""
    return _MOVES[ticket.status]


def move(
    ticket: Ticket, status: Status, now: int, disposition: Disposition | None = None
) -> Ticket:
    """The ticket where people put it. Raises TicketError.

    What is resolved says what was found; what is open says nothing of it.
    """
    if status is ticket.status and disposition is ticket.disposition:
        return ticket
    if status is not ticket.status and status not in _MOVES[ticket.status]:
        raise TicketError(
            f"a ticket does not go from {ticket.status} to {status}",
            f"un ticket ne passe pas de {ticket.status} à {status}",
        )
    if (status is Status.RESOLVED) is not (disposition is not None):
        raise TicketError(
            "what is resolved, and nothing else, says what was found",
            "ce qui est résolu, et rien d'autre, dit ce qui a été trouvé",
        )
    if status is Status.RESOLVED:
        return structs.replace(
            ticket,
            status=status,
            disposition=disposition,
            triaged=ticket.triaged or now,
            resolved=now if ticket.resolved is None else ticket.resolved,
        )
    is_triaged = status is not Status.NEW
    return structs.replace(
        ticket,
        status=status,
        disposition=None,
        resolved=None,
        opened=now if ticket.status is Status.RESOLVED else ticket.opened,
        triaged=(ticket.triaged or now) if is_triaged else None,
    )


def assign(ticket: Ticket, assignee: str | None, now: int) -> Ticket:
    """The ticket in somebody's hands, or in nobody's; taking it is looking at it."""
    is_taken = assignee is not None and ticket.status is Status.NEW
    return structs.replace(
        ticket,
        assignee=assignee,
        status=Status.TRIAGED if is_taken else ticket.status,
        triaged=now if is_taken else ticket.triaged,
    )


def changed(ticket: Ticket, change: Change, now: int) -> Ticket:
    """The ticket after a change of people's. Raises TicketError.

    It is given to somebody first, and then put where it is to go.
    """
    made = ticket
    if change.assignee is not UNSET and change.assignee != ticket.assignee:
        made = assign(made, change.assignee, now)
    if change.status is UNSET and change.disposition is UNSET:
        return made
    disposition = None if change.disposition is UNSET else change.disposition
    status = change.status
    if status is UNSET:
        status = Status.RESOLVED
    elif status is Status.RESOLVED and disposition is None:
        disposition = made.disposition
    return move(made, status, now, disposition)


def evidence(ticket: Ticket, severity: Severity, now: int) -> Ticket:
    """The ticket after new evidence at `now`, of an incident that is of this severity by then.

    What was resolved opens again, its former findings forgotten and in the same hands. A ticket
    whose incident became graver begins its clocks anew.
    """
    if ticket.status is Status.RESOLVED:
        return Ticket(
            severity=severity,
            opened=now,
            assignee=ticket.assignee,
            reopened=ticket.reopened + 1,
        )
    if severity > ticket.severity:
        return structs.replace(ticket, severity=severity, opened=now)
    return structs.replace(ticket, severity=severity)


def due(ticket: Ticket, now: int, limits: dict[Severity, Limits] | None = None) -> Due | None:
    """What a ticket waits for; None for one that is resolved."""
    if ticket.status is Status.RESOLVED:
        return None
    limit = (limits or LIMITS)[ticket.severity]
    clock = Clock.TRIAGE if ticket.status is Status.NEW else Clock.RESOLUTION
    length = limit.triage if clock is Clock.TRIAGE else limit.resolution
    gone = now - ticket.opened
    return Due(clock, ticket.opened + length, gone >= NEAR * length, gone >= length)


def wakes(
    ticket: Ticket, warned: Warned, limits: dict[Severity, Limits] | None = None
) -> int | None:
    """When (ms) the next warning of a clock is due, after what was told; None for never."""
    found = due(ticket, ticket.opened, limits)
    if found is None or warned is Warned.PAST:
        return None
    if warned is Warned.NEAR:
        return found.at
    return ticket.opened + math.ceil(NEAR * (found.at - ticket.opened))


def warning(
    ticket: Ticket, warned: Warned, now: int, limits: dict[Severity, Limits] | None = None
) -> Warned | None:
    """What is to be told of a ticket's clock now, after what was; None for nothing."""
    found = due(ticket, now, limits)
    if found is None:
        return None
    told = Warned.PAST if found.is_past else Warned.NEAR if found.is_near else Warned.NOTHING
    return told if told > warned else None


def is_anew(before: Ticket, after: Ticket, limits: dict[Severity, Limits] | None = None) -> bool:
    """Whether another clock runs than did: what was told of the former one says nothing of it."""
    one, other = due(before, before.opened, limits), due(after, after.opened, limits)
    if one is None or other is None:
        return one is not other
    return (one.clock, one.at) != (other.clock, other.at)
