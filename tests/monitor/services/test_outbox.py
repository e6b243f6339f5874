"""People drive orders on, with a reason that is written down; nobody does what was taken back."""

import pytest
from sqlalchemy import Engine, select

from alerts.outbox import State
from alerts.ports import Action
from monitor.services import outbox as services
from monitor.services.actor import Role, operator
from monitor.services.order_views import STATES
from monitor.services.outbox import Outbox
from monitor.services.protection import ProtectionError
from monitor.services.refusal import NotThereError, TakenError
from monitor.store import leases, outbox, tables
from monitor.store.outbox import Wanted
from tests.monitor.services.people import person
from tests.monitor.store.orders import NOW, order

WHY = "ticket 12"


@pytest.fixture
def desk(database: Engine) -> Outbox:
    return Outbox(database, lambda: NOW + 100)


def put(
    database: Engine, key: str, state: State, action: Action = Action.DISABLE, account: str = "u-1"
) -> int:
    table = tables.outbox
    with database.begin() as connection:
        outbox.enqueue(connection, order(key, action, account, measure=7), "idp")
        number = max(one.id for one in outbox.page(connection, Wanted()))
        connection.execute(table.update().where(table.c.id == number).values(state=state))
    return number


def state_of(database: Engine, number: int) -> State:
    with database.connect() as connection:
        found = outbox.row(connection, number)
    assert found is not None
    return found.state


def entries(database: Engine) -> list[tuple[str, str]]:
    table = tables.audit
    query = select(table.c.operation, table.c.subject).order_by(table.c.number)
    with database.connect() as connection:
        return [(operation, subject) for operation, subject in connection.execute(query)]


def test_what_was_given_up_is_driven_again_and_written_down(database: Engine, desk: Outbox) -> None:
    number = put(database, "a", State.DEAD)
    found = desk.drive(operator(), number, WHY)
    assert (found.state, found.due, found.attempts) == (State.WAITING, NOW + 100, 0)
    assert entries(database) == [("outbox:drive", f"order:{number}")]


def test_the_measure_of_an_order_is_told(
    database: Engine, desk: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(services.carrying, "settle", lambda _c, measure, _n: told.append(measure))
    desk.drive(operator(), put(database, "a", State.DEAD), WHY)
    desk.cancel(operator(), put(database, "b", State.PARKED), WHY)
    desk.drive_all(operator(), State.PARKED, WHY)
    assert told == [7, 7]


def test_nothing_is_done_without_a_reason(database: Engine, desk: Outbox) -> None:
    number = put(database, "a", State.DEAD)
    for act in (desk.drive, desk.cancel):
        with pytest.raises(ProtectionError):
            act(operator(), number, "  ")
    with pytest.raises(ProtectionError):
        desk.drive_all(operator(), State.DEAD, "")
    assert state_of(database, number) is State.DEAD
    assert entries(database) == []


@pytest.mark.parametrize("state", [State.LEASED, State.DONE, State.CANCELLED])
def test_what_is_at_work_or_settled_is_left_as_it_is(
    database: Engine, desk: Outbox, state: State
) -> None:
    number = put(database, "a", state)
    for act in (desk.drive, desk.cancel):
        with pytest.raises(TakenError) as caught:
            act(operator(), number, WHY)
        assert STATES[state].fr in caught.value.text.fr
    with pytest.raises(NotThereError):
        desk.drive(operator(), number + 1, WHY)


def test_an_account_that_was_given_back_since_is_not_locked_again(
    database: Engine, desk: Outbox
) -> None:
    parked = put(database, "off", State.PARKED)
    other = put(database, "off2", State.PARKED, account="u-2")
    put(database, "on", State.DONE, Action.ENABLE)
    with pytest.raises(TakenError, match="contrary"):
        desk.drive(operator(), parked, WHY)
    driven = desk.drive_all(operator(), State.PARKED, WHY)
    assert (driven.driven, driven.cancelled) == (1, 1)
    assert state_of(database, parked) is State.CANCELLED
    assert state_of(database, other) is State.WAITING


def test_only_what_people_have_to_look_at_is_driven_all_at_once(
    database: Engine, desk: Outbox
) -> None:
    dead, parked = put(database, "a", State.DEAD), put(database, "b", State.PARKED)
    with pytest.raises(TakenError):
        desk.drive_all(operator(), State.DONE, WHY)
    assert desk.drive_all(operator(), State.DEAD, WHY, "gate").driven == 0
    assert desk.drive_all(operator(), State.DEAD, WHY, "idp").driven == 1
    assert state_of(database, dead) is State.WAITING
    assert state_of(database, parked) is State.PARKED


def test_responders_are_told_with_what_waits_and_how_they_do(
    database: Engine, desk: Outbox
) -> None:
    put(database, "a", State.DEAD)
    put(database, "b", State.PARKED)
    put(database, "c", State.DONE)
    broken = leases.Breaker(failures=5, until=NOW + 9)
    with database.begin() as connection:
        leases.note_breaker(connection, "scim", broken, "HTTP 503", NOW)
    found = desk.overview(operator())
    idp, scim = found.responders
    assert (found.dead, found.parked) == (1, 1)
    assert (idp.name, idp.done, idp.oldest, idp.open_until) == ("idp", 1, NOW, None)
    assert (scim.name, scim.failures, scim.open_until, scim.reason) == (
        "scim",
        5,
        NOW + 9,
        "HTTP 503",
    )


def test_whoever_may_not_look_at_people_sees_part_of_the_name_and_who_looks_is_written_down(
    database: Engine, desk: Outbox
) -> None:
    number = put(database, "a", State.DEAD, account="u-1042")
    viewer, analyst = person(Role.VIEWER), person(Role.ANALYST)
    assert desk.page(viewer, Wanted())[0].account != "u-1042"
    assert desk.one(viewer, number).account != "u-1042"
    assert entries(database) == []
    assert desk.page(analyst, Wanted())[0].account == "u-1042"
    assert desk.one(analyst, number).account == "u-1042"
    assert [operation for operation, _ in entries(database)] == ["person:look"]
