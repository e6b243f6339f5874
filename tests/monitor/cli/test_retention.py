"""`vigie retention`: says what is due without touching it, and does it where no engine runs."""

import json
from pathlib import Path

import pytest

from detectors.core.event import DAY
from monitor.clock import now_ms
from monitor.store.lock import only_engine
from tests.monitor.cli.calling import Called, call
from tests.monitor.faults.running import query

SIGN_IN = (
    '{{"class_uid":3002,"activity_id":1,"status_id":1,"severity_id":1,"time":{time},'
    '"user":{{"uid":"u{number}"}},"src_endpoint":{{"ip":"203.0.113.{number}"}},'
    '"metadata":{{"uid":"e{number}","version":"1.6.0","product":{{"name":"x"}}}}}}'
)


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A database with events from 100, 50 and 1 days ago."""
    log = tmp_path / "log.ndjson"
    days = (100, 50, 1)
    lines = [
        SIGN_IN.format(time=now_ms() - age * DAY, number=number)
        for number, age in enumerate(days, 1)
    ]
    log.write_text("\n".join(lines) + "\n")
    path = tmp_path / "vigie.toml"
    path.write_text(f'data = "{tmp_path}"\n')
    assert call(capsys, "ingest", log, "--config", path).code == 0
    return path


def status(capsys: pytest.CaptureFixture[str], config: Path) -> dict[str, tuple[int, int]]:
    done = call(capsys, "retention", "status", "--json", "--config", config)
    assert done.code == 0
    return {kind["name"]: (kind["kept"], kind["due"]) for kind in json.loads(done.out)["kinds"]}


def ages(config: Path) -> list[int]:
    rows = query(config.parent / "vigie.db", "SELECT id FROM events ORDER BY id")
    return [round((now_ms() - int.from_bytes(row[0][:6], "big")) / DAY) for row in rows]


def test_what_is_due_is_said_and_stays(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    assert status(capsys, config)["events"] == (3, 1)
    done: Called = call(capsys, "retention", "run", "--dry-run", "--config", config)
    assert done.code == 0
    assert "Last round: never yet" in done.told
    assert ages(config) == [100, 50, 1]


def test_a_load_of_old_data_waits_until_it_is_confirmed(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    done = call(capsys, "retention", "run", "--config", config)
    assert done.code == 1
    assert "days of data are too old at once" in done.told
    assert ages(config) == [100, 50, 1]
    assert "too old at once" in call(capsys, "retention", "status", "--config", config).told
    done = call(capsys, "retention", "run", "--confirm", "--config", config)
    assert done.code == 0
    assert "1 rows: events" in done.told
    assert ages(config) == [50, 1]
    assert status(capsys, config)["events"] == (2, 0)
    again = call(capsys, "retention", "run", "--config", config)
    assert (again.code, "Nothing was due" in again.told) == (0, True)


def test_where_an_engine_runs_it_is_left_to_it(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    with only_engine(f"sqlite:///{config.parent / 'vigie.db'}"):
        refused = call(capsys, "retention", "run", "--config", config)
        assert refused.code == 1
        assert "vigie" in refused.err
        left = call(capsys, "retention", "run", "--confirm", "--config", config)
    assert (left.code, "its next round" in left.told) == (0, True)
    assert ages(config) == [100, 50, 1]
    assert call(capsys, "retention", "run", "--config", config).code == 0
    assert ages(config) == [50, 1]


def test_without_a_database_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(f'data = "{tmp_path}"\n')
    done = call(capsys, "retention", "status", "--config", path)
    assert (done.code, "vigie db upgrade" in done.told) == (1, True)
