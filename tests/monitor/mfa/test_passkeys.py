"""A passkey is taken only as it was asked for, here, of a verified person; else a clear error.

Whatever a browser may send is tried: what a phishing page, another origin's frame, a copied device
or a fuzzer sends comes to a PasskeyError and nothing else.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.mfa.passkeys import (
    MOST,
    Fault,
    Passkey,
    PasskeyError,
    RelyingParty,
    Said,
    checked,
    creation,
    credential_of,
    goes_on,
    request,
    taken_up,
)
from tests.monitor.mfa.authenticator import BE, BS, UP, Authenticator, bytes_of, text_of

PARTY = RelyingParty("example.com", "Example", ("https://vigie.example.com",))
USER, CHALLENGE = b"u" * 32, b"c" * 32


def made(device: Authenticator) -> Passkey:
    options = creation(PARTY, USER, "ana", "Ana Ruiz", CHALLENGE)
    return taken_up(PARTY, USER, CHALLENGE, device.make(options))[0]


def proved(device: Authenticator, passkey: Passkey, *, is_known: bool = True) -> Said:
    options = request(PARTY, CHALLENGE, [passkey])
    return checked(PARTY, CHALLENGE, device.prove(options), passkey, is_known=is_known)


def fault(device: Authenticator, passkey: Passkey) -> Fault:
    with pytest.raises(PasskeyError) as refused:
        proved(device, passkey)
    return refused.value.fault


def test_what_is_asked_for_is_discoverable_verified_and_without_attestation() -> None:
    known = Passkey(b"k", b"", USER, "example.com", transports=("usb", "unheard-of"))
    asked = json.loads(creation(PARTY, USER, "ana", "Ana Ruiz", CHALLENGE, [known]))
    chosen = asked["authenticatorSelection"]
    assert chosen["residentKey"] == "required"
    assert chosen["requireResidentKey"] is True
    assert chosen["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert asked["rp"] == {"id": "example.com", "name": "Example"}
    assert bytes_of(asked["user"]["id"]) == USER
    assert [one["id"] for one in asked["excludeCredentials"]] == [text_of(b"k")]
    assert asked["excludeCredentials"][0]["transports"] == ["usb"]
    proof = json.loads(request(PARTY, CHALLENGE))
    assert (proof["userVerification"], proof["rpId"]) == ("required", "example.com")
    assert proof["allowCredentials"] == []


def test_one_that_was_made_proves_and_counts_its_uses() -> None:
    device = Authenticator()
    passkey = made(device)
    assert (passkey.credential, passkey.user) == (device.credential, USER)
    assert passkey.transports == ("internal", "hybrid")
    assert not passkey.eligible
    assert proved(device, passkey) == Said(1, backed_up=False)
    assert proved(device, passkey, is_known=False) == Said(2, backed_up=False)
    text = device.prove(request(PARTY, CHALLENGE))
    assert credential_of(text) == device.credential


def test_one_that_is_copied_to_other_devices_says_so_and_stays_of_its_kind() -> None:
    device = Authenticator()
    device.flags |= BE
    passkey = made(device)
    assert passkey.eligible
    assert not proved(device, passkey).backed_up
    device.flags |= BS
    assert proved(device, passkey).backed_up
    device.flags &= ~(BE | BS)
    # Whether it may be copied never changes: this is another device with its name.
    assert fault(device, passkey) is Fault.ELIGIBILITY
    device.flags |= BS
    assert fault(device, passkey) is Fault.WRONG


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"origin": "https://vigie.example.com.evil.test"}, Fault.WRONG),
        ({"type": "webauthn.create"}, Fault.WRONG),
        ({"challenge": text_of(b"another")}, Fault.WRONG),
        ({"crossOrigin": True}, Fault.FRAMED),
    ],
)
def test_a_page_that_is_not_ours_gets_nothing_by_it(change: dict[str, Any], why: Fault) -> None:
    device = Authenticator()
    passkey = made(device)
    device.client = change
    assert fault(device, passkey) is why
    assert device.credential == passkey.credential


def test_who_was_not_verified_or_is_bound_elsewhere_proves_nothing() -> None:
    device = Authenticator()
    passkey = made(device)
    device.flags = UP
    assert fault(device, passkey) is Fault.WRONG
    device = Authenticator()
    passkey = made(device)
    device.rp_id = "evil.test"
    assert fault(device, passkey) is Fault.WRONG
    other = Authenticator()
    other.credential, other.user, other.rp_id = device.credential, USER, "example.com"
    assert fault(other, passkey) is Fault.WRONG


def test_one_of_another_account_is_not_taken_for_this_one() -> None:
    device = Authenticator()
    passkey = made(device)
    device.user = b"somebody else"
    assert fault(device, passkey) is Fault.NOT_ITS_USER
    device.user = USER
    text = device.prove(request(PARTY, CHALLENGE), user=False)
    assert checked(PARTY, CHALLENGE, text, passkey, is_known=True).count == 2
    with pytest.raises(PasskeyError) as refused:
        # Where it was not asked for by name, it has to say whose it is.
        checked(PARTY, CHALLENGE, text, passkey, is_known=False)
    assert refused.value.fault is Fault.NOT_ITS_USER


def test_making_one_takes_a_verified_person_at_our_page_and_no_maker_s_word() -> None:
    for change in ("origin", "flags", "fmt", "frame", "long"):
        device = Authenticator()
        if change == "origin":
            device.origin = "https://evil.test"
        elif change == "flags":
            device.flags = UP
        elif change == "fmt":
            device.fmt, device.statement = "fido-u2f", {"x5c": [b"0"], "sig": b"0"}
        elif change == "frame":
            device.client = {"crossOrigin": True}
        else:
            device.credential = b"x" * 1_024
        with pytest.raises(PasskeyError):
            made(device)


def test_a_count_that_does_not_go_on_is_two_of_one() -> None:
    assert goes_on(0, 0)
    assert goes_on(3, 4)
    assert not goes_on(4, 4)
    assert not goes_on(4, 0)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def _all_that_it_may_be(text: str, passkey: Passkey) -> None:
    for take in (
        lambda: taken_up(PARTY, USER, CHALLENGE, text),
        lambda: checked(PARTY, CHALLENGE, text, passkey, is_known=True),
        lambda: credential_of(text),
    ):
        try:
            take()
        except PasskeyError as error:
            assert "no passkey" in str(error)  # noqa: PT017 - either is right


DEVICE = Authenticator()
KEPT = made(DEVICE)
MADE = json.loads(DEVICE.make(creation(PARTY, USER, "ana", "Ana", CHALLENGE)))
PROVED = json.loads(DEVICE.prove(request(PARTY, CHALLENGE)))


@settings(max_examples=60)
@given(st.text(max_size=60) | _ANY.map(json.dumps))
def test_nonsense_is_an_error_and_nothing_else(text: str) -> None:
    _all_that_it_may_be(text, KEPT)


@settings(max_examples=150)
@given(st.data())
def test_a_credential_with_any_part_changed_is_an_error_or_right(data: st.DataObject) -> None:
    sent = json.loads(json.dumps(data.draw(st.sampled_from([MADE, PROVED]))))
    where = data.draw(st.sampled_from([sent, sent["response"]]))
    field = data.draw(st.sampled_from(sorted(where)))
    if isinstance(where[field], str) and data.draw(st.booleans()):
        raw = bytearray(bytes_of(where[field]) or b"\0")
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
        cut = data.draw(st.integers(0, 3))
        where[field] = text_of(bytes(raw[: len(raw) - cut]))
    else:
        where[field] = data.draw(_ANY)
    _all_that_it_may_be(json.dumps(sent), KEPT)


def test_what_is_deep_or_long_is_an_error() -> None:
    deep = "[" * 5_000
    for text in (deep, '{"id":' + deep, "x" * (MOST + 1), '{"id":"\ud800"}'):
        _all_that_it_may_be(text, KEPT)
    # CBOR within CBOR, as deep as the text allows.
    sent = json.loads(json.dumps(MADE))
    sent["response"]["attestationObject"] = text_of(b"\x81" * 8_000 + b"\x00")
    _all_that_it_may_be(json.dumps(sent), KEPT)
