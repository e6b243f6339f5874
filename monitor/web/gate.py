"""The gate in a web process: what it is put together from, and what it tells of itself."""

import logging
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Scope

from monitor import clock
from monitor.gate.counting import Counting
from monitor.gate.known import Knower
from monitor.gate.memory import Following, Memory
from monitor.gate.opening import knower, rules
from monitor.gate.terms import Terms
from monitor.gate.ticket import Tickets
from monitor.gate.verify import Verify
from monitor.health import gate as health
from monitor.health.pulse import ourselves
from monitor.mfa.sealing import Seal
from monitor.store.writing import Writing

log = logging.getLogger(__name__)


class GateTelling:
    """Notes what this process does at its gate, every few seconds, where it can be noted."""

    def __init__(
        self, database: Engine, memory: Memory, counting: Counting, now: Callable[[], int]
    ) -> None:
        self._database = database
        self._memory = memory
        self._counting = counting
        self._now = now
        self._who = ourselves(now())
        self._told = 0.0
        self._has_begun = False

    def after(self, was_answered: bool) -> None:
        """After each look of the memory: by its thread."""
        if not was_answered:
            if self._memory.is_blind:
                self._counting.blindly(f"the database: {self._memory.trouble}")
            return
        passed = clock.monotonic() - self._told
        if not self._has_begun or passed >= health.EVERY_S:
            self._told = clock.monotonic()
            self.tell()

    def tell(self) -> None:
        """Note it; where that cannot be done now, it is later."""
        now = self._now()
        note = health.encode(self._pulse(now))
        try:
            with self._database.begin() as connection:
                writing = Writing(connection)
                if not self._has_begun:
                    writing.drop_notes(health.left(writing.notes(health.PREFIX), now))
                writing.set_note(health.name_of(self._who), note)
        except SQLAlchemyError as error:
            log.debug("the gate cannot note what it does: %s", type(error).__name__)
            return
        self._has_begun = True

    def _pulse(self, now: int) -> health.GatePulse:
        blind = self._counting.blind
        return health.GatePulse(
            time=now,
            who=self._who,
            answers=dict(self._counting.answers),
            known=len(self._memory),
            is_blind=self._memory.is_blind,
            since=blind.since,
            until=blind.at,
            reason=blind.reason,
            passed=blind.passed,
            refused=blind.refused,
        )


def knower_of(terms: Terms | None, tenant: str, now: Callable[[], int]) -> Knower | None:
    """What knows the sessions of guarded applications; None where none are."""
    return None if terms is None or not terms.is_on else knower(terms, tenant, now)


def gated(
    app: ASGIApp,
    known_by: Knower | None,
    terms: Terms,
    database: Engine,
    seal: Seal,
    site: str,
    now: Callable[[], int],
    heard: Callable[[Scope], str] = lambda _: "",
) -> ASGIApp:
    """`app`, with the gate before it, where there is one. Its memory follows the database from now
    on, by a thread of its own that ends with `close`, or with the process. `site` is where browsers
    find these pages, `seal` what references to challenges are sealed with, `heard` whom a request
    came from, as a proxy says whose word counts."""
    if known_by is None:
        return app
    memory, counting = Memory(database, terms.stale_seconds, now), Counting(now=now)
    telling = GateTelling(database, memory, counting, now)
    following = Following(memory, telling.after)
    following.start()
    return Verify(
        app,
        knower=known_by,
        memory=memory,
        tickets=Tickets(seal, now),
        rules=rules(terms, site),
        counting=counting,
        now=now,
        close=following.stop,
        heard=heard,
    )
