"""Receipts: what the receiver noted is read as it was, and what another version noted is not."""

import msgspec
from sqlalchemy import Engine

from monitor.store.reading import Reading
from monitor.store.receipts import (
    BATCH,
    PREFIX,
    SILENT_MS,
    Receipts,
    Refusal,
    SenderReceipts,
    adopt_receipts,
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
        Writing(connection).set_note(PREFIX, b"\xc1")
    assert read_receipts(database) == {}


def full(updated: int, where: str, **changed: object) -> Receipts:
    receipts = Receipts(
        "syslog+udp://[::]:514",
        updated,
        updated,
        [where],
        None,
        10,
        100,
        1,
        2,
        {Refusal.KERNEL: 3},
        [SenderReceipts("192.0.2.7", updated, 5, 1, {Refusal.TOO_FAST: 1})],
    )
    return msgspec.structs.replace(receipts, **changed)


def test_of_several_receivers_all_is_counted_and_only_what_is_alive_listens(
    database: Engine,
) -> None:
    now = 10 * SILENT_MS
    several = {
        "one": full(now, "10.0.0.1:514"),
        "two": full(now - 5, "10.0.0.2:514", trouble="taken"),
        "gone": full(now - SILENT_MS - 1, "10.0.0.3:514"),
    }
    with database.begin() as connection:
        for name, receipts in several.items():
            note_receipts(connection, {"gate": receipts}, name)
    told = read_receipts(database)["gate"]
    assert told == full(
        now,
        "",
        since=now - SILENT_MS - 1,
        listening=["10.0.0.1:514", "10.0.0.2:514"],
        messages=30,
        octets=300,
        rejected=3,
        connections=4,
        refused={"kernel": 9},
        senders=[SenderReceipts("192.0.2.7", now, 15, 3, {"too_fast": 3})],
    )
    with database.begin() as connection:
        taken = full(now + 9, "", listening=[], trouble="taken")
        note_receipts(connection, {"gate": taken}, "three")
    assert read_receipts(database)["gate"].trouble is None, "another one listens"


def test_counts_of_those_that_have_ended_are_taken_over_once(database: Engine) -> None:
    now = 10 * SILENT_MS
    several = {
        "at work": full(now, "10.0.0.1:514"),
        "in trouble": full(now, "", listening=[], trouble="taken"),
        "stopped": full(now, "", listening=[]),
        "silent": full(now - SILENT_MS - 1, "10.0.0.3:514"),
        "killed": full(now, "10.0.0.4:514"),
    }
    with database.begin() as connection:
        for name, receipts in several.items():
            note_receipts(connection, {"gate": receipts}, name)
            Writing(connection).set_note(BATCH + name, b"7")
    before = read_receipts(database)["gate"]
    with database.begin() as connection:
        taken = adopt_receipts(connection, now, lambda name: name == "killed")
    assert taken["gate"].messages == 30
    left = read_receipts(database)["gate"]
    assert left.messages + taken["gate"].messages == before.messages
    assert [Reading(database).note(BATCH + name) for name in several] == [
        b"7",
        b"7",
        None,
        None,
        None,
    ]
    with database.begin() as connection:
        assert adopt_receipts(connection, now, lambda _: False) == {}


def test_every_refusal_is_said_in_both_languages() -> None:
    assert all(one.text.en and one.text.fr for one in Refusal)
    assert len({one.text.en for one in Refusal}) == len(Refusal)
