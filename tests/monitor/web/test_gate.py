"""A web process answers for the gate first, and tells what it did and what it could not tell."""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, text

from monitor.gate.counting import Counting
from monitor.gate.memory import Memory
from monitor.gate.verify import Verify
from monitor.health import gate as health
from monitor.health.rule import Blinded
from monitor.mfa.sealing import Seal
from monitor.store.watching import Watching
from monitor.web.app import create_app
from monitor.web.gate import GateTelling, gated, knower_of
from tests.monitor.gate.asking import NOW, asked, session
from tests.monitor.gate.standing import listed
from tests.monitor.gate.test_terms import terms


def notes(database: Engine) -> list[bytes]:
    return Watching(database).notes(health.PREFIX)


class Told:
    """A process's telling over a database that can go away."""

    def __init__(self, database: Engine) -> None:
        self.now, self.seconds = NOW, 0.0
        self.memory = Memory(database, 5.0, lambda: self.now, lambda: self.seconds)
        self.counting = Counting(now=lambda: self.now)
        self.telling = GateTelling(database, self.memory, self.counting, lambda: self.now)


def test_without_a_way_to_know_sessions_nothing_stands_before_the_pages(database: Engine) -> None:
    async def app(*_: Any) -> None: ...

    off = msgspec.structs.replace(terms("cookie"), session=None)
    assert knower_of(off, "acme", lambda: NOW) is None
    assert knower_of(None, "acme", lambda: NOW) is None
    assert gated(app, None, off, database, Seal(bytes(32)), "", lambda: NOW) is app


def test_the_application_is_guarded_and_its_pages_stay_as_they_are(database: Engine) -> None:
    listed(database, "u-1", "disabled", NOW)
    app = create_app(
        "sqlite://", engine=database, now=lambda: NOW, gate=terms("cookie"), tenant="acme"
    )
    assert isinstance(app, Verify)
    try:
        told = [(name.encode(), value.encode()) for name, value in (session(),)]
        assert asyncio.run(asked(app, told)).status == 403
        host = [(b"host", b"127.0.0.1")]
        assert asyncio.run(asked(app, host, "/healthz")).status == 200
        assert asyncio.run(asked(app, host, "/incidents/x")).status == 401
    finally:
        app.close()


def test_what_it_did_is_noted_and_summed_for_whoever_reads(database: Engine) -> None:
    told = Told(database)
    told.counting.count("pass")
    told.telling.after(told.memory.look())
    (one,) = health.alive(notes(database), NOW)
    assert (one.answers, one.known, one.is_blind) == ({"pass": 1}, 0, False)
    # Not at every look, which is several times a second.
    told.counting.count("pass")
    told.telling.after(told.memory.look())
    (one,) = health.alive(notes(database), NOW)
    assert one.answers == {"pass": 1}


def test_that_it_was_blind_is_told_once_the_database_is_back(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(database)
    told.telling.after(told.memory.look())
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE gate_changes RENAME TO away"))
    told.seconds += 6
    told.telling.after(told.memory.look())
    told.counting.blindly("the database: OperationalError", True)
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO gate_changes"))
    assert health.blinded(notes(database), NOW) is None
    monkeypatch.setattr(health, "EVERY_S", 0.0)
    told.telling.after(told.memory.look())
    found = health.blinded(notes(database), NOW)
    assert isinstance(found, Blinded)
    assert (found.passed, found.reason[:12]) == (1, "the database")


def test_a_database_that_takes_no_note_keeps_nobody_from_answering(database: Engine) -> None:
    told = Told(database)
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE engine RENAME TO away"))
    told.telling.tell()
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO engine"))
    told.telling.tell()
    assert len(notes(database)) == 1
