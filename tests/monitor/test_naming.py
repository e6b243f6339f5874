"""Names: a name stands for the first account seen to bear it; what waited for it follows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine as Database

from detectors.core.event import Activity, Event, Outcome, SignIn
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.naming import Naming, name_key
from monitor.store.writing import Renamed, Writing, account_key, encode_event

START = 1_790_000_000_000


def event(number: int, account: str, name: str | None = None, **fields: Any) -> SignIn:
    values: dict[str, Any] = {
        "tenant": "t",
        "activity": Activity.LOGON,
        "outcome": Outcome.SUCCESS,
        "account_name": name,
    }
    time = START + number
    return SignIn(id=timed_id(time, str(number)), time=time, account=account, **(values | fields))


def by_name(number: int, name: str, **fields: Any) -> SignIn:
    return event(number, name, account_by_name=True, outcome=Outcome.FAILURE, **fields)


def settle(database: Database, naming: Naming, *events: Event) -> tuple[list[str], list[Renamed]]:
    """Settle and store a batch; the accounts that its events came to, and what moved."""
    with database.begin() as connection:
        writing = Writing(connection)
        named = naming.settle(writing, events)
        rows = [
            (e.id, account_key(e), key, 1, False, encode_event(e))
            for e, key in zip(named.events, named.name_keys, strict=True)
        ]
        writing.add_events(rows)
    return [e.account for e in named.events], named.renamed


def stored(database: Database, account: str) -> Sequence[Event]:
    with database.begin() as connection:
        subject = Subject(SubjectKind.ACCOUNT, "t", account)
        return Writing(connection).events_of(subject, bytes(16))


def test_a_name_joins_its_account_letter_case_aside(database: Database) -> None:
    naming = Naming()
    accounts, _ = settle(database, naming, event(1, "u-1", "Ann"), by_name(2, "ANN"))
    assert accounts == ["u-1", "u-1"]
    accounts, _ = settle(database, naming, by_name(3, "aNn"), by_name(4, "bob"))
    assert accounts == ["u-1", "bob"]


def test_what_waited_for_its_account_is_given_to_it(database: Database) -> None:
    naming = Naming()
    waiting = [by_name(1, "Ann"), by_name(2, "ann")]
    assert settle(database, naming, *waiting) == (["Ann", "ann"], [])
    accounts, moved = settle(database, naming, event(3, "u-1", "ann"))
    assert accounts == ["u-1"]
    assert moved == [
        Renamed("t", "Ann", "u-1", waiting[0].id),
        Renamed("t", "ann", "u-1", waiting[1].id),
    ]
    assert [e.id for e in stored(database, "u-1")] == [
        waiting[0].id,
        waiting[1].id,
        event(3, "u-1").id,
    ]
    assert stored(database, "Ann") == []


def test_the_first_account_of_a_name_keeps_it(database: Database) -> None:
    naming = Naming()
    settle(database, naming, event(2, "u-2", "ann"), event(1, "u-1", "ann"))
    assert settle(database, naming, by_name(3, "ann"))[0] == ["u-1"]
    settle(database, naming, event(4, "u-3", "ann"))
    assert settle(database, naming, by_name(5, "ann"))[0] == ["u-1"]


def test_a_name_is_of_its_tenant(database: Database) -> None:
    naming = Naming()
    settle(database, naming, event(1, "u-1", "ann"))
    assert settle(database, naming, by_name(2, "ann", tenant="other"))[0] == ["ann"]
    assert name_key("t", "ann") != name_key("other", "ann")
    assert name_key("t", "ANN") == name_key("t", "ann")


def test_it_is_a_cache_of_the_table(database: Database) -> None:
    settle(database, Naming(), event(1, "u-1", "ann"))
    fresh = Naming()
    assert settle(database, fresh, by_name(2, "ann"))[0] == ["u-1"]
    fresh.forget()
    assert settle(database, fresh, by_name(3, "ann"))[0] == ["u-1"]


def test_what_was_told_in_a_batch_that_failed_is_told_again(database: Database) -> None:
    naming = Naming()
    told = event(1, "u-1", "ann")
    with database.connect() as connection:
        naming.settle(Writing(connection), [told])
        connection.rollback()
    naming.forget()
    settle(database, naming, told)
    assert settle(database, naming, by_name(2, "ann"))[0] == ["u-1"]


def test_an_event_without_any_name_is_left_alone(database: Database) -> None:
    assert settle(database, Naming(), by_name(1, "")) == ([""], [])
