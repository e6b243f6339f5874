"""Tickets as they are kept, each with a version that counts its changes.

Everything works on a connection that is given, so that what belongs together is one transaction.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from alerts.incident import Category
from alerts.ticket import Clock, Disposition, Due, Kind, Status, Ticket, Warned
from detectors.core.detector import Text
from detectors.core.finding import Severity
from detectors.core.identity import Subject
from monitor.search import words_of
from monitor.store import tables
from monitor.store.ticket_filter import Cursor, Order, TicketFilter, matching, ordered, place

MOST: Final = 200
LONGEST_SEARCH: Final = 20_000
"""Characters of the words by which a ticket is found."""
_AT_ONCE: Final = 500
_TABLE = tables.tickets
_encode = msgspec.msgpack.Encoder().encode


class Details(Struct, frozen=True, kw_only=True):
    """What only a ticket itself shows. `findings` are those that people know of, `lost` those of
    them that were withdrawn since; `last` is the event time (ms) of the last evidence."""

    subject: Subject | None = None
    account_name: str = ""
    findings: tuple[bytes, ...] = ()
    lost: tuple[bytes, ...] = ()
    last: int = 0
    facts: dict[str, str] = {}


class StoredTicket(Struct, frozen=True, kw_only=True):
    """A ticket as it is kept. `version` counts its changes from 1; times are ms since 1970 UTC.

    `held_by` is the suppression that holds it back, `warned` what was told of its clock, `due` by
    when it is to be looked at or closed; None while it is held back, or closed.
    """

    id: int = 0
    kind: Kind
    incident: bytes | None = None
    tenant: str
    title: Text
    category: Category | None = None
    ticket: Ticket
    due: int | None = None
    warned: Warned = Warned.NOTHING
    withdrawn: bool = False
    held_by: int | None = None
    created: int
    updated: int
    version: int = 1
    tags: tuple[str, ...] = ()
    details: Details = Details()

    @property
    def subject(self) -> Subject | None:
        """Whom it is about; None where nobody is named."""
        return self.details.subject

    @property
    def key(self) -> int | None:
        """By what it goes when an account is erased."""
        return None if self.subject is None else self.subject.key()


class _Body(Struct, frozen=True):
    details: Details
    title_fr: str


_body = msgspec.msgpack.Decoder(_Body)


def with_clock(one: StoredTicket, due: Due | None) -> StoredTicket:
    """The ticket with the clock that runs for it now: what was told of another one is forgotten."""
    at = None if due is None or one.held_by is not None else due.at
    return one if at == one.due else structs.replace(one, due=at, warned=Warned.NOTHING)


def add(connection: Connection, one: StoredTicket, text: str = "") -> StoredTicket:
    """Keep a new ticket, to be found by its own words and this text's; it has its number then.
    Raises sqlalchemy.exc.IntegrityError where its incident has one."""
    row = _row(one) | {"search": _joined([*words_in(one), *words_of(text)])}
    made = connection.execute(insert(_TABLE).values(row).returning(_TABLE.c.id)).scalar_one()
    kept = structs.replace(one, id=int(made))
    _put_tags(connection, kept, (), kept.tags)
    return kept


def put(connection: Connection, before: StoredTicket, after: StoredTicket) -> StoredTicket | None:
    """Keep a ticket in place of what it was, as the next version; None, and nothing is done, where
    it is another version by now."""
    made = structs.replace(after, version=before.version + 1)
    mine = (_TABLE.c.id == before.id, _TABLE.c.version == before.version)
    done = connection.execute(update(_TABLE).where(*mine).values(_row(made)))
    if done.rowcount != 1:
        return None
    _put_tags(connection, made, before.tags, made.tags)
    return made


def note(connection: Connection, one: StoredTicket) -> None:
    """Keep what is no change of people's: what evidence is known, and what was told of its
    clock."""
    values = {name: _row(one)[name] for name in ("body", "warned", "clock", "due", "updated")}
    connection.execute(update(_TABLE).where(_TABLE.c.id == one.id).values(values))


def find_by(connection: Connection, number: int, text: str) -> None:
    """Let a ticket be found by the words of this text too."""
    query = select(_TABLE.c.search).where(_TABLE.c.id == number)
    known = str(connection.execute(query).scalar_one())
    told = _joined([*known.split(), *words_of(text)])
    if told != known:
        connection.execute(update(_TABLE).where(_TABLE.c.id == number).values(search=told))


def set_words(connection: Connection, one: StoredTicket, text: str) -> None:
    """Let a ticket be found by its own words and this text's, and by nothing else any more."""
    told = _joined([*words_in(one), *words_of(text)])
    connection.execute(update(_TABLE).where(_TABLE.c.id == one.id).values(search=told))


def ticket(
    connection: Connection, number: int, *, lock: bool = False, hidden: bool = False
) -> StoredTicket | None:
    """The ticket of this number; with `lock`, nobody else changes it until this transaction ends;
    with `hidden`, also one about an account whose data is restricted."""
    if not hidden:
        return tickets_of(connection, (number,), lock=lock).get(number)
    return next(_read(connection, select(_TABLE).where(_TABLE.c.id == number)), None)


def tickets_of(
    connection: Connection, numbers: Collection[int], *, lock: bool = False
) -> dict[int, StoredTicket]:
    """The tickets of these numbers, but for those that are not there, or not shown."""
    found: dict[int, StoredTicket] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        query = select(_TABLE).where(_TABLE.c.id.in_(some), shown()).order_by(_TABLE.c.id)
        query = query.with_for_update() if lock else query
        found |= {one.id: one for one in _read(connection, query)}
    return found


def of_incident(
    connection: Connection, incident: bytes, *, lock: bool = False
) -> StoredTicket | None:
    """The ticket of an incident."""
    query = select(_TABLE).where(_TABLE.c.incident_id == incident)
    return next(_read(connection, query.with_for_update() if lock else query), None)


def of_incidents(connection: Connection, incidents: Collection[bytes]) -> dict[bytes, int]:
    """The numbers of the tickets of these incidents."""
    query = select(_TABLE.c.incident_id, _TABLE.c.id).where(
        _TABLE.c.incident_id.in_(list(incidents)[:_AT_ONCE])
    )
    return {bytes(incident): number for incident, number in connection.execute(query)}


def with_incidents(
    connection: Connection, incidents: Collection[bytes]
) -> dict[bytes, StoredTicket]:
    """The tickets of these incidents, 500 at most, by them."""
    wanted = sorted(incidents)[:_AT_ONCE]
    query = select(_TABLE).where(_TABLE.c.incident_id.in_(wanted), shown())
    return {one.incident: one for one in _read(connection, query) if one.incident is not None}


def about(connection: Connection, subject: Subject, but: int, most: int = 20) -> list[StoredTicket]:
    """The last tickets about somebody, but for one."""
    query = select(_TABLE).where(
        _TABLE.c.subject_key == subject.key(), _TABLE.c.id != but, _TABLE.c.tenant == subject.tenant
    )
    found = _read(connection, query.order_by(_TABLE.c.id.desc()).limit(most))
    return [one for one in found if one.subject == subject]


def subject_of(connection: Connection, key: int) -> Subject | None:
    """Whoever the last ticket about this key is about."""
    query = select(_TABLE).where(_TABLE.c.subject_key == key).order_by(_TABLE.c.id.desc())
    return next((one.subject for one in _read(connection, query.limit(1))), None)


def page(
    connection: Connection, wanted: TicketFilter, after: Cursor | None, limit: int
) -> list[StoredTicket]:
    """Tickets in the order of `wanted`, those behind `after`."""
    query = matching(select(_TABLE), wanted).where(shown())
    return list(_read(connection, ordered(query, wanted.order, after).limit(min(limit, MOST + 1))))


def count(connection: Connection, wanted: TicketFilter) -> int:
    """How many there are."""
    query = matching(select(func.count()).select_from(_TABLE), wanted).where(shown())
    return int(connection.execute(query).scalar_one())


def severities(connection: Connection, wanted: TicketFilter) -> dict[Severity, int]:
    """How many there are of each severity."""
    query = matching(select(_TABLE.c.severity, func.count()), wanted).where(shown())
    rows = connection.execute(query.group_by(_TABLE.c.severity).order_by(_TABLE.c.severity))
    return {Severity(severity): number for severity, number in rows}


def waiting(connection: Connection, now: int, most: int) -> list[StoredTicket]:
    """Open tickets whose time is nearly up or over, and of which that was not told; those that are
    due first come first."""
    near = _TABLE.c.due - (_TABLE.c.due - _TABLE.c.opened) / 4
    told = _TABLE.c.clock + ":"
    untold = _TABLE.c.warned.is_(None) | _TABLE.c.warned.not_in((told + "near", told + "past"))
    late = (_TABLE.c.due <= now) & (_TABLE.c.warned.is_(None) | (_TABLE.c.warned != told + "past"))
    query = select(_TABLE).where(
        _TABLE.c.status != Status.RESOLVED.value,
        _TABLE.c.due.is_not(None),
        ((near <= now) & untold) | late,
        shown(),
    )
    return list(_read(connection, query.order_by(_TABLE.c.due).limit(most)))


def place_of(one: StoredTicket, order: Order) -> Cursor:
    """The place of a ticket in a list."""
    return place(order, one.due, one.updated, int(one.ticket.severity), one.id)


def words_in(one: StoredTicket) -> list[str]:
    """The words by which a ticket is found without being told of any."""
    subject = one.subject
    told = [one.title.en, one.title.fr, one.tenant, one.details.account_name]
    told += [subject.uid] if subject is not None else []
    return [word for text in (*told, *one.details.facts.values()) for word in words_of(text)]


def shown() -> Any:
    """Not of an account whose data is restricted: it is kept, and not used."""
    held = tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    return _TABLE.c.subject_key.is_(None) | _TABLE.c.subject_key.not_in(restricted)


def _joined(words: Iterable[str]) -> str:
    told = "".join(f" {word}" for word in dict.fromkeys(words))
    return told[:LONGEST_SEARCH]


def _read(connection: Connection, query: Select[Any]) -> Iterator[StoredTicket]:
    rows = connection.execute(query).mappings().all()
    tags = _tags(connection, [row["id"] for row in rows])
    for row in rows:
        yield _stored(row, tags.get(row["id"], ()))


def _stored(row: RowMapping, tags: tuple[str, ...]) -> StoredTicket:
    body = _body.decode(row["body"])
    told, _, word = (row["warned"] or "").partition(":")
    return StoredTicket(
        id=row["id"],
        kind=Kind(row["kind"]),
        incident=None if row["incident_id"] is None else bytes(row["incident_id"]),
        tenant=row["tenant"],
        title=Text(row["title"], body.title_fr),
        category=None if row["category"] is None else Category(row["category"]),
        ticket=_ticket(row),
        due=row["due"],
        warned=Warned[word.upper()] if told and told == row["clock"] else Warned.NOTHING,
        withdrawn=row["withdrawn"],
        held_by=row["suppressed_by"],
        created=row["created"],
        updated=row["updated"],
        version=row["version"],
        tags=tags,
        details=body.details,
    )


def _ticket(row: RowMapping) -> Ticket:
    disposition = row["disposition"]
    return Ticket(
        severity=Severity(row["severity"]),
        opened=row["opened"],
        status=Status(row["status"]),
        disposition=None if disposition is None else Disposition(disposition),
        assignee=row["assignee"],
        triaged=row["triaged"],
        resolved=row["resolved"],
        reopened=row["reopened"],
    )


def _row(one: StoredTicket) -> dict[str, Any]:
    ticket = one.ticket
    clock = None
    if one.due is not None:
        clock = Clock.TRIAGE.value if ticket.status is Status.NEW else Clock.RESOLUTION.value
    is_warned = clock is not None and one.warned is not Warned.NOTHING
    return {
        "kind": one.kind.value,
        "incident_id": one.incident,
        "subject_key": one.key,
        "tenant": one.tenant,
        "title": one.title.en,
        "category": None if one.category is None else one.category.value,
        "severity": int(ticket.severity),
        "status": ticket.status.value,
        "disposition": None if ticket.disposition is None else ticket.disposition.value,
        "assignee": ticket.assignee,
        "opened": ticket.opened,
        "triaged": ticket.triaged,
        "resolved": ticket.resolved,
        "reopened": ticket.reopened,
        "clock": clock,
        "due": one.due,
        "warned": f"{clock}:{one.warned.name.lower()}" if is_warned else None,
        "withdrawn": one.withdrawn,
        "suppressed_by": one.held_by,
        "created": one.created,
        "updated": one.updated,
        "version": one.version,
        "body": _encode(_Body(one.details, one.title.fr)),
    }


def _tags(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[str, ...]]:
    table = tables.ticket_tags
    found: dict[int, list[str]] = {}
    query = select(table.c.ticket_id, table.c.tag).where(table.c.ticket_id.in_(list(numbers)))
    for number, tag in connection.execute(query.order_by(table.c.tag)):
        found.setdefault(number, []).append(tag)
    return {number: tuple(tags) for number, tags in found.items()}


def _put_tags(
    connection: Connection, one: StoredTicket, before: Collection[str], after: Collection[str]
) -> None:
    table = tables.ticket_tags
    gone, new = set(before) - set(after), sorted(set(after) - set(before))
    if gone:
        mine = (table.c.ticket_id == one.id, table.c.tag.in_(gone))
        connection.execute(delete(table).where(*mine))
    if new:
        rows = [{"ticket_id": one.id, "tag": tag, "subject_key": one.key} for tag in new]
        connection.execute(insert(table), rows)
