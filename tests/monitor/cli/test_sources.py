"""The command tells how the sources are, and by its code whether all is well."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from monitor.cli.sources import _short
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.receipts import Receipts, SenderReceipts, note_receipts
from tests.monitor.cli.calling import call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "vigie.toml"
    path.write_text(f'data = "{tmp_path}"\n')
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    with database.begin() as connection:
        connection.execute(
            insert(tables.sources), [{"id": 1, "name": "ssh", "format": "sshd", "rejected": 3}]
        )
        raw = b"\x1b]0;evil\x07 password=hunter2"
        row = {"source_id": 1, "position": "/log:9", "reason": "not JSON", "raw": raw}
        connection.execute(insert(tables.rejects), [row])
    database.dispose()
    return path


def trouble(config: Path) -> None:
    database: Engine = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    row = {"subject": "source:ssh", "kind": "silent", "since": 1_800_000_000_000, "facts": b""}
    with database.begin() as connection:
        connection.execute(insert(tables.health), [row])
    database.dispose()


def test_all_is_well(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "sources", "--config", config)
    assert done.code == 0
    assert "ssh" in done.out


def test_what_is_wrong_is_told_with_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trouble(config)
    done = call(capsys, "sources", "--config", config)
    assert done.code == 1
    assert "ssh: Silent, 2027-01-15" in done.told
    assert "silent_after_minutes" in done.told
    assert call(capsys, "sources", "ssh", "--config", config).code == 1


def test_of_syslog_the_senders_are_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    senders = [SenderReceipts("192.0.2.7", 1_800_000_000_000, 7)]
    receipts = Receipts("x", 1, listening=["127.0.0.1:514"], refused={"kernel": 2}, senders=senders)
    database: Engine = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    with database.begin() as connection:
        note_receipts(connection, {"ssh": receipts})
    database.dispose()
    done = call(capsys, "sources", "ssh", "--config", config)
    for told in ("listens on 127.0.0.1:514", "2 refused: datagrams dropped by the", "192.0.2.7"):
        assert told in done.out


def test_lines_are_shown_redacted(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "sources", "ssh", "--rejects", "--config", config)
    assert done.code == 0
    assert "/log:9: not JSON" in done.told
    assert "\\x1b]0;evil\\x07 password=***" in done.told
    assert "\x1b]0;" not in done.out
    assert "hunter2" not in done.out


def test_machines_read_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trouble(config)
    every = json.loads(call(capsys, "sources", "--config", config, "--json").out)
    assert every["sources"][0]["findings"][0]["kind"] == "silent"
    one = json.loads(call(capsys, "sources", "ssh", "--rejects", "--config", config, "--json").out)
    assert one["rejected"] == 3
    assert one["rejected_lines"][0]["reason"] == "not JSON"


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--rejects"], "needs the name"), (["nobody"], "no source nobody")]
)
def test_a_wrong_call_says_why(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    done = call(capsys, "sources", *arguments, "--config", config)
    assert done.code == 2
    assert told in done.told


def test_without_a_database_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(f'data = "{tmp_path}"\n')
    done = call(capsys, "sources", "--config", path)
    assert done.code == 1
    assert "vigie run" in done.told


@pytest.mark.parametrize(
    ("span", "told"),
    [(0, "0 s"), (900, "0 s"), (-900, "0 s"), (90_000, "1 min"), (-7_200_000, "-2 h")],
)
def test_a_span_is_told_in_its_largest_unit(span: int, told: str) -> None:
    assert _short(span) == told
