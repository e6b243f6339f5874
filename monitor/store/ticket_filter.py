"""Which tickets are wanted, in which order, and behind which of them a page begins."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Select, func, or_, select, tuple_

from alerts.incident import Category
from alerts.ticket import Kind, Status
from detectors.core.finding import Severity
from monitor.search import asked
from monitor.store import tables

OPEN: Final = frozenset((Status.NEW, Status.TRIAGED, Status.IN_PROGRESS))
EVERY: Final = frozenset(Status)
STATUSES: Final[Mapping[str, frozenset[Status]]] = {
    "open": OPEN,
    **{status.value: frozenset((status,)) for status in Status},
    "all": EVERY,
}
"""By the words that ask for them."""
_NEVER: Final = (1 << 63) - 1
_TABLE = tables.tickets

Cursor = tuple[int, ...]
"""What a list is sorted by, of the last ticket that was shown."""


class Order(StrEnum):
    """What comes first."""

    URGENT = "urgent"
    """What is due first; what waits for nothing comes last."""
    NEWEST = "newest"
    """What changed last."""
    SEVEREST = "severest"
    """What is gravest, and of those what changed last."""

    @property
    def length(self) -> int:
        """How many numbers a place in it has."""
        return 3 if self is Order.SEVEREST else 2


class TicketFilter(Struct, frozen=True, kw_only=True):
    """Which tickets; None is any. From a severity up; of words that are in them, each by how it
    begins; due before a time (ms); held back by a suppression or not. An `assignee` of "" is
    nobody. `by_tenant`: words are looked for in tenants' names only."""

    statuses: frozenset[Status] = OPEN
    severity: Severity = Severity.INFORMATIONAL
    category: Category | None = None
    kind: Kind | None = None
    tenant: str | None = None
    assignee: str | None = None
    tag: str | None = None
    text: str = ""
    by_tenant: bool = False
    due_before: int | None = None
    held: bool | None = False
    held_by: int | None = None
    withdrawn: bool | None = None
    subject_key: int | None = None
    order: Order = Order.URGENT


def matching(query: Select[Any], wanted: TicketFilter) -> Select[Any]:
    """The query with these conditions."""
    table = _TABLE
    if wanted.statuses != EVERY:
        query = query.where(table.c.status.in_(sorted(one.value for one in wanted.statuses)))
    if wanted.severity > Severity.INFORMATIONAL:
        query = query.where(table.c.severity >= int(wanted.severity))
    for column, value in (
        (table.c.category, None if wanted.category is None else wanted.category.value),
        (table.c.kind, None if wanted.kind is None else wanted.kind.value),
        (table.c.tenant, wanted.tenant),
        (table.c.withdrawn, wanted.withdrawn),
        (table.c.subject_key, wanted.subject_key),
        (table.c.suppressed_by, wanted.held_by),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.assignee is not None:
        query = query.where(_assigned(wanted.assignee))
    if wanted.tag is not None:
        query = query.where(_tagged(tables.ticket_tags.c.tag == wanted.tag))
    if wanted.due_before is not None:
        query = query.where(table.c.due < wanted.due_before)
    if wanted.held is not None:
        is_held = table.c.suppressed_by.is_not(None)
        query = query.where(is_held if wanted.held else ~is_held)
    return _with_words(query, wanted) if wanted.text.strip() else query


def ordered(query: Select[Any], order: Order, after: Cursor | None) -> Select[Any]:
    """The query in an order, from behind a place on."""
    table = _TABLE
    if order is Order.URGENT:
        columns = (func.coalesce(table.c.due, _NEVER), table.c.id)
        if after is not None:
            query = query.where(tuple_(*columns) > tuple_(*after))
        return query.order_by(*columns)
    newest = (table.c.updated, table.c.id)
    last = (table.c.severity, *newest) if order is Order.SEVEREST else newest
    if after is not None:
        query = query.where(tuple_(*last) < tuple_(*after))
    return query.order_by(*(column.desc() for column in last))


def place(order: Order, due: int | None, updated: int, severity: int, number: int) -> Cursor:
    """The place of a ticket in a list."""
    if order is Order.URGENT:
        return _NEVER if due is None else due, number
    return (severity, updated, number) if order is Order.SEVEREST else (updated, number)


def _assigned(assignee: str) -> Any:
    column = _TABLE.c.assignee
    return column == assignee if assignee else column.is_(None)


def _tagged(condition: Any) -> Any:
    return _TABLE.c.id.in_(select(tables.ticket_tags.c.ticket_id).where(condition))


def _with_words(query: Select[Any], wanted: TicketFilter) -> Select[Any]:
    """Each word begins one of the ticket's own, of its comments or of its tags; a number is also
    the ticket's."""
    text = wanted.text.strip()
    if wanted.by_tenant:
        return query.where(_TABLE.c.tenant.icontains(text, autoescape=True))
    words = asked(text)
    number = text.removeprefix("#")
    is_number = number.isascii() and number.isdigit() and len(number) <= 18
    if not words:
        return query.where(_TABLE.c.id < 0)
    tag = tables.ticket_tags.c.tag
    held = [
        or_(
            _TABLE.c.search.contains(f" {word}", autoescape=True),
            _tagged((tag >= word) & (tag < end)),
        )
        for word, end in words
    ]
    condition = held[0]
    for one in held[1:]:
        condition = condition & one
    return query.where(or_(condition, _TABLE.c.id == int(number)) if is_number else condition)
