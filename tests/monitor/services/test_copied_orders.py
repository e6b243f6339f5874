"""A copy of somebody's data tells what others were told to do about them, and nobody else's."""

import json

from sqlalchemy import Engine

from alerts.ports import Action
from detectors.core.identity import Subject, SubjectKind
from monitor.services.copied_orders import order_lines
from monitor.store import outbox
from monitor.store.gate_list import GateTable
from tests.monitor.store.orders import NOW, TENANT, order


def test_orders_and_what_stands_at_the_gate_are_told(database: Engine) -> None:
    with database.begin() as connection:
        given = order("a", Action.NOTIFY, template="notice", values={"link": "s3cret"})
        outbox.enqueue(connection, given, "mail")
        outbox.enqueue(connection, order("b", Action.DISABLE, until=NOW + 5), "idp")
        outbox.enqueue(connection, order("c", Action.DISABLE, "u-2"), "idp")
    GateTable(database, lambda: NOW).put(TENANT, "u-1", "disabled", NOW, NOW + 5, "b")
    with database.connect() as connection:
        subject = Subject(SubjectKind.ACCOUNT, TENANT, "u-1")
        told = b"".join(order_lines(connection, subject, NOW))
    mail, idp, gate = (json.loads(line) for line in told.splitlines())
    assert (mail["action"], mail["message"]) == ("notify", "notice")
    assert (idp["responder"], idp["state"], idp["until"]) == ("idp", "waiting", NOW + 5)
    assert gate == {"gate": "disabled", "since": NOW, "until": NOW + 5}
    # A link that opens something is no data about them.
    assert b"s3cret" not in told
