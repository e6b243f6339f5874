"""Several tickets changed in one act, which can be undone as one."""

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.ticket import Change, Limits, TicketError
from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, within
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.ticket_changing import changed_by, keep_change, say, stale
from monitor.services.ticket_words import comment_of
from monitor.store import suppressions, ticket_notes, tickets
from monitor.store.connection import reading
from monitor.store.ticket_notes import Act, Deed
from monitor.store.tickets import StoredTicket

MOST: Final = 200
"""Tickets of one act."""
_ACT = re.compile(r"[0-9a-f]{16}\Z")
_NOTHING = Text("there is nothing to change", "il n'y a rien à changer")


class Refused(Struct, frozen=True):
    """A ticket that was left as it is, and why."""

    number: int
    why: Text


class Done(Struct, frozen=True, kw_only=True):
    """What one act came to: by what it is undone, the tickets that it changed, and those that were
    left as they are."""

    act: str
    changed: tuple[int, ...]
    refused: tuple[Refused, ...]


class TicketActs:
    """Acts on tickets of one database. Safe to share between threads; `now` gives ms since 1970
    UTC, `limits` are those of clocks."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], int] = now_ms,
        limits: Mapping[Severity, Limits] | None = None,
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._now = now
        self._limits = limits

    @allowed(Operation.TICKETS_WRITE)
    def change(
        self,
        actor: Actor,
        given: Mapping[int, int | None],
        change: Change,
        reason: str = "",
    ) -> Done:
        """Change tickets, each of which has to be the version still that is given with its number,
        if one is; those that cannot go there are left and told. Raises TicketError."""
        if not given or len(given) > MOST or change.is_empty:
            raise TicketError(
                f"choose up to {MOST} tickets, and what is to change",
                f"choisissez jusqu'à {MOST} tickets, et ce qui doit changer",
            )
        text = comment_of(reason) if reason.strip() else ""
        act, changed, refused = secrets.token_hex(8), [], []
        with self._database.begin() as connection:
            found = self._held(connection, actor, given)
            for number, version in sorted(given.items()):
                before = found.get(number)
                why = _unfit(before, version)
                if before is None or why is not None:
                    refused.append(Refused(number, why or _NOT_THERE))
                    continue
                try:
                    kept = changed_by(
                        connection, actor, before, change, self._now(), self._limits, act
                    )
                except TicketError as error:
                    refused.append(Refused(number, error.text))
                    continue
                if kept == before:
                    refused.append(Refused(number, _NOTHING))
                    continue
                if text:
                    say(connection, actor, kept, text, self._now())
                changed.append(number)
        return Done(act=act, changed=tuple(changed), refused=tuple(refused))

    @allowed(Operation.TICKETS_WRITE)
    def undo(self, actor: Actor, act: str) -> Done:
        """Put back what an act changed, but for tickets that were changed since, which are told.
        Raises NotThereError."""
        if _ACT.match(act) is None:
            raise NotThereError("there is no such act")
        restored, refused, undone = [], [], []
        with self._database.begin() as connection:
            changes = ticket_notes.changes_at_once(connection, act)
            found = self._held(connection, actor, [one.ticket for one in changes])
            mine = [one for one in changes if one.ticket in found]
            if not mine:
                raise NotThereError("there is no such act")
            for one in mine:
                before = found[one.ticket]
                if one.undone is not None or before.version != one.version:
                    refused.append(Refused(one.ticket, stale().text))
                    continue
                now = self._now()
                after = structs.replace(
                    before,
                    ticket=one.before.ticket,
                    tags=one.before.tags,
                    held_by=_holding(connection, one.before.held_by, now),
                )
                try:
                    keep_change(connection, actor, before, after, Deed.UNDONE, now, self._limits)
                except TicketError as error:
                    refused.append(Refused(one.ticket, error.text))
                    continue
                restored.append(one.ticket)
                undone.append(one.id)
            ticket_notes.set_undone(connection, undone, self._now())
        return Done(act=act, changed=tuple(restored), refused=tuple(refused))

    @allowed(Operation.TICKETS_READ)
    def last(self, actor: Actor) -> list[Act]:
        """The last acts on several tickets, the last one first."""
        with self._reading.begin() as connection:
            return ticket_notes.last_acts(connection, within(actor))

    @staticmethod
    def _held(
        connection: Connection, actor: Actor, numbers: Collection[int]
    ) -> dict[int, StoredTicket]:
        tenant = within(actor)
        found = tickets.tickets_of(connection, numbers, lock=True)
        return {n: one for n, one in found.items() if tenant in (None, one.tenant)}


def _holding(connection: Connection, number: int | None, now: int) -> int | None:
    """The suppression that held a ticket back, if it still holds: else nobody would be called."""
    one = None if number is None else suppressions.suppression(connection, number)
    return number if one is not None and one.is_on(now) else None


_NOT_THERE = Text("there is no such ticket", "ce ticket n'existe pas")


def _unfit(one: StoredTicket | None, version: int | None) -> Text | None:
    """Why a ticket is not the one that somebody looked at; None where it is."""
    if one is None:
        return _NOT_THERE
    error: StaleError = stale()
    return error.text if version not in (None, one.version) else None
