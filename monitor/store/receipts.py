"""What the receiver of syslog took, and what it had to refuse, as it last noted it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from detectors.core.detector import Text
from monitor.store.reading import Reading
from monitor.store.writing import Writing

NOTE: Final = "receiving"


class Refusal(StrEnum):
    """Why something sent was not taken. Counts are of datagrams, or of connections."""

    NOT_ALLOWED = "not_allowed"
    TOO_FAST = "too_fast"
    NO_ROOM = "no_room"
    KERNEL = "kernel"
    TOO_MANY = "too_many"
    HANDSHAKE = "handshake"
    STALLED = "stalled"

    @property
    def text(self) -> Text:
        """What happened, for people."""
        return _TEXTS[self]


_TEXTS = {
    Refusal.NOT_ALLOWED: Text(
        en="sent from an address that may not (option allow)",
        fr="envoyé d'une adresse non autorisée (option allow)",
    ),
    Refusal.TOO_FAST: Text(
        en="datagrams beyond what a sender may send in a second (option messages_per_second)",
        fr="datagrammes au-delà du débit permis par émetteur (option messages_per_second)",
    ),
    Refusal.NO_ROOM: Text(
        en="datagrams dropped while the database was slower than the senders",
        fr="datagrammes perdus pendant que la base de données était plus lente que les émetteurs",
    ),
    Refusal.KERNEL: Text(
        en="datagrams dropped by the kernel: its buffer was full (net.core.rmem_max)",
        fr="datagrammes perdus par le noyau : son tampon était plein (net.core.rmem_max)",
    ),
    Refusal.TOO_MANY: Text(
        en="connections beyond those that may be open (options connections, "
        "connections_per_sender) or that one sender may open in a second",
        fr="connexions au-delà du nombre permis (options connections, connections_per_sender) "
        "ou du rythme permis à un émetteur",
    ),
    Refusal.HANDSHAKE: Text(
        en="connections that came to no TLS session",
        fr="connexions qui n'ont pas abouti à une session TLS",
    ),
    Refusal.STALLED: Text(
        en="connections closed because nothing came any more",
        fr="connexions fermées parce que plus rien n'arrivait",
    ),
}


LOST = (Refusal.TOO_FAST, Refusal.NO_ROOM, Refusal.KERNEL)
"""Of messages of those who may send: nobody sends them again."""


class SenderReceipts(Struct, omit_defaults=True):
    """One sender's part of them; `last` is when it last sent something (ms since 1970 UTC)."""

    name: str
    last: int
    messages: int = 0
    connections: int = 0
    refused: dict[str, int] = {}


class Receipts(Struct, omit_defaults=True):
    """What one source took, and refused by reason, since `since` (ms), over restarts as well.

    `listening` are addresses with their ports, and `trouble` says why there are none. `octets` are
    bytes of messages, `rejected` counts messages that are put aside among the source's rejects,
    `connections` those that are open. `senders` are some: those refused most, then the busiest.
    """

    address: str
    since: int
    updated: int = 0
    listening: list[str] = []
    trouble: str | None = None
    messages: int = 0
    octets: int = 0
    rejected: int = 0
    connections: int = 0
    refused: dict[str, int] = {}
    senders: list[SenderReceipts] = []

    def lost(self) -> dict[Refusal, int]:
        """Messages of those who may send that were lost, by reason; the most first."""
        found = {reason: self.refused.get(reason, 0) for reason in LOST}
        return dict(sorted(found.items(), key=lambda one: -one[1]))


def note_receipts(connection: Connection, receipts: Mapping[str, Receipts]) -> None:
    """Keep them, by the name of the source, in place of those before."""
    Writing(connection).set_note(NOTE, msgspec.msgpack.encode(dict(receipts)))


def read_receipts(database: Engine) -> dict[str, Receipts]:
    """By the name of the source; empty where nothing is received, or another version noted it."""
    return decode_receipts(Reading(database).note(NOTE))


def decode_receipts(noted: bytes | None) -> dict[str, Receipts]:
    """The same of a note that was read already."""
    if noted is None:
        return {}
    try:
        return msgspec.msgpack.decode(noted, type=dict[str, Receipts])
    except msgspec.DecodeError:
        return {}
