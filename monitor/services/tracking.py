"""Tickets are kept in outer trackers as they are here, and follow what people do with them there.

Everything is done in the caller's transaction. What is told is a ticket's whole state, under a key
of its version: told twice, it is one issue. What comes from there counts only where nothing is on
its way to there, so that the two never chase each other.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import structs
from sqlalchemy import Connection

from alerts.outbox import State
from alerts.ports import Action, Order, Target
from alerts.responders.keeping import Keeping
from alerts.ticket import Kind, Status
from alerts.tracking import STAGES, Outer, followed, stage_of
from detectors.core.finding import Severity
from monitor.services.actor import Actor, ActorKind
from monitor.services.ticket_changing import keep_change, say
from monitor.store import outbox, ticket_notes, tickets, tracked
from monitor.store.ticket_notes import Deed
from monitor.store.tickets import StoredTicket
from monitor.store.tracked import Tracked

COMMENTS: Final = 50
"""The last ones of a ticket that are told; earlier ones were, or were before there was a
tracker."""
_TEMPLATES: Final = {Kind.REPORT: "report", Kind.APPEAL: "appeal", Kind.GUARDRAIL: "guardrail"}


def actor_of(responder: str) -> Actor:
    """Whoever does something in a tracker, as far as that can be told here."""
    return Actor(kind=ActorKind.DAEMON, uid=f"tracker:{responder}", name=responder)


def tell(
    connection: Connection, number: int, responders: Mapping[str, Keeping | None], now: int
) -> int:
    """Write what trackers are to be told of a ticket as it is now (ms), that they were not told
    before; how many orders these are. A responder without terms of a tracker is told all of the
    same."""
    one = tickets.ticket(connection, number)
    if one is None:
        return 0
    written = 0
    for responder, terms in responders.items():
        known = tracked.link(connection, number, responder)
        if _is_kept(connection, one, responder, terms, known):
            written += sum(
                outbox.enqueue(connection, order, responder)
                for order in _orders(connection, one, responder, known, now)
            )
    return written


def note(connection: Connection, number: int, responders: Mapping[str, Keeping | None]) -> bool:
    """Keep where a ticket is, after an order (its row's number) about it was carried out; whether
    it was one."""
    row = outbox.row(connection, number)
    if row is None or row.action is not Action.TRACK or row.state is not State.DONE:
        return False
    terms = responders.get(row.responder)
    one = None if row.ticket is None else tickets.ticket(connection, row.ticket, lock=True)
    if terms is None or one is None or row.carried is None:
        return False
    reference = row.carried.receipt.reference
    known = tracked.link(connection, one.id, row.responder)
    status = row.order.values.get("status", "")
    state = "" if known is None else known.state
    if status in Status.__members__.values():
        state = f"{STAGES[Status(status)]}"
    made = Tracked(one.id, row.responder, reference, terms.address_of(reference), state)
    if made != known:
        tracked.put(connection, one, made)
    return True


def follow(connection: Connection, responder: str, terms: Keeping, outer: Outer, now: int) -> bool:
    """Let a ticket follow what people did with it in a tracker; whether that changed it."""
    one = tickets.ticket(connection, outer.ticket, lock=True)
    if one is None or tracked.is_pending(connection, outer.ticket, responder):
        return False
    known = tracked.link(connection, one.id, responder)
    if known is not None and known.reference != outer.reference:  # a copy, by its label
        return False
    seen = Tracked(one.id, responder, outer.reference, outer.address, outer.state)
    if known == seen:
        return False
    tracked.put(connection, one, seen)
    if known is None or not _is_moved(known, outer):
        return False
    return _moved(connection, one, responder, terms, outer, now)


def _moved(
    connection: Connection,
    one: StoredTicket,
    responder: str,
    terms: Keeping,
    outer: Outer,
    now: int,
) -> bool:
    actor = actor_of(responder)
    # The end of a guardrail's ticket lets rules act again: who says so has to be known here.
    is_ours = one.kind is Kind.GUARDRAIL
    moved = None if is_ours else followed(one.ticket, outer, terms.dispositions, now)
    where = f"{outer.reference}: {outer.status}" + (
        f" ({outer.resolution})" if outer.resolution else ""
    )
    if moved is None:
        if STAGES[one.ticket.status] is not outer.stage:
            say(connection, actor, one, where, now)
        return False
    after = structs.replace(one, ticket=moved, held_by=None)
    kept = keep_change(connection, actor, one, after, Deed.CHANGED, now, None)
    say(connection, actor, kept, where, now)
    return True


def _is_moved(known: Tracked, outer: Outer) -> bool:
    if stage_of(known.state) is not outer.stage:
        return True
    # The same stage, and another resolution: somebody says now what was found.
    return known.state.count(":") > 0 and known.state != outer.state


def _is_kept(
    connection: Connection,
    one: StoredTicket,
    responder: str,
    terms: Keeping | None,
    known: Tracked | None,
) -> bool:
    if known is not None or tracked.is_told(connection, one.id, responder):
        return True
    least = Severity.MEDIUM if terms is None else terms.severity
    return one.held_by is None and one.ticket.severity >= least and not _is_over(one)


def _is_over(one: StoredTicket) -> bool:
    return one.ticket.status is Status.RESOLVED


def _orders(
    connection: Connection, one: StoredTicket, responder: str, known: Tracked | None, now: int
) -> Iterator[Order]:
    values = _values(one)
    if known is not None:
        values["outer"] = known.reference
    status = one.ticket.status
    if known is None or stage_of(known.state) is not STAGES[status]:
        values["status"] = status.value
    yield _order(one, f"{one.version}", values, now)
    for comment in ticket_notes.comments_of(connection, one.id)[-COMMENTS:]:
        if comment.actor != actor_of(responder).reference:
            told = {"comment": comment.text, "author": comment.actor_name}
            own = {name: value for name, value in values.items() if name != "status"}
            yield _order(one, f"comment.{comment.id}", own | told, now)


def _order(one: StoredTicket, what: str, values: dict[str, str], now: int) -> Order:
    subject = one.subject
    return Order(
        key=f"track.{one.id}.{what}",
        action=Action.TRACK,
        issued=now,
        tenant=one.tenant,
        # By whom the row goes when an account is erased.
        target=None if subject is None else Target(tenant=one.tenant, account=subject.uid),
        ticket=one.id,
        incident=None if one.incident is None else one.incident.hex(),
        template=_TEMPLATES.get(one.kind, "incident"),
        values={name: value for name, value in values.items() if value},
    )


def _values(one: StoredTicket) -> dict[str, str]:
    return {
        "title.en": one.title.en,
        "title.fr": one.title.fr,
        "title": one.title.en,
        "account": one.details.account_name,
        "category": "" if one.category is None else one.category.value,
        "severity": one.ticket.severity.name.lower(),
        "time": str(one.created),
    }
