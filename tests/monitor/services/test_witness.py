"""Places are signed when all up to them is whole, and the last good one stays the last."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from monitor.chain.checkpoints import Checkpoints
from monitor.chain.sealing import Sealer, Statement
from monitor.chain.verification import Fault, Wrong
from monitor.services import witness as module
from monitor.services.witness import Witness
from monitor.store import audit, tables, trail

NOW = 1_790_000_000_000
SEALER = Sealer(b"k" * 32)


@pytest.fixture
def kept(tmp_path: Path) -> list[Checkpoints]:
    return [Checkpoints(tmp_path / "data" / "a"), Checkpoints(tmp_path / "elsewhere")]


@pytest.fixture
def witness(database: Engine, kept: list[Checkpoints]) -> Witness:
    return Witness(database, SEALER, kept, lambda: NOW)


def add(database: Engine, count: int = 1) -> None:
    with database.begin() as connection:
        for _ in range(count):
            audit.append(
                connection, time=NOW, actor="operator:sam", operation="x", subject="key:crm"
            )


def drop_last(database: Engine) -> None:
    """With the head moved, as somebody does who knows."""
    with database.begin() as connection:
        number = trail.head(connection).number
        for table in (tables.audit, tables.audit_contents):
            connection.execute(delete(table).where(table.c.number == number))
        digest = trail.digest_at(connection, number - 1)
        moved = update(tables.audit_marks).values(number=number - 1, digest=digest)
        connection.execute(moved)


def test_a_place_is_signed_when_the_head_has_moved(
    database: Engine, witness: Witness, kept: list[Checkpoints]
) -> None:
    assert witness.look() is None
    add(database, 3)
    seal = witness.look()
    assert seal is not None
    assert (seal.statement, seal.number, seal.time) == (Statement.HEAD, 3, NOW)
    assert witness.look() is None
    add(database)
    witness.look()
    for file in kept:
        assert [one.number for one in file.read().seals] == [3, 4]
    again = Witness(database, SEALER, kept, lambda: NOW)
    assert again.look() is None
    assert again.fault is None


def test_a_file_that_cannot_be_written_holds_up_no_other(
    database: Engine, witness: Witness, kept: list[Checkpoints]
) -> None:
    kept[1].path.mkdir()
    for _ in range(2):
        add(database)
        with pytest.raises(IsADirectoryError):
            witness.look()
    assert [one.number for one in kept[0].read().seals] == [1, 2]
    kept[1].path.rmdir()
    assert witness.look() is None
    assert [one.number for one in kept[1].read().seals] == [2]


def test_much_is_looked_at_in_portions(
    database: Engine, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PORTION", 4)
    add(database, 10)
    assert [witness.look() is None for _ in range(4)] == [True, True, False, True]


@pytest.mark.parametrize("restarted", [False, True])
def test_the_last_that_are_gone_are_noticed_and_nothing_is_signed_then(
    database: Engine, witness: Witness, kept: list[Checkpoints], restarted: bool
) -> None:
    add(database, 3)
    witness.look()
    drop_last(database)
    if restarted:
        witness = Witness(database, SEALER, kept, lambda: NOW)
    assert witness.look() is None
    assert witness.fault == Fault(Wrong.CUT, 3)
    add(database, 2)
    assert witness.look() is None
    assert witness.fault == Fault(Wrong.FORKED, 3)
    assert len(kept[0].read().seals) == 1


def test_an_entry_that_was_altered_before_it_was_signed_is_noticed(
    database: Engine, witness: Witness
) -> None:
    add(database, 3)
    with database.begin() as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.number == 2).values(actor="x"))
    assert witness.look() is None
    assert witness.fault == Fault(Wrong.ALTERED, 2)


def test_content_that_was_altered_is_noticed(database: Engine, witness: Witness) -> None:
    add(database, 3)
    with database.begin() as connection:
        connection.execute(update(tables.audit_contents).values(body=b"{}x"))
    assert witness.look() is None
    assert witness.fault == Fault(Wrong.CONTENT, 1)


def test_a_head_that_is_not_the_last_entry_is_noticed(database: Engine, witness: Witness) -> None:
    add(database, 2)
    with database.begin() as connection:
        connection.execute(update(tables.audit_marks).values(digest=b"x" * 32))
    assert witness.look() is None
    assert witness.fault == Fault(Wrong.HEAD, 2)


def test_what_retention_took_and_a_restored_backup_are_no_faults(
    database: Engine, witness: Witness, kept: list[Checkpoints]
) -> None:
    add(database, 3)
    witness.look()
    with database.begin() as connection:
        audit.forget(connection, NOW + 1, 9, lambda m: SEALER.seal(Statement.ANCHOR, m, NOW))
    add(database)
    assert witness.look() is not None
    with database.begin() as connection:
        before = trail.head(connection)
    add(database)
    witness.look()
    drop_last(database)
    kept[0].add(SEALER.seal(Statement.RESTORED, before, NOW))
    add(database, 2)
    assert witness.look() is not None
    assert witness.fault is None


def test_places_of_another_key_do_not_count(
    database: Engine, witness: Witness, kept: list[Checkpoints]
) -> None:
    add(database)
    other = Sealer(b"o" * 32)
    with database.begin() as connection:
        kept[0].add(other.seal(Statement.HEAD, trail.head(connection), NOW))
    assert witness.look() is not None
