"""A built database says of every network what its source does, but for some kilometres."""

import gzip
import hashlib
import json
import lzma
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import geoip2.database
import maxminddb
import pytest
from geoip2.errors import AddressNotFoundError
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.core.geodesy import great_circle_km
from monitor.enrichment.database import Database, Purpose
from monitor.enrichment.location import Location
from monitor.geodata.compact.making import MOST_KM, TYPE, make
from monitor.geodata.compact.measure import Bounds
from monitor.geodata.compact.source import BuildError
from monitor.geodata.trial import facts_of
from tests.monitor.geodata.compact.sources import (
    BUILT,
    TOWNS,
    Rows,
    as_rows,
    as_tree,
    flat,
    four,
    nested,
    rows,
    six,
)

FORMS = ("flat files", "nested file", "rows", "packed rows")


def sources(folder: Path, made: Rows, form: str) -> list[Path]:
    """The same source in one of its forms."""
    if form == "flat files":
        return [
            as_tree(folder / "v4.mmdb", four(made), 4, flat),
            as_tree(folder / "v6.mmdb", six(made), 6, flat),
        ]
    if form == "nested file":
        return [as_tree(folder / "both.mmdb", made, 6, nested, ipv4_compatible=True)]
    if form == "rows":
        return [as_rows(folder / "v4.csv", four(made)), as_rows(folder / "v6.csv", six(made))]
    return [as_rows(folder / "both.csv.gz", made)]


def away(reader: maxminddb.Reader, ip: str, where: tuple[Any, ...] | None) -> float:
    """How far (km) an address is from where it should be; fails in another country."""
    found: Any = reader.get(ip)
    if where is None:
        assert found is None, ip
        return 0.0
    assert found is not None, ip
    assert found["country"]["iso_code"] == where[0], ip
    there = found["location"]
    return great_circle_km(there["latitude"], there["longitude"], where[3], where[4])


def ends(network: str) -> tuple[str, str]:
    """The first and the last address of a network."""
    net = ip_network(network)
    return str(net[0]), str(net[-1])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_source_gives_the_same_places(tmp_path: Path, form: str) -> None:
    made = rows()
    target = tmp_path / "city.mmdb"
    result = make(sources(tmp_path, made, form), target, built=BUILT, sample=3_000)
    assert result.errors.most_km <= MOST_KM
    assert (result.errors.countries, result.errors.asked6) == (0, 3_000)
    assert result.errors.asked4 > 5
    assert result.places < result.before <= len(TOWNS)
    with maxminddb.open_database(target) as reader:
        for network, where in made:
            if ":" in network and ip_network(network).prefixlen > 64:
                continue
            is_junk = network in ("2001::/32", "2002::/16", "fc00::/7")
            for ip in ends(network):
                assert away(reader, ip, None if is_junk else where) <= MOST_KM


def test_no_reader_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "city.mmdb"
    make(sources(tmp_path, rows(), "flat files"), target, built=BUILT, sample=100)
    with geoip2.database.Reader(target) as reader:
        told = reader.metadata()
        assert (told.database_type, told.ip_version) == (TYPE, 6)
        network, where = next(row for row in rows() if row[1] is not None and row[1][1] == "Lyon")
        lyon = reader.city(ends(network)[0])
        assert where is not None
        assert (lyon.country.iso_code, lyon.country.name) == ("FR", "France")
        assert (lyon.city.name, lyon.subdivisions.most_specific.name) == ("Lyon", "Rhone")
        assert (lyon.location.latitude, lyon.location.longitude) == (45.76, 4.84)
        assert lyon.location.accuracy_radius == MOST_KM
        with pytest.raises(AddressNotFoundError):
            reader.city("10.0.0.1")
    for mode in (maxminddb.MODE_MMAP, maxminddb.MODE_MMAP_EXT, maxminddb.MODE_MEMORY):
        with maxminddb.open_database(target, mode) as reader:
            assert away(reader, ends(network)[1], where) < 1
    database = Database(target, Purpose.CITY)
    assert database.get(ip_address(ends(network)[0])) is not None
    location = Location.open(city=target)
    place, _ = location.look_up(f"::ffff:{ends(network)[0]}")
    assert place is not None
    assert (place.city, place.radius_km) == ("Lyon", 50.0)


def test_neighbours_are_one_but_not_across_a_border(tmp_path: Path) -> None:
    paris, versailles, auteuil, _, strasbourg, kehl, *_ = TOWNS
    made: Rows = [
        ("20.0.0.0/16", paris),
        ("20.1.0.0/24", versailles),
        ("20.1.1.0/24", auteuil),
        ("20.1.2.0/23", versailles),
        ("20.1.4.0/22", versailles),
        ("30.0.0.0/24", strasbourg),
        ("30.0.1.0/24", kehl),
    ]
    target = tmp_path / "city.mmdb"
    result = make([as_tree(tmp_path / "s.mmdb", made, 4, flat)], target, built=BUILT, sample=10)
    assert (result.places, result.before) == (3, 5)
    with maxminddb.open_database(target) as reader:
        assert reader.get_with_prefix_len("20.1.1.9") == (reader.get("20.0.0.1"), 21)
        assert reader.get("30.0.0.1") != reader.get("30.0.1.1")
        found: Any = reader.get("20.1.1.9")
        assert found["city"]["names"]["en"] == "Paris"


def test_like_subtrees_are_one_wherever_they_are(tmp_path: Path) -> None:
    pattern = [TOWNS[n % 2 * 3] for n in range(16)]
    made: Rows = [
        (f"{first}.0.{number}.0/24", where)
        for first in range(20, 60)
        for number, where in enumerate(pattern)
    ]
    made += [(f"2a00:{n:x}::/32", where) for n, where in enumerate(pattern)]
    target = tmp_path / "city.mmdb"
    result = make([as_tree(tmp_path / "s.mmdb", made, 6, flat, ipv4_compatible=True)], target,
                  built=BUILT, sample=10)  # fmt: skip
    # 40 times the same 15 nodes, and of those of IPv6 not one more.
    assert result.nodes < 15 + 40 + 32 + 96 + 64
    with maxminddb.open_database(target) as reader:
        for network, where in made:
            assert away(reader, ends(network)[0], where) < 1


def test_what_a_line_is_no_larger_than_is_told_apart(tmp_path: Path) -> None:
    made: Rows = [
        ("20.0.0.0/32", TOWNS[0]),
        ("20.0.0.1/32", TOWNS[3]),
        ("2a00::/64", TOWNS[0]),
        ("2a00:0:0:1::/64", TOWNS[3]),
        ("2a00:0:0:2::/65", TOWNS[6]),
        ("2a00:0:0:2:8000::/65", TOWNS[11]),
    ]
    target = tmp_path / "city.mmdb"
    make([as_tree(tmp_path / "s.mmdb", made, 6, flat, ipv4_compatible=True)], target,
         built=BUILT, sample=10, bounds=Bounds(far6=1.0))  # fmt: skip
    with maxminddb.open_database(target) as reader:
        for network, where in made[:4]:
            assert away(reader, ends(network)[0], where) < 1
        # Within a /64 the first one holds.
        assert away(reader, "2a00:0:0:2:ffff::", TOWNS[6]) < 1


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    made = rows(3)
    digests = set()
    for form in ("flat files", "nested file", "flat files"):
        target = tmp_path / "city.mmdb.xz"
        result = make(sources(tmp_path, made, form), target, built=BUILT, sample=10)
        content = lzma.decompress(target.read_bytes())
        assert hashlib.sha256(content).hexdigest() == result.sha256
        assert len(content) == result.errors.size
        if form == "flat files":
            digests.add(result.sha256)
    # The moment that the source was made is in it, to the second.
    assert len(digests) <= 2
    packed = sources(tmp_path, made, "rows")
    one, two = (make(packed, tmp_path / n, built=BUILT, sample=9).sha256 for n in ("a", "b"))
    assert one == two
    assert facts_of(tmp_path / "a").built == BUILT * 1_000


def test_what_is_out_of_bounds_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "city.mmdb"
    target.write_bytes(b"the one before")
    given_ = sources(tmp_path, rows(), "rows")
    bounds = Bounds(p95_km=1.0, most_km=2.0, size=3_000)
    with pytest.raises(BuildError) as error:
        make(given_, target, built=BUILT, bounds=bounds, sample=2_000)
    for part in ("not written", "95 % within", "up to", "3,000"):
        assert part in str(error.value)
    assert target.read_bytes() == b"the one before"
    assert not list(tmp_path.glob(".city*"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.mmdb", b"no database", "cannot open"),
        ("x.csv", b"", "no place"),
        ("x.csv", b'"1.0.0.0","1.0.0.255","FR"\n', "line 1: 3 columns instead of 8"),
        ("x.csv", b"1.0.0.9,1.0.0.1,EU,FR,R,C,1,2\n", "last address is before the first"),
        ("x.csv", b"1.0.0.0,x,EU,FR,R,C,1,2\n", "line 1"),
        ("x.csv", b"1.0.0.0,1.0.0.1,EU,FR,R,C,north,2\n", "line 1: could not convert"),
        ("x.csv", b"1.0.0.0,1.0.0.1,EU,FR,R,C,1,2\n" * 2, "given twice"),
        ("x.csv", b"\xff\xfe", "x.csv"),
        ("x.csv.gz", b"no gzip", "x.csv.gz"),
        ("x.csv.gz", gzip.compress(b"1.0.0.0,1.0.0.1,EU,FR,R,C,1,2\n", mtime=0)[:-5], "x.csv.gz"),
    ],
)
def test_a_source_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BuildError, match=told):
        make([tmp_path / name], tmp_path / "out", built=BUILT, sample=10)
    assert not (tmp_path / "out").exists()


def test_a_file_given_twice_and_a_missing_date_are_told(tmp_path: Path) -> None:
    files = sources(tmp_path, rows(), "flat files")
    with pytest.raises(BuildError, match="given twice"):
        make([*files, files[0]], tmp_path / "out", sample=10)
    with pytest.raises(BuildError, match="--built"):
        make(sources(tmp_path, rows(), "rows"), tmp_path / "out", sample=10)
    asn: Rows = [("20.0.0.0/8", TOWNS[0])]
    other = as_tree(tmp_path / "asn.mmdb", asn, 4, lambda _: {"autonomous_system_number": 1})
    with pytest.raises(BuildError, match="none of its records"):
        make([other], tmp_path / "out", sample=10)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_no_source_moves_an_address_far_or_abroad(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("build")
    made = rows(seed, 120)
    make(sources(folder, made, "flat files"), folder / "out", built=BUILT, sample=100)
    with maxminddb.open_database(folder / "out") as reader:
        for network, where in four(made):
            for ip in ends(network):
                assert away(reader, ip, where) <= MOST_KM


def test_progress_is_told(tmp_path: Path) -> None:
    steps: list[str] = []
    make(
        sources(tmp_path, rows(), "rows"),
        tmp_path / "out",
        built=BUILT,
        sample=10,
        told=lambda what, _done, _of: steps.append(what),
    )
    assert list(dict.fromkeys(steps)) == [
        "reading v4.csv", "reading v6.csv", "snapping places", "merging IPv4", "merging IPv6",
        "writing", "measuring",
    ]  # fmt: skip
    assert json.dumps(steps)
