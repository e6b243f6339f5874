"""Location data is read through as it is opened; what is damaged is told with where to mend it."""

from pathlib import Path

from monitor.doctor.location import look
from monitor.settings import Geo, Settings


def test_what_is_shipped_locates_addresses_all_over() -> None:
    checks = {check.name: check for check in look(Settings())}
    assert all(check.good for check in checks.values())
    assert "of 223 addresses located" in checks["city database"].seen


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    city = tmp_path / "city.mmdb"
    city.write_bytes(b"no database")
    [check] = look(Settings(geo=Geo(city=city)))
    assert not check.good
    assert "[geo]" in check.remedy
