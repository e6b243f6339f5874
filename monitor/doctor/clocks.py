"""Clocks: ours beside those of the database server and of logs, and whether NTP keeps it right."""

import ctypes
import sys
from collections.abc import Iterator

from sqlalchemy import Engine, select, text

from detectors.core.event import DAY, MINUTE, SECOND
from monitor import clock
from monitor.doctor.check import Check, database_of, note
from monitor.settings import Settings
from monitor.store import tables
from monitor.store.connection import reading

_APART = 5 * SECOND
_AHEAD = 5 * MINUTE
_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2)."""
_TIMEX_BYTES = 512
_STATUS_AT = 5
"""`status` is the sixth of `struct timex`'s words of a long's size, behind `modes`."""


def look(settings: Settings) -> Iterator[Check]:
    """Whether NTP keeps it, then against everybody else's."""
    kept = is_synchronised()
    if kept is None:
        yield note("clock", clock.utc(clock.now_ms()), "whether NTP keeps it cannot be seen here")
    elif kept:
        yield Check("clock", True, f"{clock.utc(clock.now_ms())}, kept by NTP")
    else:
        advice = "let NTP keep it (chrony, systemd-timesyncd), or its host does"
        yield note("clock", f"{clock.utc(clock.now_ms())}, the kernel knows of no NTP", advice)
    with database_of(settings) as database:
        if database is not None:
            yield from _server(database)
            yield from _logs(database)


def is_synchronised() -> bool | None:
    """Whether the kernel says that something keeps the clock right; None where it does not say."""
    if not sys.platform.startswith("linux"):
        return None
    # Zeroed `modes`: it only reads.
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) < 0:
            return None
    except AttributeError:
        return None
    place = _STATUS_AT * ctypes.sizeof(ctypes.c_long)
    status = ctypes.c_int.from_buffer(buffer, place).value
    return not status & _UNSYNCHRONISED


def _server(database: Engine) -> Iterator[Check]:
    if database.dialect.name != "postgresql":
        return
    query = text("SELECT extract(epoch FROM clock_timestamp()) * 1000")
    with reading(database).begin() as connection:
        connection.execute(text("SELECT 1"))
        before = clock.now_ms()
        theirs = int(connection.execute(query).scalar_one())
        after = clock.now_ms()
    apart = 0 if before <= theirs <= after else min(abs(theirs - before), abs(theirs - after))
    seen = f"{apart / SECOND:,.1f} s from ours"
    yield Check("database server's clock", apart <= _APART, seen, "let NTP keep both")


def _logs(database: Engine) -> Iterator[Check]:
    table = tables.sources
    query = select(table.c.name, table.c.last_event).where(table.c.last_event > 0)
    with reading(database).begin() as connection:
        rows = connection.execute(query).all()
    now = clock.now_ms()
    for name, last in rows:
        ahead = last - now
        if ahead > _AHEAD:
            far = f"{ahead / DAY:,.1f} days" if ahead >= DAY else f"{ahead // MINUTE} min"
            remedy = "set the clock of what writes it, or the source's zone"
            yield Check(f"clock of {name}", False, f"its last event is {far} in the future", remedy)
