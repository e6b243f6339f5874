"""Receipts: what the receiver noted is read as it was, and what another version noted is not."""

from sqlalchemy import Engine

from monitor.store.receipts import (
    NOTE,
    Receipts,
    Refusal,
    SenderReceipts,
    note_receipts,
    read_receipts,
)
from monitor.store.writing import Writing


def test_they_are_read_as_they_were_noted(database: Engine) -> None:
    assert read_receipts(database) == {}
    first = {"gate": Receipts("syslog+udp://127.0.0.1:514", 1)}
    second = {
        "gate": Receipts(
            "syslog+udp://127.0.0.1:514",
            1,
            listening=["127.0.0.1:514"],
            messages=7,
            refused={Refusal.KERNEL: 2},
            senders=[SenderReceipts("192.0.2.7", 5, 7, refused={Refusal.TOO_FAST: 1})],
        ),
        "vpn": Receipts("syslog+tcp://127.0.0.1:514", 2, trouble="taken"),
    }
    for receipts in (first, second):
        with database.begin() as connection:
            note_receipts(connection, receipts)
        assert read_receipts(database) == receipts


def test_what_another_version_noted_is_nothing(database: Engine) -> None:
    with database.begin() as connection:
        Writing(connection).set_note(NOTE, b"\xc1")
    assert read_receipts(database) == {}


def test_every_refusal_is_said_in_both_languages() -> None:
    assert all(one.text.en and one.text.fr for one in Refusal)
    assert len({one.text.en for one in Refusal}) == len(Refusal)
