"""SIGKILL between any two steps of following: no ticket, measure, order or call lost or doubled."""

import signal
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.policy import Guardrails
from monitor.responding.answering import Answers
from monitor.responding.following import Following
from monitor.store import tables
from monitor.store.connection import connect
from tests.databases import Databases
from tests.monitor.faults.killing import NEVER, Steps, forked
from tests.monitor.responding.incidents import (
    NOW,
    acting,
    adopt,
    made,
    put_shown,
    rule,
    withdraw,
)
from tests.monitor.responding.responded import around

IN_A_HURRY = 3
"""Points that are tried when not all are, spread evenly."""


def held(database: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What must be the same whatever happened on the way; numbers given to rows may differ, as a
    server gives none a second time."""
    t, m, o, a = tables.tickets.c, tables.measures.c, tables.outbox.c, tables.audit.c
    history, stream = tables.ticket_changes.c, tables.changes.c
    whose = t.id == m.ticket_id
    queries = {
        "tickets": select(t.kind, t.incident_id, t.tenant, t.status, t.withdrawn, t.version),
        "history": select(t.kind, t.incident_id, history.version).where(history.ticket_id == t.id),
        "measures": select(m.key, m.state, m.because, m.version, t.incident_id).where(whose),
        "orders": select(m.key, o.responder, o.action, o.state).where(o.measure_id == m.id),
        "calls": select(t.kind, t.incident_id, o.responder, o.action, o.state).where(
            o.ticket_id == t.id, o.measure_id.is_(None)
        ),
        "audit": select(a.operation, a.tenant),
        "stream": select(stream.kind, stream.tenant),
    }
    with database.connect() as connection:
        found = {
            name: sorted(tuple(map(repr, row)) for row in connection.execute(query))
            for name, query in queries.items()
        }
    # A server has room for so many connections.
    database.dispose()
    return found


def prepared(databases: Databases) -> str:
    """A database with what the engine found: some to act on, some beyond the guardrail, one that
    came again and one that was withdrawn."""
    url = databases.url()
    database = connect(url)
    limits = Guardrails(per_tenant_hour=3)
    adopt(database, acting(rule("notify", "challenge", "revoke"), guardrails=limits))
    follow_all(url)
    put_shown(database, *(made(n, f"u-{n}") for n in range(1, 6)))
    put_shown(database, structs.replace(made(2, "u-2"), updated=NOW + 1))
    withdraw(database, made(5, "u-5"))
    database.dispose()
    return url


def follow_all(url: str, deadly: int = NEVER) -> int:
    """Follow what there is, and die at a step; how many steps it took."""
    database = connect(url)
    steps = Steps(deadly)
    surroundings = around(database, NOW + 2)
    following = Following(surroundings, Answers(surroundings))
    steps.watch(database)
    while following.step():
        pass
    database.dispose()
    return steps.taken


def killed_everywhere(
    databases: Databases, most: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a transaction for each incident, and one for all of them, the former dies more variously.
    monkeypatch.setattr("monitor.responding.following.AT_ONCE", 2)
    url = prepared(databases)
    steps = follow_all(url)
    undisturbed = held(connect(url))
    assert len(undisturbed["tickets"]) == 5, "the guardrail's, and none of what was withdrawn"
    assert len(undisturbed["measures"]) == 12
    assert len(undisturbed["orders"]) > 10
    assert len(undisturbed["calls"]) == 5
    stride = 1 if most is None else max(1, steps // most)
    killed = 0
    for point in range(1 + stride // 2, steps + 1, stride):
        again = prepared(databases)
        ended = forked(lambda again=again, point=point: follow_all(again, point))
        assert ended in (-signal.SIGKILL, 0)
        killed += ended == -signal.SIGKILL
        assert forked(lambda again=again: follow_all(again)) == 0
        assert held(connect(again)) == undisturbed, f"killed at step {point} of {steps}"
    assert killed >= 2


def test_a_kill_between_two_steps_loses_and_doubles_nothing(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_everywhere(databases, IN_A_HURRY, monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_a_kill_between_any_two_steps_loses_and_doubles_nothing(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_everywhere(databases, None, monkeypatch)
