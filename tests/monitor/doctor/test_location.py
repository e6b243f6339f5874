"""Location data is read through as it is opened; what is damaged is told with where to mend it."""

from pathlib import Path

from monitor.doctor.location import look
from monitor.settings import Geo, Settings

FIXTURES = Path(__file__).parents[2] / "fixtures" / "geo"


def test_what_is_shipped_locates_addresses_all_over() -> None:
    checks = {check.name: check for check in look(Settings())}
    assert all(check.good for check in checks.values())
    assert "of 223 addresses located" in checks["city database"].seen


def test_old_data_is_no_fault_and_is_told_with_what_to_do() -> None:
    checks = {check.name: check for check in look(Settings(geo=Geo(stale_days=1)))}
    for name in ("city", "asn"):
        check = checks[f"{name} database's age"]
        assert (check.good, check.noted) == (True, True)
        assert "vigie geo update" in check.remedy
    young = {check.name: check for check in look(Settings(geo=Geo(stale_days=3_650)))}
    assert not young["city database's age"].noted


def test_what_was_fetched_is_looked_at_where_it_is_used(tmp_path: Path) -> None:
    fetched = tmp_path / "geo" / "city.mmdb"
    fetched.parent.mkdir()
    fetched.write_bytes((FIXTURES / "city.mmdb").read_bytes())
    checks = {check.name: check for check in look(Settings(data=tmp_path))}
    assert str(fetched) in checks["city database"].seen


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    city = tmp_path / "city.mmdb"
    city.write_bytes(b"no database")
    [check] = look(Settings(geo=Geo(city=city)))
    assert not check.good
    assert "[geo]" in check.remedy
