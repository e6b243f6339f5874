"""Whom the engine may not judge, and whom it must not know."""

from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.engine import Intake
from monitor.shield import Shield
from monitor.store import restrictions, tables
from monitor.store.writing import Reject, Writing
from tests.monitor.erasing.leaving import (
    NOW,
    PEPPER,
    SUBJECT,
    WHO,
    erase,
    fill,
    is_named,
    later,
    own,
    request,
)
from tests.monitor.test_engine import new_engine, sign_in


def test_it_looks_again_only_when_something_changed(database: Database) -> None:
    shield = Shield(PEPPER)
    with database.begin() as connection:
        writing = Writing(connection)
        assert shield.refresh(writing) == set()
        assert shield.refresh(writing) is None
        assert shield.is_idle
        number = restrictions.restrict(connection, SUBJECT, NOW, "#1", "operator:x")
        assert shield.refresh(writing) == {("t", WHO)}
        assert shield.withholds("t", WHO)
        assert not shield.withholds("u", WHO)
        assert shield.hides(SUBJECT)
        restrictions.release(connection, number, NOW, "done", "operator:x")
        assert shield.refresh(writing) == set()
        assert shield.is_idle


def test_what_is_from_before_an_erasure_is_dropped(database: Database) -> None:
    shield = Shield(PEPPER)
    request(database)
    with database.begin() as connection:
        shield.refresh(Writing(connection))
    assert all(shield.drops(event) for event in own(3))
    assert not shield.drops(later())
    assert not shield.drops(sign_in(NOW - HOUR, "a1"))
    assert not shield.drops(sign_in(NOW - HOUR, ""))
    assert not shield.drops(sign_in(NOW - HOUR, WHO, tenant="u"))
    # Known by its name alone, it is the same account.
    assert shield.drops(sign_in(NOW - HOUR, WHO.upper(), account_by_name=True))
    assert not shield.drops(sign_in(NOW - HOUR, WHO.upper()))


def test_with_another_key_nobody_is_known(database: Database) -> None:
    request(database)
    for pepper in (None, b"q" * 32):
        shield = Shield(pepper)
        with database.begin() as connection:
            shield.refresh(Writing(connection))
        assert not shield.drops(own(1)[0])
        assert shield.withholds("t", WHO)


def test_nobody_is_found_behind_a_pseudonym(database: Database) -> None:
    shield = Shield(PEPPER)
    request(database)
    with database.begin() as connection:
        from monitor.store import erasures

        shield.refresh(Writing(connection))
        [one] = erasures.every(connection)
    assert shield.hides(Subject(SubjectKind.ACCOUNT, "t", one.pseudonym))
    assert not shield.hides(Subject(SubjectKind.ACCOUNT, "t", "a1"))


def test_lines_that_cannot_be_read_do_not_bring_a_name_back(database: Database) -> None:
    fill(database)
    erase(database)
    engine = new_engine(database, pepper=PEPPER)
    lines = [b"user=Canary-7731 from", b'{"name":"zoe.canary"', b"user=somebody from", b""]
    rejects = [Reject(f"f#{n}", "is no JSON", line) for n, line in enumerate(lines)]
    engine.process([Intake("source", "test", "s", b"c", [], lines=4, rejects=rejects)])
    engine.stop()
    assert not is_named(database)
    with database.begin() as connection:
        rows = connection.execute(select(tables.rejects.c.raw, tables.rejects.c.reason)).all()
    assert [bytes(raw) for raw, _ in rows[-4:]] == [b"", b"", b"user=somebody from", b""]
    assert [why for _, why in rows].count("names somebody who was erased") == 2
