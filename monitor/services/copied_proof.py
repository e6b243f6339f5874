"""What is kept of how one account was proved: what it is proved with, what was asked and answered,
links, recoveries and visits. Never what could be used; whoever did something is told as what they
are."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, select

from detectors.core.identity import Subject
from monitor.store import tables
from monitor.store.factors import ACCOUNT

MOST: Final = 10_000
"""Records of one kind."""
_json = msgspec.json.Encoder(enc_hook=str).encode
_OWN: Final[dict[str, tuple[Table, tuple[str, ...]]]] = {
    "challenge": (
        tables.challenges,
        ("session", "reason", "origin", "state", "method", "created", "expires", "settled"),
    ),
    "proof": (tables.assurances, ("session", "level", "method", "since", "until")),
    "demand": (tables.session_demands, ("session", "verdict", "reason", "since", "until")),
    "link": (
        tables.enrolment_links,
        ("purpose", "issuer", "created", "expires", "opened", "used"),
    ),
    "grace": (tables.enrolment_grace, ("since", "until", "reminded")),
    "recovery": (
        tables.recoveries,
        ("state", "requester", "proof", "decider", "created", "decided", "due", "settled"),
    ),
    "visit": (
        tables.subscriber_sessions,
        ("way", "method", "created", "last_seen", "expires", "ip", "user_agent"),
    ),
    "question": (tables.sign_in_questions, ("session", "ip", "time", "verdict", "outcome")),
}
_BY: Final = frozenset(("issuer", "requester", "decider"))


def proof_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """All of it, a JSON object a line; `kind` says what it is, times are ms."""
    for one in _factors(connection, subject):
        yield _json(one) + b"\n"
    for kind, (table, columns) in _OWN.items():
        for one in _rows(connection, subject, kind, table, columns):
            yield _json(one) + b"\n"


def _factors(connection: Connection, subject: Subject) -> Iterator[dict[str, Any]]:
    table = tables.factors
    columns = ("kind", "name", "created", "last_used", "backed_up")
    mine = (table.c.owner_kind == ACCOUNT, table.c.owner == str(subject))
    query = select(*(table.c[name] for name in columns)).where(*mine).order_by(table.c.id)
    for row in connection.execute(query.limit(MOST)).mappings():
        yield _said("factor", {**row, "factor": row["kind"]})


def _rows(
    connection: Connection, subject: Subject, kind: str, table: Table, columns: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    mine = (
        table.c.subject_key == subject.key(),
        table.c.tenant == subject.tenant,
        table.c.account == subject.uid,
    )
    query = select(*(table.c[name] for name in columns)).where(*mine)
    for row in connection.execute(query.order_by(*table.primary_key).limit(MOST)).mappings():
        yield _said(kind, row)


def _said(kind: str, row: Any) -> dict[str, Any]:
    told = {
        name: str(value).partition(":")[0] if name in _BY else value
        for name, value in row.items()
        if value not in (None, "")
    }
    return {**told, "kind": kind}
