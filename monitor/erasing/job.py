"""Erasures in their steps: one at a time, from stage to stage, each step a transaction of its own.

What a step did and where it stands are committed together, so that whoever is killed anywhere goes
on from there. It is begun by a row, and ends by one: whom it was about is then told by nothing.
"""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.identity import Subject
from monitor import clock
from monitor.engine import Beside, Engine
from monitor.erasing import others, own, remains, roll, said
from monitor.erasing.roll import Erased
from monitor.erasing.work import Memory, NoMemory, Stage, Work
from monitor.store import audit, compaction, erasures
from monitor.store.erasures import COMPACT, DONE, FIRST, Erasure
from monitor.store.writing import Writing

STAGES: dict[str, Stage] = {
    FIRST: own.names,
    "known": own.known,
    "findings": own.findings,
    "others": others.findings,
    "incidents": others.incidents,
    "evidence": others.evidence,
    "events": own.events,
    "changes": others.changes,
    "kept changes": others.kept_changes,
    "ledgers": others.ledgers,
    "unread": remains.rejects,
    "refused rows": remains.refused_rows,
    "own tickets": said.own_tickets,
    "keyed": remains.keyed,
    "said elsewhere": said.said_elsewhere,
    "texts": said.texts,
    "audit": remains.audited,
    "audit elsewhere": remains.audited_elsewhere,
}
"""What is done, in this order: what others need of the events is taken before these go."""
_ORDER = [*STAGES, COMPACT]
DOER = "daemon:vigie"
OPERATION = "person:erased"
"""What the audit says of the end of an erasure."""


class Step(Enum):
    """What a step came to. COMPACTS: what is left to do is done outside of a transaction."""

    NOTHING = "nothing"
    WORKED = "worked"
    COMPACTS = "compacts"


class Done(NamedTuple):
    """An erasure that is finished, and what went."""

    id: int
    counts: dict[str, int]


class Erasures:
    """The erasures of one database, for whoever is the only one to write to it."""

    def __init__(
        self,
        pepper: Callable[[], bytes],
        folder: Path | None = None,
        now: Callable[[], int] = clock.now_ms,
        finished: Callable[[Connection, Erasure], None] = lambda *_: None,
    ) -> None:
        """`pepper` is asked when there is something to erase. In `folder` it is noted who was, for
        backups from before. `finished` is told in the transaction that forgets whom it was about,
        before it does."""
        self.pepper = pepper
        self._folder = folder
        self._now = now
        self._finished = finished

    def run(self, database: Database, told: Callable[[], object] = lambda: None) -> list[Done]:
        """Do all there is to do where no engine runs, `told` after each step; those that are
        finished now."""
        ended: list[Done] = []
        while True:
            with database.begin() as connection:
                step = self.advance(Writing(connection), NoMemory())
            if step is Step.NOTHING:
                return ended
            told()
            if step is Step.COMPACTS:
                compaction.compact(database)
                with database.begin() as connection:
                    ended += self.finish(connection)

    def advance(self, writing: Writing, memory: Memory) -> Step:
        """One step of the oldest that is not finished."""
        erasure = erasures.next_one(writing.connection)
        if erasure is None:
            return Step.NOTHING
        subject = erasure.subject
        if erasure.stage == COMPACT or subject is None:
            return Step.COMPACTS
        memory.forget_account(writing, subject)
        work = Work(
            writing=writing,
            erasure=erasure,
            subject=subject,
            memory=memory,
            pepper=self.pepper(),
        )
        compaction.overwrite(writing.connection)
        if STAGES[erasure.stage](work):
            erasure.stage = _ORDER[_ORDER.index(erasure.stage) + 1]
            erasure.cursor = None
        if erasure.stage == COMPACT:
            self._forget(writing.connection, erasure)
        erasures.save(writing.connection, erasure)
        return Step.WORKED

    def finish(self, connection: Connection) -> list[Done]:
        """Note that the one whose files were compacted is finished."""
        erasure = erasures.next_one(connection)
        if erasure is None or (erasure.stage != COMPACT and erasure.subject is not None):
            return []
        erasure.stage, erasure.finished = DONE, self._now()
        erasures.save(connection, erasure)
        erasures.tell(connection)
        return [Done(erasure.id, erasure.counts)]

    def _forget(self, connection: Connection, erasure: Erasure) -> None:
        """Whom it was about; the roll has it before it is committed: twice there does no harm."""
        self._finished(connection, erasure)
        audit.append(
            connection,
            time=self._now(),
            actor=DOER,
            operation=OPERATION,
            subject=f"erasure:{erasure.id}",
            tenant=None,
            content={"counts": erasure.counts, "pseudonym": erasure.pseudonym},
        )
        if self._folder is not None:
            one = Erased(
                digest=erasure.digest,
                until=erasure.until,
                keeps=erasure.keeps,
                key=roll.key_of(self.pepper()),
            )
            roll.add(self._folder, one)
        erasure.names = []
        if not erasure.counts.get("incidents kept"):
            erasure.tenant = erasure.account = None


class Erasing:
    """The same beside a running engine."""

    def __init__(self, work: Erasures, database: Database) -> None:
        self._work = work
        self._database = database

    def step(self, engine: Engine) -> bool:
        """Do a small step; whether there was one to do. An error of the store is the caller's."""
        if not engine.has_erasures:
            return False
        step = engine.tend(lambda beside: self._work.advance(beside.writing, _Minds(beside)))
        if step is Step.COMPACTS:
            compaction.compact(self._database)
            engine.tend(lambda beside: self._work.finish(beside.writing.connection))
        engine.has_erasures = step is not Step.NOTHING
        return engine.has_erasures


class _Minds:
    """The memory of an engine at work."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def forget_account(self, writing: Writing, subject: Subject) -> None:
        """Its cell goes unsaved, and names are looked up again."""
        self._beside.cells.drop((subject.tenant, subject.uid))
        self._beside.naming.forget()
        self._beside.listings.forget(subject)

    def forget_ledgers(self) -> None:
        """Drop them: the tables are the truth."""
        self._beside.campaigns.forget()
        self._beside.leanings.forget()
        self._beside.populations.forget()
        self._beside.populations.use(self._beside.writing)
