"""Guessing is slow, and nobody can be kept out by somebody else's guesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from detectors.core.event import DAY, MINUTE
from monitor.services.keyring import Keyring
from monitor.services.throttling import (
    ADDRESS,
    ALL,
    COOKIE_LIFETIME,
    KNOWN,
    NAME,
    Throttle,
    network_of,
)
from monitor.store.connection import connect
from tests.monitor.services.reviewing import Clock

EMAIL = "ada@atlas.example"


class Door:
    def __init__(self, engine: Engine) -> None:
        self.clock = Clock()
        self.throttle = Throttle(engine, Keyring(b"p"), self.clock)

    def tries(self, count: int, email: str = EMAIL, ip: str = "192.0.2.1", cookie: str = "") -> int:
        """How many of so many tries may be made."""
        return sum(self.throttle.attempt(email, ip, cookie).is_allowed for _ in range(count))


@pytest.fixture
def door(database: Engine) -> Door:
    return Door(database)


def test_a_name_is_tried_so_often_from_wherever(door: Door) -> None:
    allowed = sum(door.tries(1, ip=f"192.0.2.{number}") for number in range(40))
    assert allowed == NAME.at_once
    door.clock.now += NAME.pause
    assert door.tries(5, ip="192.0.2.99") == 1
    # However it is spelt.
    assert door.tries(1, email=" ADA@atlas.example ", ip="192.0.2.98") == 0


def test_a_day_of_guesses_at_a_name_are_few(door: Door) -> None:
    allowed = 0
    for _ in range(24 * 12):
        allowed += door.tries(1, ip=f"192.0.2.{allowed % 250}")
        door.clock.now += 5 * MINUTE
    assert NAME.at_once < allowed <= NAME.at_once + DAY // NAME.pause


def test_an_address_is_bounded_whomever_it_tries_and_leaves_names_alone(door: Door) -> None:
    allowed = sum(door.tries(1, email=f"{number}@x") for number in range(60))
    assert allowed == ADDRESS.at_once
    assert door.tries(5, email=EMAIL) == 0
    # None of those five was taken from the name.
    assert door.tries(NAME.at_once + 5, ip="198.51.100.1") == NAME.at_once


def test_all_strangers_together_are_bounded(door: Door) -> None:
    allowed = sum(
        door.tries(1, email=f"{number}@x", ip=f"10.{number // 250}.0.{number % 250}")
        for number in range(200)
    )
    assert allowed == ALL.at_once


def test_a_stranger_who_exhausts_a_name_keeps_its_owner_s_browser_out_of_nothing(
    door: Door,
) -> None:
    cookie = door.throttle.cookie(EMAIL)
    for number in range(300):
        door.tries(1, ip=f"10.0.{number // 250}.{number % 250}")
    assert door.tries(1, ip="192.0.2.1") == 0
    known = door.throttle.attempt(EMAIL, "10.0.0.1", cookie)
    assert known.is_allowed
    assert known.is_known


def test_a_known_browser_does_not_guess_either(door: Door) -> None:
    cookie = door.throttle.cookie(EMAIL)
    assert door.tries(30, cookie=cookie) == KNOWN.at_once
    # Another of the same owner is another.
    assert door.tries(1, cookie=door.throttle.cookie(EMAIL)) == 1


def test_a_cookie_is_of_one_name_one_instance_and_some_months(door: Door) -> None:
    throttle, cookie = door.throttle, door.throttle.cookie(EMAIL)
    assert throttle.knows(cookie, EMAIL.upper())
    assert not throttle.knows(cookie, "eve@atlas.example")
    assert not throttle.knows(cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), EMAIL)
    door.clock.now += COOKIE_LIFETIME
    assert not throttle.knows(cookie, EMAIL)


@given(st.text(max_size=120))
def test_another_text_is_no_cookie(text: str) -> None:
    throttle = Throttle(connect("sqlite://"), Keyring(b"p"), Clock())
    assert not throttle.knows(text, EMAIL)


def test_what_was_right_counts_for_nothing(door: Door) -> None:
    for _ in range(5 * ADDRESS.at_once):
        attempt = door.throttle.attempt(EMAIL, "192.0.2.1")
        assert attempt.is_allowed
        door.throttle.forgive(attempt)


def test_counts_are_the_databases_and_name_nobody(database: Engine) -> None:
    """Two web processes see one another's."""
    one, other = Door(database), Door(database)
    assert one.tries(6) + other.tries(6, ip="192.0.2.2") == NAME.at_once


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::1", "::2", True),
        ("", "unix", False),
    ],
)
def test_one_desk_is_one_address(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same
