"""Engines that wait for their turn tell that they do, so that people see that they are there."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct
from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError

from detectors.core.identity import digest
from monitor.health.pulse import Who
from monitor.store.writing import Writing

PREFIX = "waiting."
EVERY_S = 3.0
ALIVE = 15_000
"""Milliseconds after which one that tells nothing has gone."""


class Waiting(Struct, frozen=True):
    """An engine that waits, and when (ms) it told so."""

    time: int
    who: Who


def tell(database: Database, who: Who, now: int) -> None:
    """Note that this engine waits; where that cannot be noted now, it is later."""
    try:
        with database.begin() as connection:
            note = msgspec.msgpack.encode(Waiting(now, who))
            Writing(connection).set_note(_name(who), note)
    except SQLAlchemyError:
        return


def forget(database: Database, who: Who) -> None:
    """Note that this engine waits no more."""
    try:
        with database.begin() as connection:
            Writing(connection).drop_notes([_name(who)])
    except SQLAlchemyError:
        return


def alive(notes: Iterable[bytes], now: int) -> list[Waiting]:
    """Those that wait at `now` (ms), of what was noted."""
    found = []
    for note in notes:
        try:
            one = msgspec.msgpack.decode(note, type=Waiting)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if abs(now - one.time) < ALIVE:
            found.append(one)
    return sorted(found, key=lambda one: (one.who.host, one.who.process))


def _name(who: Who) -> str:
    """Short enough for the table, and another for each process."""
    return PREFIX + digest(who.host, str(who.process), size=8).hex()
