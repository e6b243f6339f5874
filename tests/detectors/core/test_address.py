"""Blocks of addresses."""

from detectors.core.address import are_one_family, are_two_families, block, line_of


def test_a_block_is_the_same_however_the_address_is_written() -> None:
    assert block("2001:db8::1", 16, 48) == block("2001:db8:0:7::1", 16, 48)
    assert block("2001:db8::1", 16, 48) != block("2001:db8:1::1", 16, 48)
    assert block("2001:db8::1", 32, 64) != block("2001:db8:0:7::1", 32, 64)


def test_of_ipv4_as_many_bits_as_are_asked_for() -> None:
    assert block("192.0.2.1", 16, 48) == block("192.0.99.9", 16, 48)
    assert block("192.0.2.1", 32, 64) != block("192.0.2.2", 32, 64)


def test_what_is_no_address_is_its_own() -> None:
    assert block("nowhere", 16, 48) == "nowhere"


def test_two_families_are_ipv4_and_ipv6_and_what_is_not_known_is_neither_one_nor_two() -> None:
    assert are_two_families("192.0.2.1", "2001:db8::1")
    assert are_one_family("2001:db8::2", "2001:db8::1")
    assert not are_two_families("192.0.2.1", "192.0.2.2")
    assert not are_one_family("192.0.2.1", "2001:db8::1")
    for unknown in (None, ""):
        assert not are_two_families("2001:db8::1", unknown)
    assert not are_one_family(None, None)


def test_a_line_is_a_block_of_24_bits_or_of_48() -> None:
    assert line_of("192.0.2.1") == line_of("192.0.2.254") != line_of("192.0.3.1")
    assert line_of("2001:db8:1:2::3") == line_of("2001:db8:1:9::8") != line_of("2001:db8:2:2::3")
