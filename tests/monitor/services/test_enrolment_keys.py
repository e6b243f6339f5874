"""A key opens what it was made for, and nothing else; mails have theirs when they are sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.ports import Action, Order
from monitor.services import notices
from monitor.services.enrolment_keys import (
    LENGTH,
    MAILED,
    PATHS,
    Purpose,
    completed,
    handle_of,
    key_of,
    link_of,
)
from monitor.services.keyring import Keyring

SECRET = Keyring(b"pepper").enrolment
HANDLE = "0123456789abcdef" * 2


def order(**values: str) -> Order:
    return Order(
        key="k", action=Action.NOTIFY, issued=1, tenant="acme", template="t", values=values
    )


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_key_is_of_its_handle_and_its_purpose(purpose: Purpose) -> None:
    key = key_of(SECRET, purpose, HANDLE)
    assert len(key) == LENGTH
    assert handle_of(SECRET, purpose, key) == HANDLE
    others = set(Purpose) - {purpose}
    assert all(handle_of(SECRET, other, key) is None for other in others)
    assert handle_of(Keyring(b"other").enrolment, purpose, key) is None
    changed = ("B" if key[0] == "A" else "A") + key[1:]
    assert handle_of(SECRET, purpose, changed) is None


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_nothing_else_is_a_key(text: str) -> None:
    assert handle_of(SECRET, Purpose.ENROL, text) is None


def test_the_key_stands_where_no_server_sees_it() -> None:
    link = link_of(SECRET, "https://vigie.example/", Purpose.STOP, HANDLE)
    address, _, key = link.partition("#")
    assert address == "https://vigie.example" + PATHS[Purpose.STOP]
    assert handle_of(SECRET, Purpose.STOP, key) == HANDLE


def test_a_mail_gets_its_links_when_it_is_sent_and_never_one_to_a_first_factor() -> None:
    assert Purpose.ENROL not in MAILED
    told = completed(order(recover=HANDLE, stop=HANDLE, enrol=HANDLE), SECRET, "https://v.example")
    assert told.values["recover"] == link_of(SECRET, "https://v.example", Purpose.RECOVER, HANDLE)
    assert told.values["stop"].startswith("https://v.example/enrol/stop#")
    assert told.values["enrol"] == HANDLE
    assert order(text="x") == completed(order(text="x"), SECRET, "https://v.example")


@pytest.mark.parametrize("handle", ["", "x", HANDLE.upper(), HANDLE + "\n", "#" * 32])
def test_what_stands_for_no_link_becomes_none(handle: str) -> None:
    assert "stop" not in completed(order(stop=handle), SECRET, "https://v.example").values


def test_without_an_address_or_a_key_there_are_no_links() -> None:
    given = order(recover=HANDLE, stop=HANDLE)
    assert completed(given, SECRET, "").values == {}
    assert notices.completed(given, b"", "https://v.example").values == {}
    assert set(notices.completed(given, b"pepper", "https://v.example").values) == {
        "recover",
        "stop",
    }
