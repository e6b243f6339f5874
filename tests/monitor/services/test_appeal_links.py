"""A key lets somebody contest one measure for a while; no other key does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.services.appeal_links import LENGTH, Appeal, key_of, link, noted, read, written

PEPPER = b"pepper"
NOW = 1_800_000_000_000


def test_a_key_is_for_its_measure_until_its_end() -> None:
    key = key_of(PEPPER, 7, NOW + 10)
    assert len(key) == LENGTH
    assert key == key_of(PEPPER, 7, NOW + 10)
    assert read(PEPPER, key, NOW) == Appeal(7, NOW + 10)
    assert read(PEPPER, key, NOW + 9) == Appeal(7, NOW + 10)
    assert read(PEPPER, key, NOW + 10) is None


def test_another_instance_takes_it_for_nothing() -> None:
    assert read(b"other", key_of(PEPPER, 7, NOW + 10), NOW) is None


@given(at=st.integers(0, LENGTH - 1), put=st.characters(codec="ascii"))
@settings(max_examples=100)
def test_whatever_is_changed_in_it_opens_nothing(at: int, put: str) -> None:
    key = key_of(PEPPER, 7, NOW + 10)
    changed = key[:at] + put + key[at + 1 :]
    assert changed == key or read(PEPPER, changed, NOW) is None


@given(key=st.text(max_size=LENGTH + 2))
@settings(max_examples=50)
def test_nothing_that_is_made_up_opens_anything(key: str) -> None:
    assert read(PEPPER, key, NOW) is None


def test_what_stands_for_a_key_is_read_back() -> None:
    assert noted(written(Appeal(7, NOW))) == Appeal(7, NOW)
    for told in ("", "7", "7:", ":7", "a:7", "7:x", "-7:7", f"{1 << 63}:7", f"7:{1 << 48}"):
        assert noted(told) is None


@pytest.mark.parametrize("address", ["https://vigie.example", "https://vigie.example/"])
def test_a_link_has_its_key_where_no_server_sees_it(address: str) -> None:
    assert link(address, "abc") == "https://vigie.example/appeal#abc"
