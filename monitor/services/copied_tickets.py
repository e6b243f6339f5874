"""Tickets, measures and suppressions about one account, record by record, for a copy of its data.

Whoever works on them is told as what they are, and their names are taken out of what they wrote, as
is how to reach whoever reported something. Of others whom people named nobody can tell here.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from detectors.core.identity import Subject
from monitor.protection.traces import without
from monitor.store import measures, suppressions, tables, ticket_notes, tickets

MOST: Final = 1_000
"""Tickets, and suppressions, that are told of."""
HIDDEN: Final = "[…]"
_CONTACT: Final = "contact"
_json = msgspec.json.Encoder(enc_hook=str).encode


def staff(connection: Connection, subject: Subject) -> frozenset[str]:
    """The names and addresses of all reviewers, and the names of those who worked on what is about
    an account and are gone by now."""
    reviewers, key = tables.reviewers, subject.key()
    query = select(reviewers.c.name, reviewers.c.email)
    found = {one for row in connection.execute(query) for one in row}
    for table in (tables.ticket_comments, tables.ticket_changes):
        by = table.c.actor.startswith("reviewer:")
        told = select(table.c.actor_name).distinct().where(table.c.subject_key == key, by)
        found.update(connection.execute(told).scalars())
    table = tables.measures
    for name in ("requester", "decider"):
        is_one = table.c[name].startswith("reviewer:")
        query = select(table.c[f"{name}_name"]).where(table.c.subject_key == key, is_one)
        found.update(one for one in connection.execute(query).scalars() if one)
    return frozenset(found)


def ticket_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """Tickets about it, and what was said on them."""
    names = staff(connection, subject)
    for one in tickets.about(connection, subject, but=0, most=MOST):
        ticket, facts = one.ticket, dict(one.details.facts)
        hidden = names | {facts.pop(_CONTACT, "")}
        told = {
            "number": one.id,
            "kind": one.kind.value,
            "title": one.title.en,
            "severity": ticket.severity.name.lower(),
            "status": ticket.status.value,
            "found": ticket.disposition,
            "opened": ticket.opened,
            "resolved": ticket.resolved,
            "withdrawn": one.withdrawn,
            "tags": one.tags,
            "facts": {name: without(value, hidden, HIDDEN) for name, value in facts.items()},
        }
        said = [
            {
                "time": comment.time,
                "by": comment.actor.partition(":")[0],
                "text": without(comment.text, hidden, HIDDEN),
            }
            for comment in ticket_notes.comments_of(connection, one.id)
        ]
        yield _json(told | {"comments": said}) + b"\n"


def measure_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """What was asked for, done and undone about it, and why; whoever decided is told as what they
    are."""
    names = staff(connection, subject)
    for one in measures.of_account(connection, subject):
        told: dict[str, Any] = {
            "step": one.step.word,
            "state": one.state.value,
            "article": one.aup,
            "rule": one.rule,
            "reason": without(one.reason, names, HIDDEN),
            "decision": without(one.decision, names, HIDDEN),
            "undone_for": without(one.undo_reason, names, HIDDEN),
            "upheld": one.upheld,
        }
        for name in ("requested_by", "decided_by", "undone_by", "answered_by"):
            told[name] = getattr(one, name).partition(":")[0]
        times = ("created", "requested", "decided", "until", "carried", "confirmed", "undo_asked")
        told |= {name: getattr(one, name) for name in (*times, "ended", "appealed", "answered")}
        said = {name: value for name, value in told.items() if value not in (None, "")}
        yield _json(said) + b"\n"


def suppression_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """What was held back about it, from when until when (ms), why, and how often."""
    names, table = staff(connection, subject), tables.suppressions
    query = select(table.c.id).where(table.c.subject_key == subject.key())
    for number in connection.execute(query.order_by(table.c.id).limit(MOST)).scalars():
        one = suppressions.suppression(connection, number, hidden=True)
        if one is None or one.made.scope.subject != subject:
            continue
        told = {
            "since": one.made.since,
            "until": one.made.until,
            "ended": one.ended,
            "reason": without(one.made.reason, names, HIDDEN),
            "matches": one.matches,
        }
        yield _json({name: value for name, value in told.items() if value is not None}) + b"\n"
