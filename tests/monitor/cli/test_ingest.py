"""`vigie ingest`: every line once, from where it was left, whatever is read how often."""

import gzip
import json
from pathlib import Path

import pytest

from monitor.cli.serving import Part, serve_until
from monitor.settings import load
from tests.monitor.cli.calling import call
from tests.monitor.cli.test_serving import StopsWhenRead
from tests.monitor.faults.running import configured, contents, vigie, world_lines, write


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return world_lines(days=2, accounts=25)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return configured(tmp_path)


def test_twice_stores_once_and_a_grown_file_goes_on(
    lines: list[bytes], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, database = tmp_path / "idp.ndjson", tmp_path / "vigie.db"
    write(log, lines[:300])
    first = call(capsys, "ingest", log, "--config", config)
    assert first.code == 0
    assert "300 new events" in first.told
    stored = contents(database)
    again = call(capsys, "ingest", log, "--config", config)
    assert "0 new events, 0 known already" in again.told
    assert contents(database) == stored
    write(log, lines)
    grown = call(capsys, "ingest", log, "--config", config, "--json")
    counts = json.loads(grown.out)
    assert counts["events"] == len(lines) - 300
    assert counts["duplicates"] == 0
    assert counts["troubles"] == []
    assert len(contents(database)["events"]) == len(lines)


def test_the_same_events_elsewhere_are_known_already(
    lines: list[bytes], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, packed = tmp_path / "idp.ndjson", tmp_path / "copy.gz"
    write(log, lines)
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert call(capsys, "ingest", log, "--config", config).code == 0
    counts = json.loads(call(capsys, "ingest", packed, "--config", config, "--json").out)
    assert counts["events"] == 0
    assert counts["duplicates"] == len(lines)


def test_what_the_daemon_reads_as_well_is_the_same_events(
    lines: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, lines)
    config = configured(tmp_path, log)
    assert call(capsys, "ingest", log, "--config", config).code == 0
    stopping = StopsWhenRead()
    serve_until(stopping, load(config, {}), parts=frozenset((Part.ENGINE,)))
    assert len(contents(tmp_path / "vigie.db")["events"]) == len(lines)
    assert "0 new events" in call(capsys, "ingest", log, "--config", config).told


def test_a_log_that_the_settings_describe_is_stored_like_any(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with config.open("a", encoding="utf-8") as opened:
        opened.write('[formats.desk]\nkind = "csv"\ncolumns = "when,who,ok"\n')
        opened.write('fields = {time = "when", account = "who", outcome = "ok"}\n')
    log = tmp_path / "desk.csv"
    log.write_text("when,who,ok\n1714809600,ann,ok\n1714809601,bob,denied\n1714809602,eve\n")
    refused = call(capsys, "ingest", log, "--config", config, "--format", "till")
    assert refused.code == 2
    assert "there are: auto, desk, " in refused.told
    done = call(capsys, "ingest", log, "--config", config, "--format", "desk", "--json")
    counts = json.loads(done.out)
    assert (counts["events"], counts["duplicates"]) == (2, 0)
    assert len(contents(tmp_path / "vigie.db")["events"]) == 2


def test_standard_input_and_a_file_come_to_the_same(lines: list[bytes], tmp_path: Path) -> None:
    found = []
    given = b"".join(line + b"\n" for line in lines).decode()
    write(tmp_path / "idp.ndjson", lines)
    for name, path in (("input", "-"), ("file", str(tmp_path / "idp.ndjson"))):
        folder = tmp_path / name
        folder.mkdir()
        config = str(configured(folder))
        done = vigie("ingest", path, "--config", config, input=given if path == "-" else "")
        assert done.returncode == 0, done.stderr
        stored = contents(folder / "vigie.db")
        found.append({table: stored[table] for table in ("events", "findings", "incidents")})
    assert found[0] == found[1]
    assert len(found[0]["incidents"]) >= 2


def test_a_log_that_cannot_be_read_does_not_keep_the_others_from_it(
    lines: list[bytes], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, lines[:50])
    missing, folder = tmp_path / "missing.log", tmp_path / "folder"
    folder.mkdir()
    done = call(capsys, "ingest", missing, folder, log, "--config", config, "--json")
    assert done.code == 1
    counts = json.loads(done.out)
    assert counts["events"] == 50
    assert len(counts["troubles"]) == 2
    assert "missing.log" in done.err
    assert "folder" in done.err


def test_lines_that_cannot_be_read_are_counted(
    lines: list[bytes], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, [*lines[:10], b"{", b"\xff", *lines[10:20]])
    done = call(capsys, "ingest", log, "--config", config)
    assert done.code == 0
    assert "20 new events" in done.told
    assert "2 unreadable" in done.told


def test_another_source_makes_other_events(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "auth.log"
    write(
        log,
        [
            b"2026-09-21T14:02:07+00:00 web sshd[7]: Failed password for root from 203.0.113.9"
            b" port 4022 ssh2"
        ]
        * 3,
    )
    for source in ("web", "bastion"):
        done = call(capsys, "ingest", log, "--source", source, "--config", config, "--json")
        assert json.loads(done.out)["events"] == 3
    assert len(contents(tmp_path / "vigie.db")["events"]) == 6


def test_a_tenant_may_be_given(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, [b'{"class_uid":3002,"activity_id":1,"time":1790000000000,"user":{"uid":"u"}}'])
    assert call(capsys, "ingest", log, "--tenant", "acme", "--config", config).code == 0
    assert b"acme" in contents(tmp_path / "vigie.db")["events"][0][-1]
