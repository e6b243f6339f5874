"""`vigie backup`: a file or a folder's next one; what it holds and what not is said."""

import json
from pathlib import Path

import pytest

from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured, world_lines, write


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    log = tmp_path / "idp.ndjson"
    write(log, world_lines(days=1, accounts=5))
    made = configured(tmp_path)
    assert call(capsys, "ingest", log, "--config", made).code == 0
    return made


def test_a_file_is_made_and_said_what_it_holds(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.vigie.tar"
    done = call(capsys, "backup", path, "--config", config)
    assert done.code == 0
    assert str(path) in done.out
    assert "personal data" in done.told
    assert "neither the instance's key" in done.told
    assert path.stat().st_mode & 0o777 == 0o600
    again = call(capsys, "backup", path, "--config", config)
    assert (again.code, "nothing is overwritten" in again.told) == (1, True)


def test_in_a_folder_they_are_named_by_the_time_and_the_newest_stay(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    made = []
    for _ in range(3):
        done = call(capsys, "backup", folder, "--keep", 2, "--json", "--config", config)
        assert done.code == 0
        made.append(json.loads(done.out))
    assert sorted(map(str, folder.iterdir())) == [one["path"] for one in made[1:]]
    assert made[2]["deleted"] == [made[0]["path"]]
    assert made[0]["rows"] > 100


@pytest.mark.parametrize("arguments", [("x.tar", "--keep", "2"), (), ("x.tar", "--keep", "0")])
def test_what_makes_no_sense_exits_with_two(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert call(capsys, "backup", *arguments, "--config", config).code == 2


def test_without_a_database_there_is_nothing_to_back_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "backup", tmp_path / "x.tar", "--config", configured(tmp_path))
    assert (done.code, "nothing to back up" in done.told) == (1, True)
    assert not (tmp_path / "vigie.db").exists()
