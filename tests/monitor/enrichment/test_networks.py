"""The shipped list is sound, and a user's own list wins over it."""

from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest

from detectors.core.place import NetworkKind
from monitor.enrichment.networks import (
    COLUMNS,
    LIST_NAME,
    Entry,
    NetworkListError,
    Networks,
    load_networks,
    read_entries,
)
from monitor.enrichment.shipped import shipped_directory

HEADER = ",".join(COLUMNS) + "\n"
ANYWHERE = IPv4Address("203.0.113.1")
SHIPPED = list(read_entries(shipped_directory() / LIST_NAME))
ORDER = ["relay", "vpn", "tor", "satellite", "mobile", "hosting", "fixed"]


def _own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _place_in_file(entry: Entry) -> tuple[int, bool, int, int, int]:
    rank = ORDER.index(entry.kind.value)
    if isinstance(entry.network, int):
        return rank, True, 0, entry.network, 0
    prefix = entry.network
    return rank, False, prefix.version, int(prefix.network_address), prefix.prefixlen


def test_every_shipped_entry_has_a_name_and_a_source_of_a_known_sort() -> None:
    assert len(SHIPPED) > 1_000
    for entry in SHIPPED:
        assert entry.name, entry
        sort = entry.source.split(":")[0]
        assert sort in {"name", "operator", "feed", "docs", "registry"}, entry


def test_no_shipped_network_is_listed_twice_and_the_order_is_kept() -> None:
    assert len({entry.network for entry in SHIPPED}) == len(SHIPPED)
    keys = [_place_in_file(entry) for entry in SHIPPED]
    assert keys == sorted(keys)


def test_every_kind_that_is_not_plain_is_in_the_shipped_list() -> None:
    kinds = {entry.kind for entry in SHIPPED}
    assert kinds == set(NetworkKind) - {NetworkKind.PRIVATE, NetworkKind.UNKNOWN}


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (16276, NetworkKind.HOSTING),  # OVH
        (12876, NetworkKind.HOSTING),  # Scaleway
        (24940, NetworkKind.HOSTING),  # Hetzner
        (16509, NetworkKind.HOSTING),  # Amazon
        (8075, NetworkKind.HOSTING),  # Microsoft
        (15169, NetworkKind.HOSTING),  # Google
        (9009, NetworkKind.VPN),  # M247
        (60729, NetworkKind.TOR),
        (36183, NetworkKind.RELAY),  # iCloud Private Relay
        (22616, NetworkKind.RELAY),  # Zscaler
        (14593, NetworkKind.SATELLITE),  # Starlink
        (7155, NetworkKind.SATELLITE),  # Viasat
        (51207, NetworkKind.MOBILE),  # Free Mobile
        (21928, NetworkKind.MOBILE),  # T-Mobile US
        (55836, NetworkKind.MOBILE),  # Jio
        (327931, NetworkKind.MOBILE),  # Djezzy
        (37037, NetworkKind.MOBILE),  # Orange Madagascar
        (3215, NetworkKind.FIXED),  # Orange
        (12322, NetworkKind.FIXED),  # Free
        (15557, NetworkKind.FIXED),  # SFR
        (5410, NetworkKind.FIXED),  # Bouygues Telecom
        (36903, NetworkKind.FIXED),  # Maroc Telecom
        (36884, NetworkKind.FIXED),  # Inwi
        (37705, NetworkKind.FIXED),  # Topnet
        (8346, NetworkKind.FIXED),  # Sonatel
        (37054, NetworkKind.FIXED),  # Telma
        (23889, NetworkKind.FIXED),  # Mauritius Telecom
        (7922, NetworkKind.FIXED),  # Comcast
        (3320, NetworkKind.FIXED),  # Deutsche Telekom
        (52075, NetworkKind.FIXED),  # Wifirst
        (29447, NetworkKind.FIXED),  # Iliad Italia, registered to Scaleway
        (41012, NetworkKind.FIXED),  # The Cloud, public Wi-Fi
    ],
)
def test_well_known_operators_are_what_they_are(number: int, kind: NetworkKind) -> None:
    assert load_networks().kind(ANYWHERE, number) is kind


@pytest.mark.parametrize(
    ("address", "number", "kind"),
    [
        ("104.28.31.1", 13335, NetworkKind.RELAY),
        ("104.16.1.1", 13335, NetworkKind.RELAY),
        ("2a09:bac2::1", 13335, NetworkKind.RELAY),
        ("146.75.152.4", 54113, NetworkKind.RELAY),
        ("151.101.1.1", 54113, NetworkKind.RELAY),
        ("2a02:26f7::1", 20940, NetworkKind.RELAY),
        ("167.103.1.1", None, NetworkKind.RELAY),
        ("163.116.130.1", 55256, NetworkKind.RELAY),
        ("92.184.100.1", 3215, NetworkKind.MOBILE),
        ("90.1.2.3", 3215, NetworkKind.FIXED),
    ],
)
def test_prefixes_win_over_as_numbers(address: str, number: int | None, kind: NetworkKind) -> None:
    assert load_networks().kind(ip_address(address), number) is kind


def test_without_an_as_number_nothing_is_known() -> None:
    assert load_networks().kind(ANYWHERE, None) is NetworkKind.UNKNOWN


def test_an_own_list_wins_and_changes_the_version(tmp_path: Path) -> None:
    own = _own(
        tmp_path,
        f"# ours\n{HEADER}\nAS16276,fixed,Our proxy,ours\n"
        "203.0.113.0/24,vpn,Ours,ours\nAS3215,mobile,Orange,ours\n",
    )
    networks = load_networks(own)
    assert networks.kind(ip_address("198.51.100.1"), 16276) is NetworkKind.FIXED
    assert networks.kind(ip_address("198.51.100.1"), 3215) is NetworkKind.MOBILE
    assert networks.kind(ANYWHERE, 3215) is NetworkKind.VPN
    assert networks.kind(ip_address("198.51.100.1"), 24940) is NetworkKind.HOSTING
    assert networks.version != load_networks().version
    assert networks.version == load_networks(own).version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line must be network,kind,name,source"),
        ("asn,kind\n", "the first line must be"),
        (HEADER + "AS1,hosting,x\n", "line 2: 3 columns instead of 4"),
        (HEADER + "#\nAS1,castle,x,y\n", "line 3: 'castle' is not a valid NetworkKind"),
        (HEADER + "AS4294967296,vpn,x,y\n", "'AS4294967296' is not an AS number"),
        (HEADER + "AS-1,vpn,x,y\n", "'AS-1' is not an AS number"),
        (HEADER + "ASx,vpn,x,y\n", "'ASx' is not an AS number"),
        (HEADER + "10.0.0.1/8,vpn,x,y\n", "has host bits set"),
        (HEADER + "here,vpn,x,y\n", "'here' does not appear to be"),
        (HEADER + "AS1,vpn,x,y\nAS1,tor,x,y\n", "line 3: AS1 is already on line 2"),
        (HEADER + "10.0.0.0/8,vpn,x,y\n10.0.0.0/8,vpn,x,y\n", "10.0.0.0/8 is already on line 2"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = _own(tmp_path, text)
    with pytest.raises(NetworkListError) as error:
        load_networks(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_a_missing_or_binary_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NetworkListError, match="cannot read"):
        load_networks(tmp_path / "missing.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NetworkListError, match="cannot read"):
        load_networks(tmp_path / "binary.csv")


def test_a_quoted_name_may_hold_a_comma(tmp_path: Path) -> None:
    path = _own(tmp_path, HEADER + 'AS1,vpn,"One, Two",y\n')
    assert list(read_entries(path)) == [Entry(1, NetworkKind.VPN, "One, Two", "y")]


def test_an_empty_list_leaves_everything_plain() -> None:
    assert Networks([]).kind(ANYWHERE, 16276) is NetworkKind.FIXED
