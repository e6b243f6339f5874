"""`vigie db`: up to date, which version, and the statements to read."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.store.migration import head
from tests.databases import Server
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured, contents, vigie, world_lines, write


def test_a_database_is_made_and_its_version_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path)
    before = call(capsys, "db", "status", "--config", config)
    assert before.code == 1
    assert "nothing yet" in before.told
    assert "vigie db upgrade" in before.told
    assert not (tmp_path / "vigie.db").exists()
    for _ in range(2):
        made = call(capsys, "db", "upgrade", "--config", config)
        assert made.code == 0
        assert head() in made.told
    after = call(capsys, "db", "status", "--config", config)
    assert after.code == 0
    assert f"at {head()}" in after.told


def test_an_upgrade_says_no_more_than_its_result(tmp_path: Path) -> None:
    done = vigie("db", "upgrade", "--config", str(configured(tmp_path)))
    assert done.returncode == 0
    assert done.stderr == ""
    assert head() in done.stdout


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_statements_can_be_read(dialect: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "db", "sql", dialect)
    assert done.code == 0
    assert done.out.count("CREATE TABLE") >= 8


def test_the_statements_for_sqlite_make_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "db", "sql")
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(done.out)
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    assert {"events", "findings", "incidents", "sources"} <= names


def test_a_server_s_database_is_made_read_into_and_looked_at(
    postgresql: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, world_lines(days=1, accounts=10))
    embedded = configured(tmp_path, log)
    assert call(capsys, "ingest", log, "--config", embedded).code == 0
    with postgresql.database() as name:
        url = postgresql.url_of(name)
        (tmp_path / "served").mkdir(mode=0o700)
        secret = url.replace("vigie@", "vigie:geheim@")
        config = configured(tmp_path / "served", log, url=secret)
        config.chmod(0o600)
        told = [call(capsys, "db", "status", "--config", config)]
        assert told[-1].code == 1
        assert "nothing yet" in told[-1].told
        for arguments in (
            ("db", "upgrade"),
            ("db", "status"),
            ("ingest", log),
            ("ingest", log),
            ("link",),
            ("doctor", "--json"),
        ):
            told.append(call(capsys, *arguments, "--config", config))
            assert told[-1].code == 0, (arguments, told[-1])
        assert "geheim" not in str(told)
        assert contents(url) == contents(tmp_path / "vigie.db")


def test_a_database_is_compacted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "vigie.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    assert call(capsys, "db", "compact", "--config", config).code == 1  # there is none yet
    assert call(capsys, "db", "upgrade", "--config", config).code == 0
    assert call(capsys, "db", "compact", "--config", config).out == "Compacted.\n"
