"""The error table says what a database is off by, and what of that is too much."""

from pathlib import Path

import numpy as np
import pytest

from detectors.core.place import Place
from monitor.geodata.compact.making import make
from monitor.geodata.compact.measure import Bounds, Errors, measure
from monitor.geodata.compact.source import V4, V6, Gathered, Networks, read
from tests.monitor.geodata.compact.sources import BUILT, TOWNS, Rows, as_tree, flat

MADE: Rows = [("20.0.0.0/9", TOWNS[0]), ("20.128.0.0/9", TOWNS[3]), ("2a00::/32", TOWNS[6])]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A database of three networks."""
    target = tmp_path / "built.mmdb"
    source = as_tree(tmp_path / "s.mmdb", MADE, 6, flat, ipv4_compatible=True)
    make([source], target, built=BUILT, sample=10)
    return target


def measured(built: Path, made: Rows) -> Errors:
    """A database measured against another source."""
    gathered = Gathered()
    read(as_tree(built.with_name("o.mmdb"), made, 6, flat, ipv4_compatible=True), gathered)
    return measure(built, gathered.places, gathered.of(V4), gathered.of(V6), 2_000)


def test_one_that_is_right_is_off_by_its_rounding(built: Path) -> None:
    errors = measured(built, MADE)
    assert errors.most_km < 1.0
    assert (errors.countries, errors.far6) == (0, 0.0)
    assert (errors.asked4, errors.asked6) == (2_000, 2_000)
    assert errors.size == built.stat().st_size
    assert errors.beyond(Bounds()) == []


def test_other_places_countries_and_holes_are_counted(built: Path) -> None:
    paris, versailles, _, lyon, _, kehl, _, boston, *_ = TOWNS
    near = measured(built, [("20.0.0.0/9", versailles), ("20.128.0.0/9", lyon)])
    assert 16 < near.p95_km < 18
    assert near.countries == 0
    abroad = measured(built, [("20.0.0.0/9", kehl), ("20.128.0.0/9", lyon)])
    assert 900 < abroad.countries < 1_100
    holes = measured(built, [("20.0.0.0/9", paris), ("30.0.0.0/9", paris)])
    assert 900 < holes.countries < 1_100
    six = measured(built, [("2a00::/32", boston)])
    assert six.far6 == 1.0
    assert measured(built, [("2a01::/32", boston)]).far6 == 1.0
    assert "in another country" in " ".join(abroad.beyond(Bounds()))
    assert "IPv6 beyond 100 km" in " ".join(six.beyond(Bounds()))


def test_addresses_are_drawn_in_proportion(built: Path) -> None:
    errors = measured(built, [("20.0.0.0/9", TOWNS[0]), ("20.128.0.0/24", TOWNS[5])])
    assert errors.countries < 5


def test_a_source_of_one_family_is_measured(built: Path) -> None:
    place = [Place("FR", None, None, 48.86, 2.35)]
    none = np.empty(0, np.uint64), np.empty(0, np.uint8), np.empty(0, np.int64)
    four = Networks(
        V4, np.array([20 << 24], np.uint64), np.array([9], np.uint8), np.array([0], np.int64)
    )
    errors = measure(built, place, four, Networks(V6, *none), 100)
    assert (errors.asked4, errors.asked6, errors.far6) == (100, 0, 0.0)
    errors = measure(built, place, Networks(V4, *none), Networks(V6, *none), 100)
    assert (errors.p95_km, errors.most_km) == (0.0, 0.0)
