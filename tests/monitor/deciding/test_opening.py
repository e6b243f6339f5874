"""Questions are kept beside a database that has one writer, and in one that has many."""

from pathlib import Path

from monitor.deciding.journal import SUFFIX, Journal
from monitor.deciding.opening import open_desk, open_shelf
from monitor.deciding.shelf import Direct
from monitor.deciding.verdict import Terms
from monitor.services.keyring import Keyring
from monitor.store.connection import connect
from monitor.store.inbox import durable
from tests.databases import Databases


def test_where_they_are_kept_follows_from_the_database(databases: Databases) -> None:
    engine = databases.new()
    shelf = open_shelf(engine)
    assert isinstance(shelf, Direct if databases.kind == "postgresql" else Journal)
    assert isinstance(open_shelf(connect("sqlite://")), Direct)


def test_nothing_is_opened_before_somebody_asks(tmp_path: Path) -> None:
    def never() -> None:
        raise AssertionError

    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    engine = connect(url)
    desk = open_desk(
        engine,
        durable(url),
        never,  # type: ignore[arg-type]
        Terms(),
        Keyring(b"x" * 32),
        "https://vigie.example",
    )
    assert not (tmp_path / f"vigie.db{SUFFIX}").exists()
    desk.close()
