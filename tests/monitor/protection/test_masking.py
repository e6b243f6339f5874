"""What is shown of a person to whoever has not said why they need more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import AccountChange, Change
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from monitor.protection.masking import (
    HIDDEN,
    mask_address,
    mask_event,
    mask_name,
    mask_subject,
    mask_text,
)
from tests.monitor.test_engine import START, sign_in


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("zoe.martin", f"z{HIDDEN}"),
        ("zoe.martin@example.com", f"z{HIDDEN}@example.com"),
        ("7731", f"7{HIDDEN}"),
        # Of a short one even the first character tells too much.
        ("zoe", HIDDEN),
        ("", HIDDEN),
    ],
)
def test_of_a_name_the_first_character_is_left(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.77", f"203.0.{HIDDEN}"),
        ("203.0.113.0/24", f"203.0.{HIDDEN}"),
        ("2001:db8:1:2::77", f"2001:db8:{HIDDEN}"),
        ("::1", f"0:0:{HIDDEN}"),
        ("no address", HIDDEN),
        ("203.0.113.0/x", HIDDEN),
    ],
)
def test_of_an_address_the_network_is_left(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@given(st.text(max_size=40))
def test_no_text_breaks_it_and_no_long_name_survives_it(text: str) -> None:
    assert HIDDEN in mask_name(text)
    assert mask_address(text).endswith(HIDDEN)
    mask_text(text, frozenset((text,)))


def test_a_sentence_keeps_its_words() -> None:
    told = "zoe.martin came from 203.0.113.77 at 12:30:00 and 2001:db8::5, version 1.2.3.4567"
    assert mask_text(told, frozenset(("zoe.martin", "zoe"))) == (
        f"z{HIDDEN} came from 203.0.{HIDDEN} at 12:30:00 and 2001:db8:{HIDDEN}, version 1.2.3.4567"
    )


def test_an_event_keeps_what_a_case_is_understood_by() -> None:
    event = sign_in(
        START,
        "zoe.martin",
        "203.0.113.77",
        account_name="Zoe Martin",
        user_agent="Secret/1",
        session="secret-session",
        uid="secret-uid",
        place=Place("FR", "IDF", "Paris", 48.85341, 2.3488, 5.0),
        network=Network(3215, "Orange", NetworkKind.FIXED),
        device=Device("secretprint", "Firefox", "Windows", Form.DESKTOP),
    )
    masked = mask_event(event)
    assert masked.place is not None
    assert masked.device is not None
    assert (masked.place.country, masked.place.city, masked.place.latitude) == ("FR", "Paris", 49.0)
    assert (masked.device.family, masked.device.fingerprint) == ("Firefox", "")
    assert (masked.network, masked.time, masked.id) == (event.network, event.time, event.id)
    told = repr(masked).lower()
    for secret in ("zoe.", "martin", "113.77", "secret", "48.85"):
        assert secret not in told


def test_who_changed_an_account_is_masked_too() -> None:
    changed = AccountChange(
        id=timed_id(START, "c"),
        time=START,
        tenant="t",
        account="somebody",
        change=Change.ROLE,
        actor="zoe.martin",
    )
    assert mask_event(changed).actor == f"z{HIDDEN}"


def test_a_tenant_is_nobody() -> None:
    tenant = Subject(SubjectKind.TENANT, "acme", "")
    assert mask_subject(tenant) == tenant
    account = Subject(SubjectKind.ACCOUNT, "acme", "zoe.martin")
    assert mask_subject(account).uid == f"z{HIDDEN}"
    source = Subject(SubjectKind.SOURCE, "acme", "203.0.113.77")
    assert mask_subject(source).uid == f"203.0.{HIDDEN}"
