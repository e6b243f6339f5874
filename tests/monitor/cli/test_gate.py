"""`vigie gate ask` says what a session meets now, and writes down that somebody looked."""

import json
from pathlib import Path

import pytest

from monitor.clock import now_ms
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured, query
from tests.monitor.gate.standing import demanded, listed, proved


def test_what_stands_is_told_with_the_order_that_it_stands_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, now = configured(tmp_path), now_ms()
    placed(tmp_path / "vigie.db")
    database = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    listed(database, "u-1", "revoked", now - 60_000)
    demanded(database, "u-2", "s-1", "challenge", now, now + 600_000)
    proved(database, "u-3", "s-1", now, now + 600_000)
    database.dispose()

    def ask(*given: str) -> str:
        done = call(capsys, "gate", "ask", "--tenant", "acme", *given, "--config", config)
        assert done.code == 0, done.told
        return done.out

    assert ask("--account", "u-1") == "It has to sign in again, by order of revoked.\n"
    assert ask("--account", "u-1", "--new") == "It passes.\n"
    told = ask("--account", "u-2", "--session", "s-1")
    assert told.startswith("It has to prove who it is, by demand of challenge, until 2")
    assert ask("--account", "u-3", "--session", "s-1") == ("It passes; it was proved at level 2.\n")
    found = json.loads(ask("--account", "u-2", "--session", "s-1", "--json"))
    assert (found["verdict"], found["order"]) == ("challenge", "demand of challenge")
    rows = query(tmp_path / "vigie.db", "SELECT count(*) FROM audit")
    assert rows[0][0] == 5
