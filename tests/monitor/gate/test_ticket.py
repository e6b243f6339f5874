"""A ticket is the instance's own word, for a quarter of an hour, and nobody else can read it."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gate.ticket import LIFETIME, LONGEST_RETURN, PATH, Ticket, TicketError, Tickets
from monitor.mfa.sealing import Seal

NOW = 1_800_000_000_000
TICKET = Ticket("acme", "u-1", "s-1", "measure.7.1.challenge", "https://app.example/x?y=1", NOW)
SEAL = Seal(bytes(32))


def tickets(now: int = NOW, seal: Seal = SEAL) -> Tickets:
    return Tickets(seal, lambda: now)


def test_it_comes_back_as_it_was() -> None:
    address = tickets().address("https://vigie.example/", TICKET)
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("vigie.example", PATH)
    (text,) = parse_qs(parts.query)["t"]
    assert tickets(NOW + LIFETIME - 1).opened(text) == TICKET


def test_nobody_else_reads_whose_it_is() -> None:
    text = tickets().sealed(TICKET)
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert b"u-1" not in raw
    assert text != tickets().sealed(TICKET)


@pytest.mark.parametrize("now", [NOW + LIFETIME, NOW - 10_000])
def test_it_holds_for_its_time_only(now: int) -> None:
    with pytest.raises(TicketError):
        tickets(now).opened(tickets().sealed(TICKET))


def test_another_instance_knows_nothing_of_it() -> None:
    with pytest.raises(TicketError):
        tickets(seal=Seal(bytes(31) + b"1")).opened(tickets().sealed(TICKET))


def test_a_long_way_back_is_left_out_and_the_ticket_still_opens() -> None:
    long = Ticket(*(["é" * 250] * 3), "k", "https://app.example/" + "x" * LONGEST_RETURN, NOW)
    opened = tickets().opened(tickets().sealed(long))
    assert (opened.account, opened.return_to) == (long.account, "")


@settings(max_examples=60)
@given(st.text(max_size=80) | st.binary(max_size=90).map(lambda b: base64.b64encode(b).decode()))
def test_whatever_is_sent_is_no_ticket(text: str) -> None:
    with pytest.raises(TicketError):
        tickets().opened(text)


def test_one_character_changed_is_no_ticket() -> None:
    text = tickets().sealed(TICKET)
    # The last character has bits that stand for nothing.
    for at in range(0, len(text) - 1, 7):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(TicketError):
            tickets().opened(changed)
