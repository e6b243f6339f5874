"""What receivers of syslog took, and what they had to refuse, as each last noted it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, select

from detectors.core.detector import Text
from monitor.store import tables
from monitor.store.connection import reading
from monitor.store.writing import Writing

PREFIX: Final = "receiving/"
BATCH: Final = "received/"
"""What the notes of receivers begin with, of counts and of the last batch that each stored: each
has its own, as there may be one on each host. The rest is the receiver's name."""
SILENT_MS: Final = 60_000
"""One that told nothing for so long is not at work."""


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


def note_receipts(
    connection: Connection, receipts: Mapping[str, Receipts], receiver: str = ""
) -> None:
    """Keep a receiver's counts, by the name of the source, in place of those it kept before."""
    Writing(connection).set_note(PREFIX + receiver, msgspec.msgpack.encode(dict(receipts)))


def adopt_receipts(
    connection: Connection, now: int, is_gone: Callable[[str], bool]
) -> dict[str, Receipts]:
    """Take over the counts of receivers that have ended, by the name of the source: they are whose
    who asks from now on. `now` in ms; `is_gone` knows of names on this host."""
    ended = {
        name: receipts
        for name, receipts in _noted(connection).items()
        if is_gone(name.removeprefix(PREFIX))
        or all(_has_ended(one, now) for one in receipts.values())
    }
    names = [*ended, *(name.replace(PREFIX, BATCH) for name in ended)]
    connection.execute(delete(tables.engine).where(tables.engine.c.name.in_(names)))
    return _merged(ended.values())


def read_receipts(database: Engine) -> dict[str, Receipts]:
    """Of all receivers together, by the name of the source; empty where nothing is received."""
    with reading(database).connect() as connection:
        return receipts_in(connection)


def receipts_in(connection: Connection) -> dict[str, Receipts]:
    """The same within a transaction. What another version noted is left out."""
    return _merged(_noted(connection).values())


def _noted(connection: Connection) -> dict[str, dict[str, Receipts]]:
    table = tables.engine
    query = select(table.c.name, table.c.value).where(table.c.name.startswith(PREFIX))
    found = {}
    for name, value in connection.execute(query):
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            found[name] = msgspec.msgpack.decode(bytes(value), type=dict[str, Receipts])
    return found


def _has_ended(receipts: Receipts, now: int) -> bool:
    is_silent = now - receipts.updated > SILENT_MS
    return is_silent or not (receipts.listening or receipts.trouble)


def _merged(several: Iterable[Mapping[str, Receipts]]) -> dict[str, Receipts]:
    found: dict[str, list[Receipts]] = {}
    for receipts in several:
        for source, one in receipts.items():
            found.setdefault(source, []).append(one)
    return {source: _together(ones) for source, ones in found.items()}


def _together(ones: list[Receipts]) -> Receipts:
    newest = max(ones, key=lambda one: one.updated)
    if len(ones) == 1:
        return newest
    alive = [one for one in ones if newest.updated - one.updated <= SILENT_MS]
    listening = sorted({where for one in alive for where in one.listening})
    troubles = [one.trouble for one in alive if one.trouble is not None]
    return Receipts(
        newest.address,
        min(one.since for one in ones),
        newest.updated,
        listening,
        None if listening or not troubles else troubles[0],
        sum(one.messages for one in ones),
        sum(one.octets for one in ones),
        sum(one.rejected for one in ones),
        sum(one.connections for one in alive),
        _sum(one.refused for one in ones),
        _senders(ones),
    )


def _senders(ones: list[Receipts]) -> list[SenderReceipts]:
    found: dict[str, list[SenderReceipts]] = {}
    for one in ones:
        for sender in one.senders:
            found.setdefault(sender.name, []).append(sender)
    return [
        SenderReceipts(
            name,
            max(one.last for one in parts),
            sum(one.messages for one in parts),
            sum(one.connections for one in parts),
            _sum(one.refused for one in parts),
        )
        for name, parts in found.items()
    ]


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)
