"""Questions that people keep: filters of a list by a name, one's own and those that are shared."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Engine as Database

from alerts.ticket import TicketError
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.services.ticket_words import title_of
from monitor.store import questions
from monitor.store.connection import reading

LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 1_000
MOST: Final = 50
"""Of one person and list."""
TICKETS: Final = "tickets"
INCIDENTS: Final = "incidents"
_QUERY = re.compile(r"[A-Za-z0-9_.~%=&+*-]*\Z")


class Question(Struct, frozen=True, kw_only=True):
    """One: its name, the query string of the list, and whether everybody sees it; `is_own` where
    the one who asks keeps it."""

    id: int
    name: str
    query: str
    is_shared: bool
    is_own: bool


class Questions:
    """Those of one list. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self, database: Database, now: Callable[[], int] = now_ms, room: str = TICKETS
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._now = now
        self._room = room

    @allowed(Operation.TICKETS_READ)
    def all(self, actor: Actor) -> list[Question]:
        """One's own, and those that others share with everybody who sees as much; by name."""
        with self._reading.begin() as connection:
            rows = questions.seen_by(connection, actor.reference, within(actor), self._room)
        return [
            Question(
                id=row.id,
                name=row.name,
                query=row.query,
                is_shared=row.shared,
                is_own=row.owner == actor.reference,
            )
            for row in rows
        ]

    @allowed(Operation.TICKETS_READ)
    def keep(self, actor: Actor, name: str, query: str, *, shared: bool = False) -> None:
        """Keep a question, in place of one's own of the same name. Sharing it is for whoever works
        on tickets. Raises TicketError, NotAllowedError."""
        told, asked = title_of(name), query.removeprefix("?")
        if not told or len(told) > LONGEST_NAME:
            raise TicketError(
                f"a filter has a name of up to {LONGEST_NAME} characters",
                f"un filtre a un nom de {LONGEST_NAME} caractères au plus",
            )
        if len(asked) > LONGEST_QUERY or _QUERY.match(asked) is None:
            raise TicketError("that is no filter", "ce n'est pas un filtre")
        if shared and not permits(actor, Operation.TICKETS_WRITE):
            raise NotAllowedError(f"{actor.reference} may not share a filter")
        with self._database.begin() as connection:
            owner, tenant = actor.reference, within(actor)
            if questions.number_of(connection, owner, self._room, but=told) >= MOST:
                raise TicketError(
                    f"nobody keeps more than {MOST} filters",
                    f"personne ne garde plus de {MOST} filtres",
                )
            kept = questions.put(
                connection,
                owner,
                tenant,
                self._room,
                told,
                asked,
                shared=shared,
                now=self._now(),
            )
            content = {"deed": "keep", "filter": told, "shared": shared}
            record(connection, actor, Operation.TICKETS_READ, f"filter:{kept}", content=content)

    @allowed(Operation.TICKETS_READ)
    def forget(self, actor: Actor, identifier: int) -> None:
        """Forget one of one's own. Raises NotThereError."""
        with self._database.begin() as connection:
            if not questions.remove(connection, actor.reference, within(actor), identifier):
                raise NotThereError("there is no such filter")
            content = {"deed": "forget"}
            reference = f"filter:{identifier}"
            record(connection, actor, Operation.TICKETS_READ, reference, content=content)
