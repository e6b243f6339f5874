"""One text per address, however a log writes it."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats.address import address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:DB8:0::1]", "2001:db8::1"),
        ("2001:0db8:0000::0001", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:c000:201]:1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:22", "fe80::1"),
        ("UNKNOWN", None),
        ("", None),
        ("-", None),
        ("localhost", None),
        ("192.0.2.1.example.net", None),
        ("192.0.2.256", None),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("2001:db8::1::2", None),
        ("1" * 100_000, None),
        ("192.0.2.1\x00", None),
        ("\ud800", None),
    ],
)
def test_addresses(written: str, meant: str | None) -> None:
    assert address(written) == meant


@given(st.ip_addresses())
def test_an_address_is_canonical(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    text = address(str(found))
    assert text is not None
    assert address(text) == text
    mapped = getattr(found, "ipv4_mapped", None)
    assert ipaddress.ip_address(text) == (mapped or found)


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    found = address(text)
    assert found is None or str(ipaddress.ip_address(found)) == found
