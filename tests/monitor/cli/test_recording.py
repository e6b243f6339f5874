"""What the operator does is written down; where that cannot be it is done nonetheless, and said."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.cli.recording import write_down, write_down_where_there_is_one
from monitor.services.actor import operator
from monitor.settings import Settings
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade


def entries(settings: Settings) -> list[tuple[str, str, str]]:
    database = connect(settings.database_url)
    table = tables.audit
    with database.begin() as connection:
        found = connection.execute(select(table.c.actor, table.c.operation, table.c.subject)).all()
    database.dispose()
    return [tuple(row) for row in found]


def test_an_act_is_an_entry(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    upgrade(settings.database_url)
    database = connect(settings.database_url)
    write_down(database, "console:link", "console")
    with database.begin() as connection:
        body = connection.execute(select(tables.audit_contents.c.body)).scalar_one()
    database.dispose()
    assert json.loads(body) == {"name": operator().name}
    write_down_where_there_is_one(settings, "location:update", "location", {"a": 1})
    assert entries(settings) == [
        (operator().reference, "console:link", "console"),
        (operator().reference, "location:update", "location"),
    ]


def test_without_a_database_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path)
    write_down_where_there_is_one(settings, "location:update", "location")
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


def test_a_database_that_takes_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path)
    (tmp_path / "vigie.db").write_text("no database at all, and too long to be taken for one" * 99)
    write_down_where_there_is_one(settings, "location:update", "location")
    told = " ".join(capsys.readouterr().err.split())
    assert "The audit has no entry of this: the file is not a SQLite database" in told
