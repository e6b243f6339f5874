"""Follows the incidents: each that came, changed or was withdrawn is answered once, in order.

What is answered and how far we are commit together, so that a kill at any instant loses nothing and
does nothing twice. Transactions are short: whoever else writes waits for none of them long.

One that meets an error of ours each time is put aside, and people are called to it.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, Protocol

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from alerts.incident import Incident
from alerts.ticket import Kind
from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.aside import Aside
from monitor.protection.pseudonyms import PREFIX
from monitor.responding import cursor as cursors
from monitor.responding.answering import Answers
from monitor.responding.cursor import Cursor
from monitor.responding.duty import Duty, Surroundings
from monitor.services.opening import open_ticket
from monitor.store import feed, tables
from monitor.store.connection import reading
from monitor.store.reading import StoredIncident
from monitor.store.restrictions import hidden

AT_ONCE: Final = 5
"""Incidents of one transaction: some tens of milliseconds, in which nobody else writes to an
embedded database."""

MOST_ASIDE: Final = 500
"""Incidents that are kept as put aside; were there more, all are looked at at the next start."""
_MOST_TOLD = 20
_TITLE: Final = Text(
    "Incidents could not be answered, over an error of Vigie",
    "Des incidents sont restés sans réponse, par une erreur de Vigie",
)

log = logging.getLogger(__name__)

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
        self._aside = Aside(around.now)
        self._is_new = True

    def step(self) -> bool:
        """Follow some changes, else look at some of all incidents, else at those of accounts that
        are no longer restricted, else at one that was put aside."""
        with self._reading.connect() as connection:
            if not self._has_more(connection):
                return False
        try:
            done = self._follow()
        except Exception as error:
            if not self._aside.met(error) or isinstance(error, DBAPIError):
                raise
            log.exception("an incident cannot be answered")
            return True
        for kind, number in Counter(done).items():
            self._around.counts.add(kind, number)
        return True

    def complaint(self) -> str | None:
        """What was put aside."""
        return self._aside.complaint()

    def close(self) -> None:
        """There is nothing to let go of."""

    def _has_more(self, connection: Connection) -> bool:
        if cursors.progress(connection).waiting:
            return True
        cursor = cursors.noted(connection)
        is_lost = self._is_new and cursor.is_more
        return is_lost or _is_released(connection, cursor) or bool(self._again(cursor))

    def _follow(self) -> list[str]:
        with self._around.database.begin() as connection:
            cursor = cursors.hold(connection)
            if self._is_new and cursor.is_more:
                cursor.swept, cursor.is_more = b"", False
            done = self._answer(connection, cursor, self._wanted(connection, cursor))
            cursors.keep(connection, cursor)
        self._is_new = False
        return done

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
        return self._released(connection, cursor) or self._again(cursor)

    def _again(self, cursor: Cursor) -> Sequence[bytes]:
        """One of those that were put aside, when it is its turn again."""
        return [one for one in cursor.aside if not self._aside.has(_key(one))][:1]

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
        columns = select(table.c.body, table.c.withdrawn, table.c.subject_key, table.c.id)
        mine = columns.where(table.c.id.in_(wanted)).order_by(table.c.subject_key, table.c.id)
        found = connection.execute(mine).all()
        held = _restricted(connection, {row.subject_key for row in found})
        cursor.held = tuple(sorted({*cursor.held, *held}))
        known, aside = frozenset(cursor.aside), list[bytes]()
        done = list[str]()
        for row in found:
            identifier = bytes(row.id)
            if self._aside.has(_key(identifier)):
                aside.append(identifier)
                if identifier not in known:
                    done += ["aside"]
                    self._call(connection, identifier, len(known))
                continue
            with self._aside.over(_key(identifier)):
                done += self._answered(connection, row, held)
        _put_aside(cursor, wanted, aside)
        return done

    def _answered(self, connection: Connection, row: Any, held: set[int]) -> Sequence[str]:
        incident = _decode(row.body)
        # Of whom nobody can tell any more who it was, nothing is decided.
        if row.subject_key in held or incident.subject.uid.startswith(PREFIX):
            return ()
        stored = StoredIncident(incident, row.withdrawn)
        return ["incidents", *self._answering.answer(connection, stored, self._around.now())]

    def _call(self, connection: Connection, identifier: bytes, others: int) -> None:
        """People are called to what was put aside: it has no ticket else."""
        key = _key(identifier)
        if self._aside.has(f"ticket of {key}"):
            return
        why = f"{identifier.hex()}: {self._aside.why(key)} (see the log / voir le journal)"
        with self._aside.over(f"ticket of {key}"):
            open_ticket(
                connection,
                Kind.UNFINISHED,
                "",
                None,
                _TITLE,
                now=self._around.now(),
                severity=Severity.HIGH,
                text=why if others < _MOST_TOLD else "",
                joins=True,
            )


def _key(identifier: bytes) -> str:
    return f"incident {identifier.hex()}"


def _put_aside(cursor: Cursor, looked: Sequence[bytes], aside: Sequence[bytes]) -> None:
    """Note those of all that were looked at which are aside now, behind the others that are."""
    kept = [*(one for one in cursor.aside if one not in looked), *aside]
    cursor.is_more = cursor.is_more or len(kept) > MOST_ASIDE
    cursor.aside = tuple(kept[-MOST_ASIDE:])


def _restricted(connection: Connection, keys: Iterable[int]) -> set[int]:
    """Those of the accounts whose data is restricted now."""
    return hidden(connection) & {*keys}


def _is_released(connection: Connection, cursor: Cursor) -> bool:
    return bool(cursor.held) and _restricted(connection, cursor.held) != {*cursor.held}


def open_duty(around: Surroundings) -> Following:
    """Following, with the answers of the policy that holds."""
    return Following(around, Answers(around))
