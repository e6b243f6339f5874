"""A trial is a message and nothing else, by whoever may, and is written down."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from alerts.ports import RefusedError
from alerts.responders.kind import UnknownKindError
from monitor.services.actor import Actor, ActorKind, Role, operator
from monitor.services.refusal import NotAllowedError
from monitor.services.trial import TRIED, Trials
from monitor.store import tables
from tests.alerts.responders.contract import around
from tests.alerts.responders.jira_server import TOKEN, USER, jira_server
from tests.alerts.responders.mailserver import mail_server


def trials(database: Engine, **responders: dict[str, Any]) -> Trials:
    return Trials(database, responders, around())


def mail(port: int) -> dict[str, Any]:
    table = {"kind": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    return table | {"sender": "v@acme.example", "to": ["soc@acme.example"]}


def test_the_team_and_a_user_get_a_message_and_it_is_written_down(database: Engine) -> None:
    with mail_server() as server:
        tried = trials(database, mail=mail(server.port))
        receipt = tried.write(operator(), "mail", text="hello")
        tried.write(operator(), "mail", "me@acme.example")
    assert "accepted by" in receipt.detail
    assert [one["To"] for one in server.messages] == ["soc@acme.example", "me@acme.example"]
    assert "hello" in server.messages[0].as_string()
    with database.connect() as connection:
        assert connection.execute(select(tables.outbox)).all() == []
        entries = connection.execute(select(tables.audit.c.operation)).scalars().all()
    assert entries == [TRIED, TRIED]


def test_a_tracker_is_asked_and_nothing_is_made(database: Engine) -> None:
    with jira_server() as server:
        table = {"kind": "jira", "url": server.address, "username": USER, "token": TOKEN}
        tried = trials(database, jira=table | {"project": "SEC"})
        assert "answers" in tried.write(operator(), "jira").detail
    assert server.done == []


def test_what_writes_to_nobody_is_not_tried_so(database: Engine) -> None:
    tried = trials(database, gate={"kind": "gate"})
    with pytest.raises(RefusedError, match="not asked to tell"):
        tried.write(operator(), "gate")
    with pytest.raises(UnknownKindError):
        tried.write(operator(), "nobody")


def test_who_may_not_drive_the_outbox_tries_nothing(database: Engine) -> None:
    viewer = Actor(
        kind=ActorKind.REVIEWER, uid="1", name="V", roles=frozenset((Role.VIEWER,)), authenticated=1
    )
    with pytest.raises(NotAllowedError):
        trials(database, gate={"kind": "gate"}).write(viewer, "gate")
