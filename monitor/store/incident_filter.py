"""Which incidents are wanted, in which order, and behind which of them a page begins.

What few incidents have is looked up first and asked for by their ids; what many have is looked at
along the order of the list, which meets them soon. So neither walks through all there are.
"""

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, false, or_, select, true, tuple_

from alerts.incident import Category
from alerts.ticket import Status
from detectors.core.finding import Severity
from monitor.search import asked
from monitor.store import incident_words, tables

FEW: Final = 1_000
"""Incidents that are asked for by their ids."""
NOBODY: Final = ""
"""Whom an incident is with that nobody has taken."""
_TABLE = tables.incidents
_TICKETS = tables.tickets


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    """What something came to last."""
    SEVEREST = "severest"
    """What is gravest, and of those the newest."""
    OLDEST = "oldest"
    """What nothing came to for longest."""


class Filter(Struct, frozen=True, kw_only=True):
    """Which incidents; None is any. From a severity up, of a category, of one `tenant`, with words
    that are in them, each by how it begins, or with a whole address (`by_tenant`: in tenants' names
    only).

    `statuses` are those of their tickets, an incident without one being new; `assignee` is a
    reviewer's id, `NOBODY` for none. `since` and `until` are event times (ms) of the last finding,
    `fresh` is the time since which they came or their ticket was opened. `detector` is what found
    something of them; `account` a uid or an address, within the tenant; `words` are whole ones of
    which they have one. `of_many`: on addresses and tenants, not on one account.
    """

    severity: Severity = Severity.MEDIUM
    category: Category | None = None
    text: str = ""
    order: Order = Order.NEWEST
    tenant: str | None = None
    by_tenant: bool = False
    statuses: frozenset[Status] | None = None
    assignee: str | None = None
    since: int | None = None
    until: int | None = None
    fresh: int | None = None
    detector: str | None = None
    account: str | None = None
    withdrawn: bool | None = None
    of_many: bool = False
    words: tuple[str, ...] | None = None


class Cursor(Struct, frozen=True):
    """The place of one incident in a list: what it is sorted by."""

    severity: int
    updated: int
    id: bytes


def conditions(connection: Connection, wanted: Filter) -> list[ColumnElement[bool]]:
    """What an incident has to meet; whatever few meet is looked up to say so."""
    table = _TABLE
    found = [seen()]
    if wanted.severity > Severity.INFORMATIONAL:
        found.append(table.c.severity >= int(wanted.severity))
    for column, value in (
        (table.c.category, None if wanted.category is None else wanted.category.value),
        (table.c.tenant, wanted.tenant),
        (table.c.subject, wanted.account),
        (table.c.withdrawn, wanted.withdrawn),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.of_many:
        found.append(table.c.campaign_key.is_not(None))
    if wanted.since is not None:
        found.append(table.c.updated >= wanted.since)
    if wanted.until is not None:
        found.append(table.c.updated < wanted.until)
    found += [_narrowed(connection, query) for query in _sets(wanted)]
    return [*found, *_handled(connection, wanted), *_fresh(wanted)]


def ordered(query: Select[Any], order: Order, after: Cursor | None) -> Select[Any]:
    """The query in an order, from behind a place on."""
    newest = (_TABLE.c.updated, _TABLE.c.id)
    columns = (_TABLE.c.severity, *newest) if order is Order.SEVEREST else newest
    if after is not None:
        last = (after.updated, after.id)
        place = tuple_(*((after.severity, *last) if order is Order.SEVEREST else last))
        key = tuple_(*columns)
        query = query.where(key > place if order is Order.OLDEST else key < place)
    if order is Order.OLDEST:
        return query.order_by(*columns)
    return query.order_by(*(column.desc() for column in columns))


def _sets(wanted: Filter) -> Iterable[Select[tuple[bytes]]]:
    """The incidents that have each of the words that are asked for."""
    if wanted.detector is not None:
        yield incident_words.among([incident_words.detector_word(wanted.detector)])
    if wanted.words is not None:
        yield incident_words.among(wanted.words)
    text = wanted.text.strip()
    if text and not wanted.by_tenant and _is_address(text):
        yield incident_words.among([incident_words.address_word(text)])
    elif text and not wanted.by_tenant:
        words = asked(text)
        yield from (incident_words.between(first, end) for first, end in words)
        if not words:
            yield incident_words.among(())


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _narrowed(connection: Connection, query: Select[tuple[bytes]]) -> ColumnElement[bool]:
    """That an incident is among those of the query."""
    found: Select[Any] = query.distinct().limit(FEW + 1)
    ids = {bytes(one) for one in connection.execute(found).scalars()}
    if len(ids) <= FEW:
        return _TABLE.c.id.in_(sorted(ids)) if ids else false()
    (column,) = query.selected_columns
    return query.where(column == _TABLE.c.id).correlate(_TABLE).exists()


def _handled(connection: Connection, wanted: Filter) -> Iterable[ColumnElement[bool]]:
    """What the ticket of an incident is to be."""
    if wanted.by_tenant and wanted.text.strip():
        yield _TABLE.c.tenant.icontains(wanted.text.strip(), autoescape=True)
    if wanted.statuses is not None and wanted.statuses != frozenset(Status):
        if Status.NEW in wanted.statuses:
            # One that has no ticket yet is as new as can be.
            others = frozenset(Status) - wanted.statuses
            yield ~_ticket(_TICKETS.c.status.in_(_values(others)))
        else:
            yield _narrowed(connection, _tickets(_TICKETS.c.status.in_(_values(wanted.statuses))))
    if wanted.assignee == NOBODY:
        yield ~_ticket(_TICKETS.c.assignee.is_not(None))
    elif wanted.assignee is not None:
        yield _narrowed(connection, _tickets(_TICKETS.c.assignee == wanted.assignee))


def _fresh(wanted: Filter) -> Iterable[ColumnElement[bool]]:
    if wanted.fresh is not None:
        opened = _ticket(_TICKETS.c.created > wanted.fresh)
        yield or_(_TABLE.c.updated > wanted.fresh, opened)


def _tickets(condition: ColumnElement[bool]) -> Select[tuple[bytes]]:
    return select(_TICKETS.c.incident_id).where(_TICKETS.c.incident_id.is_not(None), condition)


def _ticket(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(true()).where(_TICKETS.c.incident_id == _TABLE.c.id, condition).exists()


def _values(statuses: Iterable[Status]) -> list[str]:
    return sorted(one.value for one in statuses)


def seen() -> ColumnElement[bool]:
    """Not of an account whose data is restricted: it is kept, and not used."""
    held = tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    return _TABLE.c.subject_key.not_in(restricted)
