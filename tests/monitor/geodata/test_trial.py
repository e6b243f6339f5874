"""A database is used only when it is whole, what was asked for, new, large enough, and right."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import clock
from monitor.enrichment.database import Purpose
from monitor.enrichment.shipped import unpack
from monitor.geodata.trial import PANEL, TrialError, facts_of, try_out
from tests.monitor.geodata.conftest import city_of, networks, panel, write

NOW = clock.now_ms()


def refused(path: Path, purpose: Purpose = Purpose.CITY, **given: object) -> str:
    """Why it is refused."""
    with pytest.raises(TrialError) as error:
        try_out(path, purpose, NOW, **given)  # type: ignore[arg-type]
    return str(error.value)


@pytest.fixture
def file(tmp_path: Path, city: bytes) -> Path:
    """A City database in order."""
    path = tmp_path / "city.mmdb"
    path.write_bytes(city)
    return path


def test_one_in_order_passes_and_says_what_it_is(file: Path, asn: bytes) -> None:
    steps: list[str] = []
    trial = try_out(file, Purpose.CITY, NOW, current=file, told=steps.append)
    assert trial.facts == facts_of(file)
    assert (trial.right, trial.asked) == (len(PANEL), len(PANEL))
    assert trial.facts.type == "DBIP-City-Lite"
    assert len(steps) == 3
    other = file.with_name("asn.mmdb")
    other.write_bytes(asn)
    assert try_out(other, Purpose.ASN, NOW).right == len(PANEL)


def test_the_shipped_ones_pass() -> None:
    for name, purpose in (("city.mmdb", Purpose.CITY), ("asn.mmdb", Purpose.ASN)):
        path = unpack(name)
        assert isinstance(path, Path)
        assert try_out(path, purpose, NOW).right == len(PANEL)


def test_garbage_is_refused(tmp_path: Path, city: bytes) -> None:
    path = tmp_path / "x.mmdb"
    for content in (b"", b"<html>not found</html>", city[: len(city) // 2], city[100:]):
        path.write_bytes(content)
        assert "x.mmdb" in refused(path)


def test_another_type_is_refused(file: Path) -> None:
    assert "an ASN" in refused(file, Purpose.ASN).replace("a ASN", "an ASN")
    assert "'GeoLite2-City' was asked for" in refused(file, kind="GeoLite2-City")
    try_out(file, Purpose.CITY, NOW, kind="DBIP-City-Lite")


def test_the_future_and_the_past_are_refused(tmp_path: Path, file: Path) -> None:
    later = write(tmp_path / "later.mmdb", panel(), built=NOW // 1000 + 3 * 86_400)
    assert "in the future" in refused(later)
    assert "in the future" in refused(later, lenient=True)
    older = write(tmp_path / "older.mmdb", panel(), built=NOW // 1000 - 86_400 * 30)
    assert "older than the one in use" in refused(older, current=file)
    try_out(older, Purpose.CITY, NOW, current=file, lenient=True)
    try_out(older, Purpose.CITY, NOW)


def test_one_that_lost_half_of_its_networks_is_refused(tmp_path: Path, file: Path) -> None:
    more = panel()
    for number in range(len(more) * 2):
        more[f"200.{number}.0.0/16"] = city_of("BR")
    large = write(tmp_path / "large.mmdb", more, built=NOW // 1000 - 86_400)
    assert "something is missing" in refused(file, current=large)
    try_out(file, Purpose.CITY, NOW, current=large, lenient=True)
    # Another maker's has other numbers of networks.
    other = write(tmp_path / "other.mmdb", more, "GeoLite2-City", NOW // 1000 - 86_400)
    try_out(file, Purpose.CITY, NOW, current=other)


def test_one_that_is_wrong_about_well_known_addresses_is_refused(tmp_path: Path) -> None:
    all_in_one = {str(ip_network(f"{ip}/24", strict=False)): city_of("FR") for ip in PANEL}
    wrong = write(tmp_path / "wrong.mmdb", all_in_one)
    assert f"of {len(PANEL)} addresses that are known well" in refused(wrong, lenient=True)
    one_wrong = write(tmp_path / "fine.mmdb", panel(FR="US"))
    assert try_out(one_wrong, Purpose.CITY, NOW).right < len(PANEL)
    few = dict(list(networks().items())[:10])
    asn = write(tmp_path / "asn.mmdb", few, "GeoLite2-ASN")
    assert "it has 10 in a network" in refused(asn, Purpose.ASN)


def test_one_that_has_much_of_the_world_elsewhere_is_refused(tmp_path: Path) -> None:
    before, after = panel(), panel()
    for number in range(1, 224):
        network = f"{number}.128.0.0/9"
        if not any(ip.startswith(f"{number}.") and int(ip.split(".")[1]) > 127 for ip in PANEL):
            before[network] = city_of("BR")
            after[network] = city_of("BR" if number % 4 else "AR")
    old = write(tmp_path / "old.mmdb", before, built=NOW // 1000 - 86_400)
    new = write(tmp_path / "new.mmdb", after)
    assert "in other countries than the one in use" in refused(new, current=old)
    try_out(new, Purpose.CITY, NOW, current=old, lenient=True)


def test_a_damaged_one_in_use_is_no_measure(tmp_path: Path, file: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"broken")
    try_out(file, Purpose.CITY, NOW, current=broken)


@given(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_no_damage_gets_as_far_as_the_reader_in_c_and_crashes_it(
    tmp_path_factory: pytest.TempPathFactory, city: bytes, at: int, junk: bytes
) -> None:
    at %= len(city)
    path = tmp_path_factory.mktemp("trial") / "x.mmdb"
    path.write_bytes(city[:at] + junk + city[at + len(junk) :])
    try:
        trial = try_out(path, Purpose.CITY, NOW)
    except TrialError:
        return
    assert trial.right >= 0.75 * trial.asked
