"""What is written is what two readers read, at every size that the format has a form for."""

import io
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maxminddb.decoder import Decoder
from msgspec import structs

from detectors.core.place import Place
from monitor.geodata.compact.writing import Data, Unsigned32, Unsigned64, write

METADATA = {
    "binary_format_major_version": 2,
    "binary_format_minor_version": 0,
    "build_epoch": Unsigned64(1_780_666_922),
    "database_type": "Test-City",
    "description": {"en": "x" * 400},
    "ip_version": 6,
    "languages": ["en"],
}

values = st.recursive(
    st.one_of(
        st.text(max_size=40),
        st.floats(allow_nan=False),
        st.integers(0, 65_535),
        st.integers(0, 2**32 - 1).map(Unsigned32),
        st.integers(0, 2**64 - 1).map(Unsigned64),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.lists(values, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_value_is_read_as_it_was_written(some: list[Any]) -> None:
    data = Data()
    places = [data.put(value) for value in some]
    decoder = Decoder(bytes(data.content))
    for at, value in zip(places, some, strict=True):
        assert decoder.decode(at)[0] == value
    size = len(data.content)
    assert [data.put(value) for value in some] == places
    assert len(data.content) == size


@pytest.mark.parametrize("length", [0, 28, 29, 284, 285, 65_820, 65_821, 70_000])
def test_every_length_of_text_has_its_form(length: int) -> None:
    data = Data()
    at = data.put("x" * length)
    assert Decoder(bytes(data.content)).decode(at)[0] == "x" * length


@pytest.mark.parametrize("before", [0, 2_040, 2_060, 526_330, 526_400])
def test_every_distance_of_a_pointer_has_its_form(before: int) -> None:
    data = Data()
    data.content += bytes(before)
    at = data.put({"name": "a text to point to", "other": "a text to point to"})
    told = Decoder(bytes(data.content)).decode(at)[0]
    assert told == {"name": "a text to point to", "other": "a text to point to"}


def place(number: int) -> Place:
    return Place("FR", f"Region {number}", f"Town {number}", number / 10, -number / 10, 50.0)


def written(path: Path, pairs: list[list[int]], root: int, places: list[Place]) -> Path:
    """A file of these nodes."""
    with path.open("wb") as file:
        write(file, np.array(pairs, np.int64), root, places, {"FR": "France"}, METADATA)
    return path


@pytest.mark.parametrize(("megabytes", "width"), [(0, 24), (17, 28), (270, 32)])
def test_wide_files_have_wide_records(tmp_path: Path, megabytes: int, width: int) -> None:
    # Long names make offsets that a short record cannot hold.
    long = Place("FR", None, "x" * (1 << 20), 1.0, 1.0, 50.0)
    between = [structs.replace(long, city=f"{number}{long.city}") for number in range(megabytes)]
    places = [place(0), *between, place(1)]
    path = written(tmp_path / "w", [[-2, -1 - len(places)]], 0, places)
    with maxminddb.open_database(path, maxminddb.MODE_MMAP) as reader:
        assert reader.metadata().record_size == width
        found: Any = reader.get("ffff::")
        assert found["city"]["names"]["en"] == "Town 1"
        found = reader.get("::1")
        assert found["country"] == {"iso_code": "FR", "names": {"en": "France"}}
        assert found["location"] == {"accuracy_radius": 50, "latitude": 0.0, "longitude": 0.0}
    with maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT) as reader:
        assert reader.get("::1") == found
        told: Any = reader.get("ffff::")
        assert told["subdivisions"][0]["names"]["en"] == "Region 1"
        assert reader.metadata().build_epoch == 1_780_666_922


def test_nodes_that_nothing_leads_to_are_left_out(tmp_path: Path) -> None:
    pairs = [[-2, -3], [-3, -2], [0, -1], [1, 0], [2, 0]]
    path = written(tmp_path / "n", pairs, 4, [place(1), place(2)])
    with maxminddb.open_database(path) as reader:
        assert reader.metadata().node_count == 3
        names = [
            (reader.get(ip) or {"city": {"names": {"en": None}}})["city"]["names"]["en"]
            for ip in ("::", "2000::", "4000::", "8000::", "c000::")
        ]
    assert names == ["Town 1", "Town 2", None, "Town 1", "Town 2"]


def test_one_place_everywhere_is_a_tree_too(tmp_path: Path) -> None:
    for root, town in ((-2, "Town 1"), (-1, None)):
        path = tmp_path / "o"
        with path.open("wb") as file:
            write(file, np.empty((0, 2), np.int64), root, [place(1)], {}, METADATA)
        with maxminddb.open_database(path) as reader:
            found: Any = reader.get("2a00::1")
            assert (found and found["city"]["names"]["en"]) == town


def test_places_without_names_have_none() -> None:
    file = io.BytesIO()
    nameless = Place("XX", None, None, 1.0, 2.0, 50.0)
    write(file, np.array([[-2, -2]], np.int64), 0, [nameless], {}, METADATA)
    reader = maxminddb.open_database(io.BytesIO(file.getvalue()), maxminddb.MODE_FD)
    assert reader.get("::1") == {
        "country": {"iso_code": "XX"},
        "location": {"accuracy_radius": 50, "latitude": 1.0, "longitude": 2.0},
    }
