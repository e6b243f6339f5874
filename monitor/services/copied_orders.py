"""What others were told to do about one account, record by record, for a copy of its data."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from detectors.core.identity import Subject
from monitor.store import gate_list, outbox

_json = msgspec.json.Encoder().encode


def order_lines(connection: Connection, subject: Subject, now: int) -> Iterator[bytes]:
    """Orders about it and what became of them, of messages which one it was and where it went; then
    what stands against it at the gate at `now` (ms)."""
    for one in outbox.of_account(connection, subject):
        target = one.order.target
        told: dict[str, Any] = {
            "responder": one.responder,
            "action": one.action.value,
            "state": one.state.value,
            "given": one.created,
            "until": one.order.until,
            "message": one.order.template,
            "email": None if target is None else target.email,
            "carried": None if one.carried is None else one.carried.at,
        }
        said = {name: value for name, value in told.items() if value not in (None, "")}
        yield _json(said) + b"\n"
    for entry in gate_list.entries(connection, subject.tenant, subject.uid, now):
        told = {"gate": entry.verdict, "since": entry.since, "until": entry.until}
        yield _json(told) + b"\n"
