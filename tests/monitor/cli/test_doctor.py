"""`vigie doctor`: what is in order and what is not, and what to do then."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.cli.calling import Called, call
from tests.monitor.faults.running import configured, world_lines, write


def checks(done: Called) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(done.out)}


def bad(done: Called) -> set[str]:
    return {name for name, check in checks(done).items() if not check["good"]}


@pytest.fixture(autouse=True)
def closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)


def test_all_is_in_order_before_and_after_the_first_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, world_lines(days=1, accounts=10))
    config = configured(tmp_path, log)
    before = call(capsys, "doctor", "--config", config, "--json")
    assert (before.code, bad(before)) == (0, set())
    assert not (tmp_path / "vigie.db").exists()
    assert call(capsys, "ingest", log, "--config", config).code == 0
    after = call(capsys, "doctor", "--config", config, "--json")
    assert (after.code, bad(after)) == (0, set())
    found = checks(after)
    assert found["database's soundness"]["seen"] == "ok"
    assert any("0 unreadable" in check["seen"] for check in found.values())
    table = call(capsys, "doctor", "--config", config)
    assert table.code == 0
    assert "in order" in table.told
    assert "not in order" not in table.told


def test_what_is_not_in_order_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder.log"
    folder.mkdir()
    config = configured(tmp_path, tmp_path / "missing.log", folder)
    (tmp_path / "vigie.db").write_bytes(b"no database" * 100)
    tmp_path.chmod(0o755)
    done = call(capsys, "doctor", "--config", config, "--json")
    assert done.code == 1
    assert bad(done) == {
        "database",
        "data folder's rights",
        "source missing",
        "source folder",
    }
    found = checks(done)
    assert "not a SQLite database" in found["database"]["seen"]
    assert "chmod" in found["data folder's rights"]["remedy"]
    assert "missing.log" in found["source missing"]["seen"]
    for name in bad(done):
        assert name in done.err
    assert call(capsys, "doctor", "--config", config).code == 1


def test_a_source_that_is_mostly_unreadable_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, [b"{"] * 9 + world_lines(days=1, accounts=5)[:1])
    config = configured(tmp_path)
    assert call(capsys, "ingest", log, "--config", config).code == 0
    done = call(capsys, "doctor", "--config", config, "--json")
    assert done.code == 1
    assert len(bad(done)) == 1
    check = checks(done)[bad(done).pop()]
    assert "9 unreadable" in check["seen"]
    assert "vigie explain" in check["remedy"]


def test_location_data_that_is_damaged_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "city.mmdb").write_bytes(b"no database")
    config = configured(tmp_path)
    config.write_text(config.read_text() + '[geo]\ncity = "city.mmdb"\n')
    done = call(capsys, "doctor", "--config", config, "--json")
    assert done.code == 1
    assert bad(done) == {"location data"}
    assert "[geo]" in checks(done)["location data"]["remedy"]
