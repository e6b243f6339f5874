"""Follows the incidents: each that came, changed or was withdrawn is answered once, in order.

What is answered and how far we are commit together, so that a kill at any instant loses nothing and
does nothing twice. Transactions are short: whoever else writes waits for none of them long.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, Protocol

import msgspec
from sqlalchemy import Connection, select

from alerts.incident import Incident
from monitor.protection.pseudonyms import PREFIX
from monitor.responding import cursor as cursors
from monitor.responding.answering import Answers
from monitor.responding.cursor import Cursor
from monitor.responding.duty import Duty, Surroundings
from monitor.store import feed, tables
from monitor.store.connection import reading
from monitor.store.reading import StoredIncident
from monitor.store.restrictions import hidden

AT_ONCE: Final = 5
"""Incidents of one transaction: some tens of milliseconds, in which nobody else writes to an
embedded database."""

_decode = msgspec.msgpack.Decoder(Incident).decode


class Answering(Protocol):
    """Does what is to be done about an incident, in an open transaction."""

    def answer(self, connection: Connection, stored: StoredIncident, now: int) -> Sequence[str]:
        """About one, as it is now (ms); what that came to, a word each, to be counted."""
        ...


class Following(Duty):
    """Follows with one way to answer. Of one thread."""

    courtesy: ClassVar[float] = 1.0

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._reading = reading(around.database)
        self._answering = answering

    def step(self) -> bool:
        """Follow some changes, else look at some of all incidents, else at those of accounts that
        are no longer restricted."""
        with self._reading.connect() as connection:
            if not cursors.progress(connection).waiting and not _is_released(connection):
                return False
        with self._around.database.begin() as connection:
            cursor = cursors.hold(connection)
            wanted = self._wanted(connection, cursor)
            done = self._answer(connection, cursor, wanted)
            cursors.keep(connection, cursor)
        for kind, number in Counter(done).items():
            self._around.counts.add(kind, number)
        return True

    def close(self) -> None:
        """There is nothing to let go of."""

    def _wanted(self, connection: Connection, cursor: Cursor) -> Sequence[bytes]:
        """The next incidents; the cursor is moved behind them."""
        changes = feed.changes(connection, cursor.after, AT_ONCE)
        if changes:
            cursor.after = changes[-1].id
            return list(dict.fromkeys(change.incident for change in changes))
        if cursor.swept is not None:
            table = tables.incidents
            query = select(table.c.id).where(table.c.id > cursor.swept)
            found = connection.execute(query.order_by(table.c.id).limit(AT_ONCE)).scalars().all()
            cursor.swept = bytes(found[-1]) if found else None
            return [bytes(one) for one in found]
        return self._released(connection, cursor)

    def _released(self, connection: Connection, cursor: Cursor) -> Sequence[bytes]:
        standing = _restricted(connection, cursor.held)
        released = [key for key in cursor.held if key not in standing][:AT_ONCE]
        cursor.held = tuple(key for key in cursor.held if key not in released)
        table = tables.incidents
        query = select(table.c.id).where(table.c.subject_key.in_(released)).order_by(table.c.id)
        return [bytes(one) for one in connection.execute(query).scalars()]

    def _answer(self, connection: Connection, cursor: Cursor, wanted: Sequence[bytes]) -> list[str]:
        """Answer those that may be answered; what that came to, a word each.

        In the order of accounts, in which whoever holds several takes them.
        """
        table = tables.incidents
        columns = select(table.c.body, table.c.withdrawn, table.c.subject_key)
        mine = columns.where(table.c.id.in_(wanted)).order_by(table.c.subject_key, table.c.id)
        found = connection.execute(mine).all()
        held = _restricted(connection, {row.subject_key for row in found})
        cursor.held = tuple(sorted({*cursor.held, *held}))
        now, done = self._around.now(), list[str]()
        for body, withdrawn, key in found:
            incident = _decode(body)
            # Of whom nobody can tell any more who it was, nothing is decided.
            if key not in held and not incident.subject.uid.startswith(PREFIX):
                stored = StoredIncident(incident, withdrawn)
                done += ["incidents", *self._answering.answer(connection, stored, now)]
        return done


def _restricted(connection: Connection, keys: Iterable[int]) -> set[int]:
    """Those of the accounts whose data is restricted now."""
    return hidden(connection) & {*keys}


def _is_released(connection: Connection) -> bool:
    held = cursors.held(connection)
    return bool(held) and _restricted(connection, held) != {*held}


def open_duty(around: Surroundings) -> Following:
    """Following, with the answers of the policy that holds."""
    return Following(around, Answers(around))
