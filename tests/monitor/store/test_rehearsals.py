"""What somebody tries is kept once, and a process that was given up writes nothing any more."""

from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind
from monitor.store import rehearsals, restrictions
from monitor.store.rehearsals import State, StoredRehearsal

NOW = 1_800_000_000_000
ADA = "reviewer:ada"


def tried(owner: str = ADA, now: int = NOW, attempt: str = "a1") -> StoredRehearsal:
    """A draft that somebody begins to try."""
    return StoredRehearsal(
        owner=owner,
        attempt=attempt,
        document="mode = 'act'",
        digest=bytes(32),
        base=3,
        state=State.RUNNING,
        begun=now,
        heard=now,
    )


def test_one_goes_on_until_it_ends_and_then_no_more(database: Database) -> None:
    with database.begin() as connection:
        rehearsals.begin(connection, tried())
        assert rehearsals.of(connection, ADA) == tried()
        assert rehearsals.tell(connection, ADA, "a1", NOW + 5, done=7, total=9)
        found = rehearsals.of(connection, ADA)
        assert found is not None
        assert (found.heard, found.done, found.total) == (NOW + 5, 7, 9)
        assert rehearsals.end(connection, ADA, "a1", NOW + 6, State.CANCELLED)
        assert not rehearsals.tell(connection, ADA, "a1", NOW + 7, done=8, total=9)
        assert not rehearsals.end(connection, ADA, "a1", NOW + 8, State.DONE, body=b"late")
        found = rehearsals.of(connection, ADA)
    assert found is not None
    assert (found.state, found.heard, found.body) == (State.CANCELLED, NOW + 6, None)


def test_another_one_takes_its_place_and_the_former_writes_nothing(database: Database) -> None:
    with database.begin() as connection:
        rehearsals.begin(connection, tried())
        told = {"body": b"b", "examples": [(1, b"x"), (2, b"y")]}
        assert rehearsals.end(connection, ADA, "a1", NOW, State.DONE, **told)
        assert rehearsals.examples(connection, tried()) == [b"x", b"y"]
        rehearsals.begin(connection, tried(attempt="a2"))
        assert rehearsals.examples(connection, tried()) == []
        assert not rehearsals.end(connection, ADA, "a1", NOW, State.DONE, **told)
        found = rehearsals.of(connection, ADA)
        assert found is not None
        assert found.state is State.RUNNING
        rehearsals.drop(connection, ADA)
        assert rehearsals.of(connection, ADA) is None


def test_only_those_that_are_heard_of_count_as_running(database: Database) -> None:
    with database.begin() as connection:
        rehearsals.begin(connection, tried("reviewer:a", NOW))
        rehearsals.begin(connection, tried("reviewer:b", NOW - 60_000))
        assert rehearsals.running(connection, NOW - 1_000) == 1
        assert rehearsals.running(connection, NOW - 60_000) == 2


def test_nobody_sees_whose_data_is_restricted(database: Database) -> None:
    hidden = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
    with database.begin() as connection:
        rehearsals.begin(connection, tried())
        some = [(hidden.key(), b"hidden"), (5, b"seen")]
        rehearsals.end(connection, ADA, "a1", NOW, State.DONE, body=b"", examples=some)
        restrictions.restrict(connection, hidden, NOW, "asked", "operator:x")
        assert rehearsals.examples(connection, tried()) == [b"seen"]
