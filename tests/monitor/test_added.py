"""Sources that were added are read as those of the settings are, and never in their place."""

from pathlib import Path

from msgspec import structs

from monitor.added import mark, with_added
from monitor.settings import OWN_SOURCE, Settings, Source
from monitor.store import added
from monitor.store.added import PUSHED
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.store.test_added import ONE


def test_they_stand_behind_those_of_the_settings(tmp_path: Path) -> None:
    database = connect(placed(tmp_path / "vigie.db"))
    settings = Settings(sources=(Source(name="ssh", path="/var/log/auth.log"),))
    assert with_added(settings, database) is settings
    before = mark(database)
    crm = structs.replace(ONE, name="crm", way=PUSHED, tenant="acme")
    file = structs.replace(ONE, name="file")
    with database.begin() as connection:
        for one in (ONE, structs.replace(ONE, name=OWN_SOURCE), crm, file):
            added.keep(connection, one)
    assert mark(database) != before
    told = with_added(settings, database).sources
    assert [one.name for one in told] == ["ssh", "crm", "file"]
    assert told[0].path == "/var/log/auth.log", "the settings' own word stands"
    assert (told[1].url, told[1].tenant, told[1].silent_after_minutes) == ("push:", "acme", None)
    assert told[2].silent_after_minutes == 0, "nobody is missed who handed in a file"
    database.dispose()
