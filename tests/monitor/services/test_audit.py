"""What somebody did is written down with the change, and names nobody where it cannot be erased."""

import json

import pytest
from sqlalchemy import Engine, select

from monitor import clock
from monitor.services.actor import Actor, ActorKind, operator
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.store import tables

NOW = 1_790_000_000_000
ALICE = Actor(kind=ActorKind.REVIEWER, uid="7", name="Alice Martin")


def test_it_says_who_did_what_to_what(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    with database.begin() as connection:
        record(
            connection,
            ALICE,
            Operation.KEYS_WRITE,
            "key:crm",
            tenant="acme",
            reason="Bob left",
            content={"scopes": ["events:write"], "expires": None},
        )
        record(connection, operator("sam"), "database:upgrade", "database")
    with database.connect() as connection:
        table = tables.audit
        columns = table.c.time, table.c.actor, table.c.operation, table.c.subject, table.c.tenant
        first, second = connection.execute(select(*columns).order_by(table.c.number)).all()
        bodies = connection.execute(
            select(tables.audit_contents.c.body).order_by(tables.audit_contents.c.number)
        ).scalars()
        contents = [json.loads(body) for body in bodies]
    assert tuple(first) == (NOW, "reviewer:7", "keys:write", "key:crm", "acme")
    assert tuple(second) == (NOW, "operator:sam", "database:upgrade", "database", None)
    assert contents == [
        {"name": "Alice Martin", "reason": "Bob left", "scopes": ["events:write"]},
        {"name": "sam"},
    ]
