"""An address that is not public is refused however it is written, unless the settings name it."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.egress.destinations import Destinations, Resolve, kind_of, read

OPEN = Destinations()


def known(**hosts: str) -> Resolve:
    return lambda host: [hosts[host]] if host in hosts else []


def nobody(host: str) -> list[str]:
    raise AssertionError(f"{host} was asked for")


def is_let_out(allow: list[str], host: str, port: int = 443) -> bool:
    return Destinations(read(allow)).why_not(host, port, known()) is None


NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.9.9.9 169.254.1.1 172.16.0.1 172.31.255.255
192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1
240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 64:ff9b:1::808:808 100::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
ff0e::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 4000::1 5f00::1 ::ffff:0:127.0.0.1
169.254.169.254 168.63.129.16 100.100.100.200 fd00:ec2::254 192.0.0.192
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_what_is_not_public_is_refused(address: str) -> None:
    assert OPEN.why_not(address, 443, nobody)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "9.255.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111"],
)
def test_what_is_public_is_not(address: str) -> None:
    assert OPEN.why_not(address, 443, nobody) is None


@pytest.mark.parametrize("host", ["localhost", "", "0x7f.1", "127.1", "2130706433", "idp.example"])
def test_only_a_number_can_be_judged(host: str) -> None:
    assert OPEN.why_not(host, 443, nobody) == "not a numeric address"


@settings(max_examples=60)
@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_judged_as_what_it_is(inner: ipaddress.IPv4Address) -> None:
    plain = OPEN.why_not(str(inner), 443, nobody)
    for around in ("::ffff:0:0", "64:ff9b::"):
        written = ipaddress.IPv6Address(int(ipaddress.IPv6Address(around)) | int(inner))
        assert OPEN.why_not(str(written), 443, nobody) == plain


@settings(max_examples=100)
@given(st.ip_addresses())
def test_python_knows_nothing_private_that_passes(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        embedded = int(address) >> 32 == int(ipaddress.IPv6Address("64:ff9b::")) >> 32
        assert embedded or kind_of(address)


def test_what_the_settings_name_may_be_reached() -> None:
    assert is_let_out(["10.1.2.0/24"], "10.1.2.9")
    assert not is_let_out(["10.1.2.0/24"], "10.1.3.9")
    assert is_let_out(["10.1.2.0/24"], "::ffff:10.1.2.9")
    assert is_let_out(["fd00::/64"], "fd00::5")


def test_a_port_is_that_port_alone() -> None:
    for entry, host in (("10.1.2.3:8443", "10.1.2.3"), ("[fd00::5]:8443", "fd00::5")):
        assert is_let_out([entry], host, 8443)
        assert not is_let_out([entry], host, 443)


def test_a_host_is_whatever_it_is_at_now() -> None:
    rules = Destinations(read(["scim.intern.example:8443"]))
    at = known(**{"scim.intern.example": "10.0.0.7"})
    assert rules.why_not("10.0.0.7", 8443, at) is None
    assert rules.why_not("10.0.0.7", 22, at) == "private"
    assert rules.why_not("10.0.0.8", 8443, at) == "private"


def test_metadata_is_reached_by_its_own_address_only() -> None:
    assert not is_let_out(["169.254.0.0/16"], "169.254.169.254")
    assert is_let_out(["169.254.169.254"], "169.254.169.254")
    rules = Destinations(read(["idp.example"]))
    assert rules.why_not("169.254.169.254", 80, known(**{"idp.example": "169.254.169.254"}))


def test_without_internet_only_what_is_named() -> None:
    rules = Destinations(read(["1.1.1.1"]), internet=False)
    assert rules.why_not("1.1.1.1", 443, known()) is None
    assert rules.why_not("9.9.9.9", 443, known()) == "not allowed by name"


WRONG = """
* 0.0.0.0/0 ::/0 10.1.2.3/24 10.1.2.3:0 10.1.2.3:70000 http://a.b idp.example: :443 [fd00::5
a_b@c -a.example 1.2.3
"""


@pytest.mark.parametrize("entry", ["", "a b", *WRONG.split()])
def test_an_entry_that_cannot_be_meant_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"expected|every address"):
        read([entry])


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_no_entry_makes_it_fail_otherwise(entry: str) -> None:
    try:
        allowed = read([entry])
    except ValueError:
        return
    assert allowed[0].network is not None or allowed[0].host
