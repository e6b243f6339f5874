"""A file's lines belong to nobody before it is taken, and then come behind all that came before."""

from msgspec import structs
from sqlalchemy import Engine as Database

from monitor.store import added
from monitor.store.added import HANDED_IN, STAGED, AddedSource, StagedFile
from monitor.store.inbox import Inbox, Parcel

ONE = AddedSource(
    name="ssh",
    way=HANDED_IN,
    format="auto",
    zone="UTC",
    tenant=None,
    lines=2,
    added=5,
    changed=5,
    actor="reviewer:1",
)
FILE = StagedFile(uid="f1", actor="reviewer:1", file="auth.log", lines=2, size=8, staged=5)


def put(database: Database, source: str, *lines: bytes) -> None:
    Inbox(database).put([Parcel(source, "file/f1", list(lines))], 5)


def test_what_is_taken_comes_behind_what_was_read_before(database: Database) -> None:
    put(database, STAGED + "f1", b"a", b"b")
    put(database, "ssh", b"c")
    inbox = Inbox(database)
    [read] = inbox.after("ssh", 0, 9, 1 << 20)
    with database.begin() as connection:
        added.stage(connection, FILE)
        assert added.hand_over(connection, "f1", "ssh", "acme", 9)
        assert added.staged(connection, "f1") is None
        assert not added.hand_over(connection, "f1", "ssh", "acme", 9), "nobody takes it twice"
    [taken] = inbox.after("ssh", read.id, 9, 1 << 20)
    assert taken.parcel.lines == [b"a", b"b"]
    assert (taken.parcel.tenant, taken.received, taken.parcel.sender) == ("acme", 9, "file/f1")
    assert inbox.after(STAGED + "f1", 0, 9, 1 << 20) == []


def test_what_nobody_takes_is_forgotten_with_its_lines(database: Database) -> None:
    put(database, STAGED + "f1", b"a")
    with database.begin() as connection:
        added.stage(connection, FILE)
        assert added.staged_before(connection, 5) == []
        assert added.staged_before(connection, 6) == ["f1"]
        assert added.discard(connection, "f1")
        assert not added.discard(connection, "f1")
    assert Inbox(database).waiting().lines == 0


def test_a_source_is_kept_changed_and_removed_and_each_is_noticed(database: Database) -> None:
    with database.begin() as connection:
        marks = [added.mark(connection)]
        added.keep(connection, ONE)
        marks.append(added.mark(connection))
        added.keep(connection, structs.replace(ONE, lines=7, changed=6))
        marks.append(added.mark(connection))
        assert [one.lines for one in added.added(connection)] == [7]
        assert added.remove(connection, "ssh")
        assert not added.remove(connection, "ssh")
        assert added.one(connection, "ssh") is None
    assert len(set(marks)) == 3
