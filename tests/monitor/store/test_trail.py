"""The stored audit is read as it was entered, and whoever lays hands on it is told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, text, update

from monitor.chain.entry import BEGINNING, Content, next_entry
from monitor.chain.sealing import Seal, Sealer, Statement
from monitor.chain.verification import Verdict, Wrong
from monitor.store import audit, tables, trail
from monitor.store.connection import reading
from monitor.store.trail import Filter

NOW = 1_790_000_000_000
SEALER = Sealer(b"k" * 32)
TABLE, CONTENTS, MARKS = tables.audit, tables.audit_contents, tables.audit_marks


def add(connection: Connection, number: int, **more: Any) -> None:
    given: dict[str, Any] = {
        "time": NOW + number,
        "actor": f"reviewer:{number % 2}",
        "operation": "accounts:write",
        "subject": f"account:{number}",
        "tenant": "acme" if number % 2 else None,
        "content": {"name": f"Zoë {number}"},
    }
    audit.append(connection, **given | more)


@pytest.fixture
def filled(database: Engine) -> Engine:
    """Six entries."""
    with database.begin() as connection:
        for number in range(1, 7):
            add(connection, number)
    return database


def verify(database: Engine, *seals: Seal) -> Verdict:
    with reading(database).begin() as connection:
        return trail.verify(connection, SEALER.public, list(seals))


def wrong(verdict: Verdict) -> set[Wrong]:
    return {fault.wrong for fault in verdict.faults}


def head(database: Engine) -> Seal:
    with reading(database).begin() as connection:
        return SEALER.seal(Statement.HEAD, trail.head(connection), NOW)


def numbers(
    database: Engine, wanted: Filter, before: int | None = None, most: int = 9
) -> list[int]:
    with reading(database).begin() as connection:
        return [entry.number for entry, _ in trail.newest(connection, wanted, before, most)]


def test_nothing_is_whole_and_begins_at_the_beginning(database: Engine) -> None:
    assert verify(database).is_whole
    with reading(database).begin() as connection:
        assert trail.head(connection) == BEGINNING
        assert trail.anchor(connection) is None
        assert trail.count(connection) == 0


def test_what_is_entered_is_read_with_its_content(filled: Engine) -> None:
    with reading(filled).begin() as connection:
        found = list(trail.entries(connection))
        assert [entry.number for entry, _ in found] == [1, 2, 3, 4, 5, 6]
        assert [e.number for e, _ in trail.entries(connection, 2, 3)] == [3, 4, 5]
        assert trail.digest_at(connection, 6) == found[-1][0].digest
        assert trail.digest_at(connection, 7) is None
        assert (trail.count(connection), trail.count(connection, NOW + 3)) == (6, 2)
    told = [None if content is None else content.told() for _, content in found]
    assert told[0] == {"name": "Zoë 1"}
    verdict = verify(filled, head(filled))
    assert verdict.is_whole
    assert (verdict.entries, verdict.held) == (6, 1)


def test_whoever_waits_hears_how_far_it_is(filled: Engine) -> None:
    told: list[int] = []
    with reading(filled).begin() as connection:
        trail.verify(connection, SEALER.public, [], told.append)
    assert sum(told) == 6


def test_the_newest_come_first_and_those_wanted_only(filled: Engine) -> None:
    assert numbers(filled, Filter()) == [6, 5, 4, 3, 2, 1]
    assert numbers(filled, Filter(), before=4, most=2) == [3, 2]
    assert numbers(filled, Filter(actor="reviewer:1")) == [5, 3, 1]
    assert numbers(filled, Filter(tenant="acme", until=NOW + 5)) == [3, 1]
    assert numbers(filled, Filter(subject="account:2")) == [2]
    assert numbers(filled, Filter(operation="keys:write")) == []
    assert numbers(filled, Filter(operation="accounts:write", since=NOW + 5)) == [6, 5]


def alter(column: str, value: object) -> Callable[[Connection], object]:
    return lambda c: c.execute(update(TABLE).where(TABLE.c.number == 3).values({column: value}))


def drop(*dropped: int) -> Callable[[Connection], object]:
    def act(connection: Connection) -> None:
        for table in (TABLE, CONTENTS):
            connection.execute(delete(table).where(table.c.number.in_(dropped)))

    return act


def drop_last_and_move_the_head(connection: Connection) -> None:
    drop(6)(connection)
    digest = trail.digest_at(connection, 5)
    connection.execute(update(MARKS).values(number=5, digest=digest))


def swap(connection: Connection) -> None:
    for table in (TABLE, CONTENTS):
        for former, new in ((3, 99), (4, 3), (99, 4)):
            changed = update(table).where(table.c.number == former).values(number=new)
            connection.execute(changed)


def put_one_in(connection: Connection) -> None:
    """In place of the third, with what follows moved on by one, and nothing reckoned anew."""
    for number in (6, 5, 4, 3):
        for table in (TABLE, CONTENTS):
            moved = update(table).where(table.c.number == number).values(number=number + 1)
            connection.execute(moved)
    forge(connection, 3)


def forge(connection: Connection, number: int) -> None:
    before = next(entry for entry, _ in trail.entries(connection, number - 2, 1)).mark
    content = Content(b"s" * 32, b"{}")
    entry = next_entry(
        before, content, time=NOW, actor="reviewer:0", operation="x", subject="account:forged"
    )
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    connection.execute(insert(TABLE).values(values))
    connection.execute(insert(CONTENTS).values(number=number, salt=content.salt, body=content.body))


def rewrite(connection: Connection) -> None:
    """The third and all behind it, with every digest and the head reckoned anew."""
    known = list(trail.entries(connection))
    before = known[1][0].mark
    for entry, content in known[2:]:
        assert content is not None
        again = next_entry(
            before,
            content,
            time=entry.time,
            actor="reviewer:other",
            operation=entry.operation,
            subject=entry.subject,
            tenant=entry.tenant,
        )
        values = {name: getattr(again, name) for name in again.__struct_fields__}
        connection.execute(update(TABLE).where(TABLE.c.number == again.number).values(values))
        before = again.mark
    connection.execute(update(MARKS).values(number=before.number, digest=before.digest))


def salt_anew(connection: Connection) -> None:
    connection.execute(update(CONTENTS).where(CONTENTS.c.number == 3).values(salt=b"s" * 32))


def change_content(connection: Connection) -> None:
    connection.execute(update(CONTENTS).where(CONTENTS.c.number == 3).values(body=b"{}"))


TAMPERING = {
    "time": (alter("time", NOW), Wrong.ALTERED),
    "actor": (alter("actor", "reviewer:x"), Wrong.ALTERED),
    "operation": (alter("operation", "accounts:read"), Wrong.ALTERED),
    "subject": (alter("subject", "account:x"), Wrong.ALTERED),
    "tenant": (alter("tenant", "other"), Wrong.ALTERED),
    "no tenant": (alter("tenant", None), Wrong.ALTERED),
    "content's digest": (alter("content", b"x" * 32), Wrong.ALTERED),
    "previous": (alter("previous", b"x" * 32), Wrong.PREVIOUS),
    "digest": (alter("digest", b"x" * 32), Wrong.ALTERED),
    "number": (alter("number", 77), Wrong.NUMBER),
    "content": (change_content, Wrong.CONTENT),
    "salt": (salt_anew, Wrong.CONTENT),
    "content gone": (lambda c: c.execute(delete(CONTENTS)), Wrong.MISSING),
    "content too many": (
        lambda c: c.execute(insert(CONTENTS).values(number=99, salt=b"", body=b"")),
        Wrong.STRAY,
    ),
    "first gone": (drop(1), Wrong.NUMBER),
    "one gone": (drop(3), Wrong.NUMBER),
    "last gone": (drop(6), Wrong.HEAD),
    "all gone": (drop(1, 2, 3, 4, 5, 6), Wrong.HEAD),
    "head gone": (lambda c: c.execute(delete(MARKS)), Wrong.HEAD),
    "head moved": (lambda c: c.execute(update(MARKS).values(number=5)), Wrong.HEAD),
    "last gone and head moved": (drop_last_and_move_the_head, Wrong.CUT),
    "swapped": (swap, Wrong.PREVIOUS),
    "put in": (put_one_in, Wrong.PREVIOUS),
    "rewritten": (rewrite, Wrong.FORKED),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_whoever_lays_hands_on_the_tables_is_told(filled: Engine, name: str) -> None:
    act, expected = TAMPERING[name]
    seal = head(filled)
    with filled.begin() as connection:
        act(connection)
    assert expected in wrong(verify(filled, seal))
    assert not verify(filled, seal).is_whole


def test_without_a_place_outside_a_chain_that_is_reckoned_anew_is_not_told(filled: Engine) -> None:
    """What the database alone cannot prove: the documentation says so."""
    with filled.begin() as connection:
        rewrite(connection)
    assert verify(filled).is_whole


def test_what_is_erased_lawfully_is_told_as_erased_and_the_chain_holds(filled: Engine) -> None:
    with filled.begin() as connection:
        add(connection, 7, subject="account:2")
        add(connection, 8, subject="account:2b")
    seal = head(filled)
    with filled.begin() as connection:
        erased = audit.erase(connection, ["account:2", "account:9"], time=NOW, actor="operator:sam")
    assert erased == 2
    verdict = verify(filled, seal)
    assert verdict.is_whole
    assert (verdict.entries, verdict.erased) == (9, 2)
    with reading(filled).begin() as connection:
        left = {entry.number for entry, content in trail.entries(connection) if content is None}
        assert left == {2, 7}


def test_contents_are_erased_by_their_numbers_as_well(filled: Engine) -> None:
    with filled.begin() as connection:
        gone = audit.erase_numbers(connection, [1, 2, 5, 77], time=NOW, actor="daemon:vigie")
    assert gone == 3
    verdict = verify(filled)
    assert verdict.is_whole
    assert (verdict.entries, verdict.erased) == (7, 3)
    with filled.begin() as connection:
        assert audit.erase_numbers(connection, [], time=NOW, actor="daemon:vigie") == 0
    assert verify(filled).entries == 7


def sign(mark: Any) -> Seal:
    return SEALER.seal(Statement.ANCHOR, mark, NOW)


def test_the_oldest_go_and_what_is_left_holds(filled: Engine) -> None:
    seal = head(filled)
    with filled.begin() as connection:
        assert audit.forget(connection, NOW + 5, 3, sign) == 3
    with filled.begin() as connection:
        assert audit.forget(connection, NOW + 5, 3, sign) == 1
        assert audit.forget(connection, NOW + 5, 3, sign) == 0
        add(connection, 7)
    verdict = verify(filled, seal)
    assert verdict.is_whole
    assert (verdict.first, verdict.entries) == (5, 3)


def test_all_may_go_and_the_next_follows(filled: Engine) -> None:
    with filled.begin() as connection:
        assert audit.forget(connection, NOW + 99, 100, sign) == 6
    assert verify(filled).is_whole
    with filled.begin() as connection:
        add(connection, 7)
    assert verify(filled).first == 7


def test_what_was_tampered_with_does_not_go(filled: Engine) -> None:
    """Else the evidence would go with it, and be signed for."""
    with filled.begin() as connection:
        alter("actor", "reviewer:x")(connection)
        assert audit.forget(connection, NOW + 99, 100, sign) == 2
        assert audit.forget(connection, NOW + 99, 100, sign) == 0
    assert wrong(verify(filled)) == {Wrong.ALTERED}


def test_a_beginning_that_was_forged_is_told(filled: Engine) -> None:
    with filled.begin() as connection:
        audit.forget(connection, NOW + 3, 100, sign_as_somebody)
    assert wrong(verify(filled)) == {Wrong.SIGNER, Wrong.ANCHOR}
    with filled.begin() as connection:
        connection.execute(text("DELETE FROM audit_marks WHERE name = 'anchor'"))
    assert wrong(verify(filled)) == {Wrong.NUMBER, Wrong.PREVIOUS}


def sign_as_somebody(mark: Any) -> Seal:
    return Sealer(b"o" * 32).seal(Statement.ANCHOR, mark, NOW)
