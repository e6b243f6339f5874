"""Who does something about a measure is named beside what stands for them, and nobody else is."""

from msgspec import structs
from sqlalchemy import Engine, select

from alerts.ladder import Step
from monitor.services.actor import Role
from monitor.services.authority import Operation
from monitor.services.measure_notes import note, signed, why_of
from monitor.store import tables
from tests.monitor.services.measured import WHO, measure
from tests.monitor.services.people import person

ADA = person(Role.ANALYST, uid="ada")


def test_only_what_changed_gets_a_name() -> None:
    before = measure(requested_by="reviewer:bob", requested_name="Bob")
    after = structs.replace(before, decided_by=ADA.reference)
    told = signed(ADA, before, after)
    assert (told.requested_name, told.decided_name) == ("Bob", "Someone")
    assert signed(ADA, None, before).requested_name == "Someone"
    assert signed(ADA, before, before) == before


def test_the_reason_is_that_of_what_was_done() -> None:
    one = measure(reason="shared", decision="seen", undo_reason="a mistake")
    assert [why_of(name, one) for name in ("adopt", "approve", "undo")] == [
        "shared",
        "seen",
        "a mistake",
    ]


def test_it_is_written_down_about_the_account(database: Engine) -> None:
    one = structs.replace(measure(Step.DEACTIVATE), id=3)
    with database.begin() as connection:
        note(connection, ADA, Operation.MEASURES_UNDO, one, "a mistake", do="undo")
    with database.connect() as connection:
        row = connection.execute(select(tables.audit)).one()
    assert (row.operation, row.actor, row.tenant) == ("measures:undo", "reviewer:ada", one.tenant)
    assert row.subject == f"account:{WHO.key()}"
