"""The outbox as people see it: what waits, what was given up and why; and what they do about it.

What was given up is driven again, what came back with a backup is released, what is not wanted any
more is cancelled: each with a reason, and with what follows for its measure.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.outbox import Because, State
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.services import carrying
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits
from monitor.services.looks import Looks
from monitor.services.order_views import STATES, OrderView, order_view, veiled
from monitor.services.protection import reason_of
from monitor.services.refusal import NotThereError, TakenError
from monitor.store import leases, outbox
from monitor.store.connection import reading
from monitor.store.outbox import OrderRow, Wanted

AT_ONCE: Final = 1_000
"""Orders that are driven by one act at most."""


class ResponderView(Struct, frozen=True, kw_only=True):
    """How many orders of a responder are in which state, and how it does. Times are in ms, None
    where there is none: `oldest` is when the oldest that is not settled was written, `open_until`
    until when it is left in peace after `failures` in a row, for `reason`."""

    name: str
    waiting: int
    leased: int
    dead: int
    parked: int
    done: int
    cancelled: int
    oldest: int | None
    failures: int
    open_until: int | None
    reason: str


class Overview(Struct, frozen=True, kw_only=True):
    """All responders that ever had an order."""

    responders: tuple[ResponderView, ...]

    @property
    def dead(self) -> int:
        """Orders that were given up."""
        return sum(one.dead for one in self.responders)

    @property
    def parked(self) -> int:
        """Orders that came back with a backup."""
        return sum(one.parked for one in self.responders)


class Driven(Struct, frozen=True, kw_only=True):
    """What came of an act on several orders: how many are tried again, and how many were cancelled
    as the contrary was ordered since."""

    driven: int
    cancelled: int


class Outbox:
    """The desk of the outbox. Safe to share between threads."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        """`now` gives ms since 1970 UTC."""
        self._database = database
        self._reading = reading(database)
        self._now = now
        self._looks = Looks(database, now)

    @allowed(Operation.OUTBOX_READ)
    def overview(self, actor: Actor) -> Overview:
        """How each responder does."""
        with self._reading.begin() as connection:
            tallies, watched = outbox.tallies(connection), leases.breakers(connection)
        names = sorted({one.responder for one in tallies} | watched.keys())
        return Overview(
            responders=tuple(
                _responder(name, [one for one in tallies if one.responder == name], watched)
                for name in names
            )
        )

    @allowed(Operation.OUTBOX_READ)
    def page(
        self,
        actor: Actor,
        wanted: Wanted,
        before: int | None = None,
        limit: int = 50,
        language: str = "en",
    ) -> list[OrderView]:
        """The newest of the orders wanted, with numbers less than `before`. Names are in part for
        who may not look at people."""
        with self._reading.begin() as connection:
            rows = outbox.page(connection, wanted, before, limit)
        found = [order_view(row, language) for row in rows]
        if permits(actor, Operation.PERSON_LOOK):
            return found
        return [veiled(one) for one in found]

    @allowed(Operation.OUTBOX_READ)
    def one(self, actor: Actor, number: int, language: str = "en") -> OrderView:
        """One order whole; that somebody looked at whom it is about is written down. Raises
        NotThereError."""
        with self._reading.begin() as connection:
            found = order_view(_there(connection, number), language)
        subject = None
        if found.account is not None:
            subject = Subject(SubjectKind.ACCOUNT, found.tenant, found.account)
        return found if self._looks.opens_order(actor, subject, number) else veiled(found)

    @allowed(Operation.OUTBOX_DRIVE)
    def drive(self, actor: Actor, number: int, reason: str) -> OrderView:
        """Let an order that was given up, or came back with a backup, be tried again; one that
        waits is tried at once. Raises NotThereError, TakenError, and ProtectionError without a
        reason."""
        why, now = reason_of(reason), self._now()
        with self._database.begin() as connection:
            row = _there(connection, number)
            if outbox.is_overtaken(connection, row):
                raise TakenError(
                    "the contrary was ordered since: cancel this one",
                    "le contraire a été ordonné depuis : annulez celui-ci",
                )
            is_driven = outbox.drive(connection, row, now) or outbox.hurry(connection, row, now)
            if not is_driven:
                raise _taken(row)
            self._note(connection, actor, row, "drive", why)
            return order_view(_there(connection, number))

    @allowed(Operation.OUTBOX_DRIVE)
    def cancel(self, actor: Actor, number: int, reason: str) -> OrderView:
        """Let nothing more be done for an order. Raises NotThereError, TakenError where it is at
        work or settled, and ProtectionError without a reason."""
        why, now = reason_of(reason), self._now()
        with self._database.begin() as connection:
            row = _there(connection, number)
            if not outbox.cancel(connection, row, now):
                raise _taken(row)
            self._note(connection, actor, row, "cancel", why)
            return order_view(_there(connection, number))

    @allowed(Operation.OUTBOX_DRIVE)
    def drive_all(
        self, actor: Actor, state: State, reason: str, responder: str | None = None
    ) -> Driven:
        """Let all orders that were given up (DEAD), or came back with a backup (PARKED), be tried
        again, of one responder or of all, at most `AT_ONCE`. Raises ProtectionError without a
        reason."""
        why = reason_of(reason)
        if state not in (State.DEAD, State.PARKED):
            raise TakenError(
                "only what was given up or parked is driven again",
                "seul ce qui a été abandonné ou mis de côté est relancé",
            )
        driven = cancelled = 0
        wanted = Wanted(states=frozenset((state,)), responder=responder)
        with self._reading.begin() as connection:
            numbers = outbox.numbers(connection, wanted, AT_ONCE)
        for number in numbers:
            is_driven, is_cancelled = self._drive_or_cancel(actor, number, why)
            driven, cancelled = driven + is_driven, cancelled + is_cancelled
        return Driven(driven=driven, cancelled=cancelled)

    def _drive_or_cancel(self, actor: Actor, number: int, why: str) -> tuple[bool, bool]:
        """A transaction for each: of many, none waits for the others."""
        now = self._now()
        with self._database.begin() as connection:
            row = outbox.row(connection, number)
            if row is None:
                return False, False
            if outbox.is_overtaken(connection, row):
                is_cancelled = outbox.cancel(connection, row, now, Because.OVERTAKEN)
                if is_cancelled:
                    self._note(connection, actor, row, "cancel", why)
                return False, is_cancelled
            is_driven = outbox.drive(connection, row, now)
            if is_driven:
                self._note(connection, actor, row, "drive", why)
            return is_driven, False

    def _note(
        self, connection: Connection, actor: Actor, row: OrderRow, do: str, reason: str
    ) -> None:
        if row.measure is not None:
            carrying.settle(connection, row.measure, self._now())
        record(
            connection,
            actor,
            Operation.OUTBOX_DRIVE,
            f"order:{row.id}",
            tenant=row.tenant,
            reason=reason,
            content={"do": do, "responder": row.responder, "action": row.action.value},
        )


def _there(connection: Connection, number: int) -> OrderRow:
    found = outbox.row(connection, number)
    if found is None:
        raise NotThereError(f"there is no order {number}")
    return found


def _taken(row: OrderRow) -> TakenError:
    state = STATES[row.state]
    return TakenError(
        f"the order is {state.en}: nothing was done",
        f"l'ordre est {state.fr} : rien n'a été fait",
    )


def _responder(
    name: str, tallies: list[outbox.Tally], watched: dict[str, leases.Watched]
) -> ResponderView:
    count = {one.state: one.count for one in tallies}
    open_ = [one.oldest for one in tallies if one.state not in (State.DONE, State.CANCELLED)]
    known = watched.get(name)
    is_open = known is not None and known.breaker.is_open
    return ResponderView(
        name=name,
        **{state.value: count.get(state, 0) for state in State},
        oldest=min(open_, default=None),
        failures=0 if known is None else known.breaker.failures,
        open_until=known.breaker.until if known is not None and is_open else None,
        reason="" if known is None or known.reason is None else known.reason,
    )
