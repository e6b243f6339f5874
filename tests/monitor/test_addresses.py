"""Addresses that strangers write have one spelling, so that nobody has two shares of anything."""

import pytest

from monitor.addresses import address_of, network_of, prefix_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("0x7f000001", None),
        ("2130706433", None),
        ("127.1", None),
        ("192.0.02.1", None),
        ("192.0.2.1:80:80", None),
        ("192.0.2.1\n", None),
    ],
)
def test_addresses_have_one_spelling(text: str, address: str | None) -> None:
    found = address_of(text)
    assert (None if found is None else str(found)) == address


def test_a_subscriber_has_one_address_or_a_whole_prefix() -> None:
    """Who has a /64 has 2^64 addresses, and would have as many shares."""
    assert prefix_of("2001:db8:1:2:3:4:5:6") == prefix_of("2001:db8:1:2::") == "2001:db8:1:2::/64"
    assert prefix_of("2001:db8:1:3::1") != prefix_of("2001:db8:1:2::1")
    assert prefix_of("::ffff:192.0.2.1") == prefix_of("192.0.2.1") == "192.0.2.1"
    assert prefix_of("") == ""


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "proxy.example", "10.0.0.1/8", ""])
def test_a_network_of_proxies_is_a_network_and_not_everybody(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|everybody"):
        network_of(text)
