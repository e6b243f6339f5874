"""The whole tree is checked by what damage cannot crash; its data is what other readers see."""

from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from monitor.enrichment.database import GeoDatabaseError
from monitor.geodata.tree import Tree

FIXTURES = Path(__file__).parents[2] / "fixtures" / "geo"


def look_up(tree: Tree, ip: str) -> object:
    """As any reader does, by the arrays."""
    address = ip_address(ip)
    bits = f"{int(address):0{tree.bits}b}"
    node = 0
    for bit in bits:
        node = int(tree.nodes[node, int(bit)])
        if node >= tree.count:
            break
    return None if node == tree.count else tree.decode(node)


@pytest.mark.parametrize("size", [24, 28, 32])
@pytest.mark.parametrize("version", [4, 6])
def test_every_width_of_records_is_read(tmp_path: Path, size: int, version: int) -> None:
    writer = MMDBWriter(version, "Test", ipv4_compatible=version == 6)
    for number in range(300):
        writer.insert_network(IPSet([f"10.{number % 256}.{number // 256}.0/24"]), {"n": number})
    path = tmp_path / "t.mmdb"
    writer.to_db_file(str(path))
    tree = Tree(_widened(path, size) if size != 24 else path)
    tree.check()
    with maxminddb.open_database(path) as reader:
        for ip in ("10.0.0.1", "10.200.0.77", "10.43.1.255", "11.0.0.0", "1.2.3.4"):
            wanted = ip if version == 4 else f"::{ip}"
            assert look_up(tree, wanted) == reader.get(ip)
        assert tree.networks() >= len(tree.records()) == 300


def _widened(path: Path, size: int) -> Path:
    """The same database with wider records."""
    tree = Tree(path)
    raw = path.read_bytes()
    nodes = bytearray()
    for left, right in tree.nodes.tolist():
        if size == 28:
            nodes += left.to_bytes(4)[1:] + bytes([(left >> 24) << 4 | right >> 24])
            nodes += right.to_bytes(4)[1:]
        else:
            nodes += left.to_bytes(4) + right.to_bytes(4)
    rest = raw[tree.count * 6 :]
    at = rest.rindex(b"record_size") + len(b"record_size")
    at += 1
    other = path.with_suffix(f".{size}")
    other.write_bytes(bytes(nodes) + rest[:at] + bytes([size]) + rest[at + 1 :])
    return other


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    for content in (b"", b"x" * 5_000):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(GeoDatabaseError, match="cannot open"):
            Tree(tmp_path / "x")
    with pytest.raises(GeoDatabaseError, match="nowhere"):
        Tree(tmp_path / "nowhere")


def damaged(tmp_path: Path, at: int, content: bytes) -> Path:
    """The city fixture with other bytes somewhere."""
    raw = bytearray((FIXTURES / "city.mmdb").read_bytes())
    raw[at : at + len(content)] = content
    path = tmp_path / "damaged.mmdb"
    path.write_bytes(raw)
    return path


def test_a_tree_that_leads_in_a_circle_is_told(tmp_path: Path) -> None:
    tree = Tree(FIXTURES / "city.mmdb")
    deep = max(int(n) for n in tree.nodes.ravel() if n < tree.count)
    path = damaged(tmp_path, deep * 6, bytes(6))
    with pytest.raises(GeoDatabaseError, match="deeper than addresses are"):
        Tree(path).check()


@pytest.mark.parametrize(
    ("record", "told"), [(b"\xff\xff\xff", "out of the file"), (None, "out of")]
)
def test_a_record_that_leads_away_is_told(tmp_path: Path, record: bytes | None, told: str) -> None:
    tree = Tree(FIXTURES / "city.mmdb")
    record = record or (tree.count + 3).to_bytes(3)
    with pytest.raises(GeoDatabaseError, match=told):
        Tree(damaged(tmp_path, 0, record)).check()


@given(st.integers(0, 20_000), st.binary(min_size=1, max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_damage_is_a_crash_nor_a_hang(
    tmp_path_factory: pytest.TempPathFactory, at: int, content: bytes
) -> None:
    size = (FIXTURES / "city.mmdb").stat().st_size
    path = damaged(tmp_path_factory.mktemp("tree"), at % size, content)
    with suppress(GeoDatabaseError):
        tree = Tree(path)
        tree.check()
        for record in tree.records():
            tree.decode(int(record))
