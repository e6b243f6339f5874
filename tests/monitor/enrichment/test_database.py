"""A database is opened only for what it is, and damage never reaches the caller as a crash."""

from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.enrichment.database import Database, GeoDatabaseError, Purpose

FIXTURES = Path(__file__).parents[2] / "fixtures" / "geo"


def test_a_record_is_found_by_either_family() -> None:
    city = Database(FIXTURES / "city.mmdb", Purpose.CITY)
    london = city.get(ip_address("81.2.69.142"))
    assert london is not None
    assert london["city"]["names"]["en"] == "London"
    lyon = city.get(ip_address("2001:db8:1::1"))
    assert lyon is not None
    assert lyon["country"]["iso_code"] == "FR"
    assert city.get(ip_address("8.8.8.8")) is None
    assert city.type == "GeoIP2-City"
    assert city.version.startswith("GeoIP2-City@")
    city.close()


def test_content_in_memory_answers_the_same() -> None:
    content = Database((FIXTURES / "asn.mmdb").read_bytes(), Purpose.ASN)
    record = content.get(ip_address("203.0.113.9"))
    assert record == {
        "autonomous_system_number": 64500,
        "autonomous_system_organization": "Example Access",
    }


@pytest.mark.parametrize(
    ("name", "purpose"),
    [("asn", Purpose.CITY), ("city", Purpose.ASN), ("connections", Purpose.ANONYMOUS_IP)],
)
def test_the_wrong_type_is_an_error_that_says_file_type_and_what_is_wanted(
    name: str, purpose: Purpose
) -> None:
    with pytest.raises(GeoDatabaseError) as error:
        Database(FIXTURES / f"{name}.mmdb", purpose)
    message = str(error.value)
    assert f"{name}.mmdb" in message
    assert "is of type 'Geo" in message
    assert f"a {purpose.title} database" in message


def test_the_right_type_in_another_schema_is_refused() -> None:
    with pytest.raises(GeoDatabaseError, match=r"flat\.mmdb .* has none of the fields"):
        Database(FIXTURES / "flat.mmdb", Purpose.CITY)


def test_files_that_are_no_database_are_errors_that_name_them(tmp_path: Path) -> None:
    (tmp_path / "text.mmdb").write_text("not a database")
    (tmp_path / "empty.mmdb").touch()
    for name in ("text.mmdb", "empty.mmdb", "missing.mmdb", "."):
        with pytest.raises(GeoDatabaseError, match="cannot open"):
            Database(tmp_path / name, Purpose.CITY)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_an_error(tmp_path: Path, kept: float) -> None:
    whole = (FIXTURES / "city.mmdb").read_bytes()
    (tmp_path / "cut.mmdb").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(GeoDatabaseError, match=r"cut\.mmdb"):
        Database(tmp_path / "cut.mmdb", Purpose.CITY)


def test_a_file_cut_in_the_middle_but_with_its_end_answers_nothing_and_counts(
    tmp_path: Path,
) -> None:
    whole = (FIXTURES / "asn.mmdb").read_bytes()
    at = whole.index(b"Example Access") - 2
    (tmp_path / "holed.mmdb").write_bytes(whole[:at] + b"\xff" * 6 + whole[at + 6 :])
    try:
        holed = Database(tmp_path / "holed.mmdb", Purpose.ASN)
    except GeoDatabaseError as error:
        assert "holed.mmdb is damaged" in str(error)  # noqa: PT017 - either is a clear answer
        return
    assert holed.get(ip_address("203.0.113.9")) is None
    assert holed.unreadable == 1


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 2_300), noise=st.binary(min_size=1, max_size=40))
def test_noise_anywhere_is_a_clear_error_or_a_missing_answer(at: int, noise: bytes) -> None:
    whole = bytearray((FIXTURES / "city.mmdb").read_bytes())
    whole[at : at + len(noise)] = noise
    try:
        city = Database(bytes(whole), Purpose.CITY)
    except GeoDatabaseError as error:
        assert "City in memory" in str(error)  # noqa: PT017 - either is a clear answer
        return
    record = city.get(ip_address("81.2.69.142"))
    assert record is None or isinstance(record, dict)


def test_databases_made_within_one_second_are_told_apart(tmp_path: Path) -> None:
    content = (FIXTURES / "city.mmdb").read_bytes()
    other = tmp_path / "other.mmdb"
    other.write_bytes(content.replace(b"London", b"Londra"))
    versions = {
        Database(FIXTURES / "city.mmdb", Purpose.CITY).version,
        Database(other, Purpose.CITY).version,
    }
    assert len(versions) == 2
    assert Database(content, Purpose.CITY).version in versions
