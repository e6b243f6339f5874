"""Whoever is acted on is told what, on which grounds, by whom, and how to contest it; the link is
made when it is sent, and kept nowhere."""

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.ladder import Step
from alerts.measure import Why
from alerts.ports import Action, Target
from detectors.core.event import DAY
from monitor.services import appeal_links
from monitor.services.notices import CONTEST, completed, decided, key_of, over, to_team
from monitor.store import tables
from tests.monitor.erasing.leaving import SUBJECT, fill
from tests.monitor.services.measured import NOW, measure

TARGET = Target(tenant="acme", account="u-17", language="en")
ADDRESS = "https://vigie.example"


@pytest.mark.parametrize("step", [Step.REVOKE, Step.SUSPEND, Step.DEACTIVATE])
def test_a_measure_says_how_it_is_contested(database: Engine, step: Step) -> None:
    with database.connect() as connection:
        order = decided(connection, structs.replace(measure(step), id=7), TARGET, NOW)
    assert (order.action, order.template, order.aup) == (Action.NOTIFY, step.word, ("6",))
    sent = completed(order, b"pepper", ADDRESS)
    assert sent.values[CONTEST].startswith(f"{ADDRESS}/appeal#")
    key = sent.values[CONTEST].partition("#")[2]
    assert key not in repr(order)
    found = appeal_links.read(b"pepper", key, NOW)
    assert found is not None
    assert (found.measure, found.expires) == (7, NOW + 90 * DAY)
    assert completed(order, b"pepper", ADDRESS) == sent


def test_without_an_address_there_is_no_link_and_nothing_in_its_place(database: Engine) -> None:
    with database.connect() as connection:
        order = decided(connection, measure(), TARGET, NOW)
    for pepper, address in ((b"pepper", ""), (b"", ADDRESS)):
        assert CONTEST not in completed(order, pepper, address).values
    told = structs.replace(order, values={CONTEST: "https://phish.example"})
    assert completed(told, b"pepper", ADDRESS).values == {}
    plain = over(measure(), TARGET, NOW)
    assert completed(plain, b"pepper", ADDRESS) is plain


def test_who_decided_is_said_without_a_name(database: Engine) -> None:
    by_rule = measure()
    by_people = structs.replace(by_rule, decided_by="reviewer:1", decided_name="Bob Builder")
    with database.connect() as connection:
        alone = decided(connection, by_rule, TARGET, NOW)
        signed = decided(connection, by_people, TARGET, NOW)
    assert alone.values["rule"] == "shared"
    assert "decider.en" not in alone.values
    assert "rule" not in signed.values
    assert signed.values["decider.fr"]
    assert "Bob" not in repr(signed)


def test_the_grounds_are_those_of_the_incident_in_both_languages(database: Engine) -> None:
    fill(database)
    with database.connect() as connection:
        table = tables.incidents
        rows = connection.execute(
            select(table.c.id).where(table.c.subject_key == SUBJECT.key())
        ).scalars()
        incident = bytes(next(iter(rows)))
        own = structs.replace(
            measure(account=SUBJECT.uid, incident=incident), tenant=SUBJECT.tenant
        )
        order = decided(connection, own, TARGET, NOW)
        another = decided(connection, measure(incident=incident), TARGET, NOW)
        gone = decided(connection, measure(incident=b"x" * 16), TARGET, NOW)
    assert order.incident == incident.hex()
    assert order.values["category"]
    assert order.values["grounds.en"] != order.values["grounds.fr"]
    assert "category" not in gone.values
    # Of whom it is not, nothing of what was found is told.
    assert another.values["category"]
    assert "grounds.en" not in another.values


def test_the_end_is_told_with_its_reason() -> None:
    told = over(structs.replace(measure(), undo_reason="a mistake"), TARGET, NOW)
    assert (told.template, told.reason, told.values) == (
        "restore",
        "a mistake",
        {"step": "suspend"},
    )


def test_the_team_is_told_who_asks_and_why_something_is_stuck(database: Engine) -> None:
    asked = structs.replace(
        measure(Step.DEACTIVATE), requested_name="Ada", reason="shared", expires=NOW + 5
    )
    stuck = structs.replace(measure(), unfinished=Why.ORDERS)
    back = structs.replace(measure(), undone_name="Bob", undo_reason="a mistake")
    with database.connect() as connection:
        order = to_team(connection, asked, "approve", TARGET, NOW)
        assert (order.action, order.values["requester"]) == (Action.TELL, "Ada")
        assert (order.values["expires"], order.reason) == (str(NOW + 5), "shared")
        assert to_team(connection, stuck, "unfinished", TARGET, NOW).values["why.fr"]
        undone = to_team(connection, back, "undone", TARGET, NOW)
        assert (undone.values["decider"], undone.reason) == ("Bob", "a mistake")


def test_an_order_that_is_written_anew_is_another() -> None:
    one = structs.replace(measure(), id=3)
    assert key_of(one, "told") != key_of(structs.replace(one, round=1), "told")
    assert key_of(one, "told") == key_of(structs.replace(one, version=9), "told")
