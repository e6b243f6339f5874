"""The floor: it stores every line, as rows of the length asked for."""

from pathlib import Path

import pytest

from benchmarks import floor, world
from benchmarks.floor import Floor
from tests.databases import Databases


@pytest.mark.parametrize("body", [50, 400])
def test_every_line_becomes_a_row_of_that_length(
    databases: Databases, tmp_path: Path, body: int
) -> None:
    url = databases.url()
    world.write(tmp_path / "log", 250, 20)
    side = Floor(tmp_path / "log", url, batch=100, body=body)
    assert [side.step() for _ in range(4)] == [100, 100, 50, 0]
    assert side.facts() == {"rows": 250, "body": body}
    assert all(seconds >= 0 for seconds in side.parts().values())
    side.stop()
    engine = databases.connect(url)
    with engine.begin() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM events").scalars().all()
        accounts = connection.exec_driver_sql("SELECT DISTINCT account_key FROM events").all()
    assert len({*ids}) == 250
    assert {len(each) for each in ids} == {16}
    assert len(accounts) == 20


def test_it_runs_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write(tmp_path / "log", 250, 20)
    monkeypatch.setattr("sys.argv", ["floor", str(tmp_path / "log"), str(tmp_path / "floor.db")])
    floor.main()
    said = capsys.readouterr().out
    assert said.startswith("250 events in ")
    assert "store" in said
