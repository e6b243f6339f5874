"""Tickets as values that pages, API and command line show alike."""

from collections.abc import Collection, Mapping

from msgspec import Struct, structs
from sqlalchemy import Connection, select

from alerts.incident import Category
from alerts.ticket import NEAR, Clock, Disposition, Kind, Status, moves
from alerts.wording import said
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.protection.masking import HIDDEN, mask_name, mask_subject, mask_text
from monitor.store import tables
from monitor.store.ticket_filter import Cursor
from monitor.store.ticket_notes import Change, Comment, Link, LinkKind, State
from monitor.store.tickets import StoredTicket


class TicketRow(Struct, frozen=True, kw_only=True):
    """One ticket in a list. Times are ms since 1970 UTC.

    `due` is by when it is to be looked at (`clock` triage) or closed (resolution), None while it
    waits for nothing; `held_by` is the suppression that holds it back; `assignee` a reviewer's id.
    """

    number: int
    kind: Kind
    title: str
    tenant: str
    subject: Subject | None
    account_name: str
    incident: str | None
    category: Category | None
    severity: Severity
    status: Status
    disposition: Disposition | None
    assignee: str | None
    assignee_name: str
    clock: Clock | None
    due: int | None
    is_near: bool
    is_late: bool
    reopened: int
    withdrawn: bool
    held_by: int | None
    tags: tuple[str, ...]
    created: int
    updated: int
    version: int
    account_handle: str | None = None
    """By what the page of its account is found (`Subject.handle`); None where it is about none."""


class TicketPage(Struct, frozen=True, kw_only=True):
    """Some tickets, where the next ones begin, and how many there are of this filter."""

    rows: list[TicketRow]
    next: Cursor | None
    total: int


class CommentView(Struct, frozen=True, kw_only=True):
    """What somebody wrote, and when (ms)."""

    time: int
    by: str
    text: str


class StateView(Struct, frozen=True, kw_only=True):
    """What a ticket was, or became."""

    status: Status
    disposition: Disposition | None
    severity: Severity
    assignee: str | None
    assignee_name: str
    tags: tuple[str, ...]


class ChangeView(Struct, frozen=True, kw_only=True):
    """What became of it, when (ms) and by whom; `act` is that of several tickets at once, `undone`
    when it was undone."""

    time: int
    by: str
    deed: str
    version: int
    number: int
    word: str
    before: StateView
    after: StateView
    act: str | None
    undone: int | None


class LinkView(Struct, frozen=True, kw_only=True):
    """A link to another ticket (`other` is its number) or to something outside. `is_from_there`:
    it is the other one that says so."""

    id: int
    kind: LinkKind
    other: int | None
    address: str | None
    title: str
    is_from_there: bool


class TicketView(Struct, frozen=True, kw_only=True):
    """One ticket with all that was said of it. `others` are further tickets about the same account
    or address, the last first; `moves` is where it can go from here; `lost` is how many of its
    findings were withdrawn. `is_whole` is false where names and what people wrote are hidden."""

    row: TicketRow
    facts: dict[str, str]
    comments: list[CommentView]
    changes: list[ChangeView]
    links: list[LinkView]
    others: list[TicketRow]
    moves: tuple[Status, ...]
    opened: int
    lost: int
    is_whole: bool


def row_of(one: StoredTicket, now: int, language: str, names: Mapping[str, str]) -> TicketRow:
    """A ticket as a list shows it; `names` are reviewers' by their ids."""
    ticket = one.ticket
    clock = None
    if one.due is not None:
        clock = Clock.TRIAGE if ticket.status is Status.NEW else Clock.RESOLUTION
    length = 0 if one.due is None else one.due - ticket.opened
    return TicketRow(
        number=one.id,
        kind=one.kind,
        title=said(one.title, language),
        tenant=one.tenant,
        subject=one.subject,
        account_name=one.details.account_name,
        incident=None if one.incident is None else as_uuid(one.incident),
        category=one.category,
        severity=ticket.severity,
        status=ticket.status,
        disposition=ticket.disposition,
        assignee=ticket.assignee,
        assignee_name=_named(ticket.assignee, names),
        clock=clock,
        due=one.due,
        is_near=one.due is not None and now - ticket.opened >= NEAR * length,
        is_late=one.due is not None and now >= one.due,
        reopened=ticket.reopened,
        withdrawn=one.withdrawn,
        held_by=one.held_by,
        tags=one.tags,
        created=one.created,
        updated=one.updated,
        version=one.version,
        account_handle=handle_of(one.subject),
    )


def handle_of(subject: Subject | None) -> str | None:
    """By what the page of an account is found; None for whoever is no account."""
    is_account = subject is not None and subject.kind is SubjectKind.ACCOUNT
    return subject.handle() if subject is not None and is_account else None


def view_of(
    one: StoredTicket,
    comments: Collection[Comment],
    changes: Collection[Change],
    links: Collection[Link],
    others: Collection[StoredTicket],
    now: int,
    language: str,
    names: Mapping[str, str],
) -> TicketView:
    """A ticket with all that was said of it."""
    return TicketView(
        row=row_of(one, now, language, names),
        facts=one.details.facts,
        comments=[CommentView(time=c.time, by=c.actor_name, text=c.text) for c in comments],
        changes=[_change(change, names) for change in changes],
        links=[_link(link, one.id) for link in links],
        others=[row_of(other, now, language, names) for other in others],
        moves=moves(one.ticket),
        opened=one.ticket.opened,
        lost=len(one.details.lost),
        is_whole=True,
    )


def veil_row(row: TicketRow) -> TicketRow:
    """One of a list, for whoever may not look at whom it is about."""
    if row.subject is None:
        return row
    name = mask_name(row.account_name) if row.account_name else ""
    return structs.replace(row, subject=mask_subject(row.subject), account_name=name)


def veil_view(view: TicketView) -> TicketView:
    """The whole ticket, without what people wrote."""
    named = frozenset(_names(view.row))
    return structs.replace(
        view,
        row=veil_row(view.row),
        facts=dict.fromkeys(view.facts, HIDDEN),
        comments=[structs.replace(one, text=HIDDEN) for one in view.comments],
        changes=[structs.replace(one, word=HIDDEN if one.word else "") for one in view.changes],
        links=[structs.replace(one, title=mask_text(one.title, named)) for one in view.links],
        others=[veil_row(one) for one in view.others],
        is_whole=False,
    )


def names_of(connection: Connection, uids: Collection[str | None]) -> dict[str, str]:
    """What these reviewers are called, by their ids."""
    table = tables.reviewers
    wanted = sorted({uid for uid in uids if uid is not None})[:500]
    if not wanted:
        return {}
    query = select(table.c.uid, table.c.name, table.c.email).where(table.c.uid.in_(wanted))
    return {row.uid: row.name or row.email for row in connection.execute(query)}


def assignees_in(changes: Collection[Change]) -> set[str | None]:
    """Whose the ticket was, in all of its changes."""
    return {state.ticket.assignee for one in changes for state in (one.before, one.after)}


def _named(uid: str | None, names: Mapping[str, str]) -> str:
    """Who is gone is known by their id."""
    return "" if uid is None else names.get(uid, uid)


def _change(one: Change, names: Mapping[str, str]) -> ChangeView:
    return ChangeView(
        time=one.time,
        by=one.actor_name,
        deed=one.deed.value,
        version=one.version,
        number=one.number,
        word=one.word,
        before=_state(one.before, names),
        after=_state(one.after, names),
        act=one.act,
        undone=one.undone,
    )


def _state(state: State, names: Mapping[str, str]) -> StateView:
    ticket = state.ticket
    return StateView(
        status=ticket.status,
        disposition=ticket.disposition,
        severity=ticket.severity,
        assignee=ticket.assignee,
        assignee_name=_named(ticket.assignee, names),
        tags=state.tags,
    )


def _link(link: Link, number: int) -> LinkView:
    is_from_there = link.ticket != number
    return LinkView(
        id=link.id,
        kind=link.kind,
        other=link.ticket if is_from_there else link.other,
        address=link.address,
        title=link.title,
        is_from_there=is_from_there,
    )


def _names(row: TicketRow) -> set[str]:
    named = {row.account_name}
    if row.subject is not None and row.subject.kind is SubjectKind.ACCOUNT:
        named.add(row.subject.uid)
    return named - {""}
