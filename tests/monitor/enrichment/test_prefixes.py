"""The most specific prefix decides, as a search through all of them would say."""

from ipaddress import IPv4Network, ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from monitor.enrichment.prefixes import Prefixes

SOME = [("10.0.0.0/8", "wide"), ("10.1.0.0/16", "narrow"), ("::/0", "six"), ("10.1.1.1/32", "one")]


def test_the_narrowest_prefix_wins_and_families_do_not_mix() -> None:
    prefixes = Prefixes((ip_network(text), value) for text, value in SOME)
    found = [prefixes.find(ip_address(a)) for a in ("10.2.0.1", "10.1.0.1", "10.1.1.1", "11.0.0.1")]
    assert found == ["wide", "narrow", "one", None]
    assert prefixes.find(ip_address("2001:db8::1")) == "six"


def test_a_later_entry_for_the_same_prefix_wins() -> None:
    prefixes = Prefixes([(ip_network("10.0.0.0/8"), "old"), (ip_network("10.0.0.0/8"), "new")])
    assert prefixes.find(ip_address("10.0.0.1")) == "new"


def test_an_empty_table_finds_nothing() -> None:
    assert Prefixes[str]([]).find(ip_address("10.0.0.1")) is None


_networks = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**12 - 1).map(lambda n: n << 20),
    st.integers(0, 32),
)


@given(st.dictionaries(_networks, st.integers()), st.integers(0, 2**32 - 1))
def test_it_agrees_with_a_search(table: dict[IPv4Network, int], number: int) -> None:
    address = ip_address(number)
    holding = [network for network in table if address in network]
    best = max(holding, key=lambda network: network.prefixlen, default=None)
    expected = None if best is None else table[best]
    assert Prefixes(table.items()).find(address) == expected
