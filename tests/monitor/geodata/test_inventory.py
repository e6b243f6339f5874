"""What is used is told with where it is from, and what is old or broken is complained of."""

import hashlib
from pathlib import Path

import pytest

from detectors.core.event import DAY
from monitor import clock
from monitor.geodata.folder import GeoFolder
from monitor.geodata.inventory import complaints, take_stock
from monitor.settings import Geo
from tests.monitor.geodata.conftest import panel, write

NOW = clock.now_ms()


def test_what_is_shipped_is_told_with_its_licence(tmp_path: Path) -> None:
    items = {item.name: item for item in take_stock(GeoFolder(tmp_path), Geo(), NOW, 3_650)}
    assert {name: item.origin for name, item in items.items()} == {
        "city": "shipped",
        "asn": "shipped",
        "anonymous_ip": "none",
        "connection_type": "none",
        "networks": "shipped",
    }
    city = items["city"]
    assert (city.type, city.built) == ("DBIP-City-Lite-Compact", 1_780_666_922_000)
    assert (city.entries or 0) > 2_000_000
    assert "CC BY 4.0" in city.credit_en
    assert city.path is not None
    assert city.sha256 == hashlib.sha256(Path(city.path).read_bytes()).hexdigest()
    assert (items["networks"].entries or 0) > 2_000
    assert items["networks"].built is None
    assert list(complaints(list(items.values()))) == []


@pytest.mark.parametrize(("days", "stale"), [(44, False), (45, True), (400, True)])
def test_what_is_old_is_complained_of(tmp_path: Path, days: int, stale: bool) -> None:
    own = write(tmp_path / "own.mmdb", panel(), "GeoLite2-City", (NOW - days * DAY) // 1_000)
    items = take_stock(GeoFolder(tmp_path), Geo(city=own), NOW, 45)
    assert (items[0].origin, items[0].age_days, items[0].stale) == ("settings", days, stale)
    told = [complaint for complaint in complaints(items) if complaint.startswith("city")]
    assert told == ([f"city is {days} days old"] if stale else [])


def test_what_is_broken_is_told_beside_what_is_not(tmp_path: Path) -> None:
    folder = GeoFolder(tmp_path)
    folder.path.mkdir()
    folder.file("city").write_bytes(b"broken")
    listed = tmp_path / "networks.csv"
    listed.write_text("no list")
    items = {i.name: i for i in take_stock(folder, Geo(networks=listed), NOW, 3_650)}
    assert (items["city"].origin, items["asn"].trouble) == ("fetched", "")
    assert [told.partition(":")[0] for told in complaints(list(items.values()))] == [
        "city",
        "networks",
    ]
