"""Sources of any form give the same networks; what is junk in them is left out."""

from ipaddress import ip_network
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.geodata.compact.source import V4, V6, BuildError, Gathered, read
from tests.monitor.geodata.compact.sources import (
    BUILT,
    TOWNS,
    as_rows,
    as_tree,
    flat,
    four,
    nested,
    rows,
)


def of(gathered: Gathered, bits: int) -> dict[str, str | None]:
    """Networks with the names of their towns."""
    networks = gathered.of(bits)
    kind, full = ("IPv4", 32) if bits == V4 else ("IPv6", 128)
    return {
        f"{ip_network((int(start) << (full - bits), int(length)))}": (
            None if place < 0 else gathered.places[place].city
        )
        for start, length, place in zip(
            networks.starts, networks.lengths, networks.places, strict=True
        )
        if kind
    }


def gathered(*paths: Path) -> Gathered:
    """What is read of some files."""
    made = Gathered()
    for path in paths:
        read(path, made)
    return made


def test_a_tree_and_rows_say_the_same(tmp_path: Path) -> None:
    made = four(rows())
    tree = gathered(as_tree(tmp_path / "a.mmdb", made, 4, flat))
    listed = gathered(as_rows(tmp_path / "b.csv", made))
    both = gathered(as_tree(tmp_path / "c.mmdb", made, 6, nested, ipv4_compatible=True))
    located = {network: town for network, town in of(tree, V4).items() if town}
    assert located == {n: t for n, t in of(listed, V4).items() if t}
    assert located == {n: t for n, t in of(both, V4).items() if t}
    assert len(located) > 300
    assert listed.built == 0
    assert tree.built > BUILT


def test_what_is_not_somebodys_own_is_left_out(tmp_path: Path) -> None:
    made = [
        ("2001::/32", TOWNS[0]),
        ("2001:1::/32", TOWNS[1]),
        ("2002:a00::/24", TOWNS[2]),
        ("2003::/16", TOWNS[3]),
        ("fc00::/7", TOWNS[4]),
        ("64:ff9b::/96", TOWNS[5]),
        ("2a00:0:0:1::/66", TOWNS[6]),
        ("2a00:0:0:1:8000::/66", TOWNS[7]),
    ]
    wanted = {
        "2001:1::/32": "Versailles",
        "2003::/16": "Lyon",
        "2a00:0:0:1::/64": "New York",
    }
    for path in (
        as_tree(tmp_path / "a.mmdb", made, 6, flat),
        as_rows(tmp_path / "b.csv", made),
    ):
        assert of(gathered(path), V6) == wanted


def test_addresses_mapped_into_ipv6_are_not_networks_of_their_own(tmp_path: Path) -> None:
    made = [("20.0.0.0/8", TOWNS[0]), ("2a00::/32", TOWNS[3])]
    path = as_tree(tmp_path / "a.mmdb", made, 6, nested, ipv4_compatible=True)
    read_ = gathered(path)
    assert of(read_, V4) == {"20.0.0.0/8": "Paris"}
    assert of(read_, V6) == {"2a00::/32": "Lyon"}


def test_a_town_that_is_nowhere_is_none(tmp_path: Path) -> None:
    made = [("20.0.0.0/24", None), ("20.0.1.0/24", TOWNS[0])]
    for schema in (flat, nested):
        found = of(gathered(as_tree(tmp_path / "a.mmdb", made, 4, schema)), V4)
        assert found.get("20.0.0.0/24") is None
        assert found["20.0.1.0/24"] == "Paris"
    assert of(gathered(as_rows(tmp_path / "a.csv", made)), V4)["20.0.0.0/24"] is None


def row(first: str, last: str) -> str:
    return f"{first},{last},EU,FR,R,Paris,48.8,2.3\n"


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**20))
@settings(max_examples=100, deadline=None)
def test_any_range_is_exactly_its_prefixes(
    tmp_path_factory: pytest.TempPathFactory, first: int, size: int
) -> None:
    from ipaddress import IPv4Address, summarize_address_range

    last = min(2**32 - 1, first + size)
    one, other = IPv4Address(first), IPv4Address(last)
    path = tmp_path_factory.mktemp("range") / "r.csv"
    path.write_text(row(str(one), str(other)))
    expected = {str(network) for network in summarize_address_range(one, other)}
    assert set(of(gathered(path), V4)) == expected


def test_ranges_of_ipv6_go_by_lines(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        row("2a00::", "2a00:0:0:2:ffff:ffff:ffff:ffff")
        + row("2a00:0:0:3::", "2a00:0:0:3:7fff:ffff:ffff:ffff")
        + row("2a00:0:0:3:8000::", "2a00:0:0:3:ffff:ffff:ffff:ffff")
        + row("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
    )
    assert sorted(of(gathered(path), V6)) == [
        "2a00:0:0:2::/64",
        "2a00:0:0:3::/64",
        "2a00::/63",
    ]


def test_what_overlaps_is_told() -> None:
    made = Gathered()
    from monitor.geodata.compact.source import Networks

    made.networks.append(
        Networks(
            V4,
            np.array([20 << 24, (20 << 24) + 256], np.uint64),
            np.array([16, 24], np.uint8),
            np.array([0, 0], np.int64),
        )
    )
    with pytest.raises(BuildError, match="given twice"):
        made.of(V4)
