"""A command gets the database of this version, or says what to do."""

from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.cli.console import CommandError
from monitor.cli.stored import stored
from monitor.settings import Settings
from monitor.store.migration import upgrade


def test_it_is_there_while_in_the_block(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    upgrade(settings.database_url)
    with stored(settings) as database, database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 0


@pytest.mark.parametrize("revision", [None, "0002"])
def test_none_or_an_older_one_is_told(tmp_path: Path, revision: str | None) -> None:
    settings = Settings(data=tmp_path)
    if revision is not None:
        upgrade(settings.database_url, revision)
    with pytest.raises(CommandError, match="vigie db upgrade"), stored(settings):
        pytest.fail("there is no such database")
