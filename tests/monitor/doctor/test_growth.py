"""How long the disk lasts is reckoned from what a day of events takes, up to all that are kept."""

from pathlib import Path

from monitor.doctor.growth import Growth, judged, look
from monitor.store.connection import connect
from tests.databases import Databases
from tests.monitor.doctor.engines import looked, settings_of
from tests.monitor.retention.working import store, visit

GIB = 1 << 30


def test_a_young_database_grows_until_all_days_are_there() -> None:
    growth = Growth(10 * GIB, 10)
    assert growth.daily == GIB
    assert growth.wanted(90) == 80 * GIB
    assert growth.days_left(40 * GIB) == 40
    assert Growth(90 * GIB, 90).wanted(90) == 0
    assert Growth(GIB, 0.1).daily == GIB


def test_a_disk_that_will_be_full_is_told_in_time() -> None:
    growth = Growth(10 * GIB, 10)
    enough, late, soon = (judged(growth, 90, free * GIB, "x") for free in (80, 40, 10))
    assert (enough.good, enough.noted) == (True, False)
    assert (late.good, late.noted) == (True, True)
    assert "about 40 days" in late.seen
    assert not soon.good
    assert "retention.events_days" in soon.remedy


def test_it_is_measured(databases: Databases, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, databases.url())
    assert looked(look, settings) == {}
    database = connect(settings.database_url)
    store(database, visit(20, number=1), visit(10, number=2))
    database.dispose()
    check = looked(look, settings)["growth"]
    assert check.good
    assert "10 days are there" in check.seen
    assert ("are free" in check.seen) is (databases.kind == "sqlite")
