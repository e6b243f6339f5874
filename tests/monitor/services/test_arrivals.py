"""How far a file is read, and whether a first line has come, is told as it is."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import insert

from monitor.services.arrivals import Arrival, Arrivals
from monitor.services.refusal import NotThereError
from monitor.services.sources import Sources
from monitor.store import added, tables
from monitor.store.connection import connect
from monitor.store.inbox import Inbox, Parcel
from monitor.store.watching import Watching
from tests.databases import placed
from tests.monitor.services.people import ADMINISTRATOR
from tests.monitor.store.test_added import ONE


def test_it_goes_from_nothing_over_a_share_to_all_of_it(tmp_path: Path) -> None:
    database = connect(placed(tmp_path / "vigie.db"))
    arrivals = Arrivals(database, Sources(Watching(database)))

    def told(name: str = "ssh") -> Arrival:
        return arrivals.arrival(ADMINISTRATOR, name, "en")

    with pytest.raises(NotThereError):
        told()
    with database.begin() as connection:
        added.keep(connection, structs.replace(ONE, lines=4))
    inbox = Inbox(database)
    first, *_ = inbox.put([Parcel("ssh", "file/1", [b"x"] * 3), Parcel("ssh", "file/1", [b"y"])], 1)
    assert (told().share, told().has_begun) == (0.0, False)
    inbox.drop("ssh", first, first)
    row: dict[str, Any] = {"id": 1, "name": "ssh", "format": "auto", "lines": 3}
    with database.begin() as connection:
        connection.execute(insert(tables.sources), [row])
    one = told()
    assert (one.share, one.waiting, one.has_begun, one.is_over) == (0.75, 1, True, False)
    inbox.drop("ssh", first, first + 1)
    assert told().is_over
    row |= {"id": 2, "name": "of-the-settings"}
    with database.begin() as connection:
        connection.execute(insert(tables.sources), [row])
    other = told("of-the-settings")
    assert (other.added, other.share, other.is_over, other.has_begun) == (None, None, False, True)
    database.dispose()
