"""Whoever was acted on contests it by the link in their notice: once, without an account here. A
person who did not decide it looks at it again (article 5; GDPR, article 22)."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.dialects import postgresql, sqlite

from alerts.ladder import Step
from alerts.measure import TOUCHED, Measure, State, title_of
from alerts.ports import Action
from alerts.responders.roster import Roster
from alerts.ticket import Kind
from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.services import appeal_links, notices
from monitor.services.actor import Actor, ActorKind
from monitor.services.audit import record
from monitor.services.carrying import offering
from monitor.services.leaving import reference_of
from monitor.services.opening import open_ticket
from monitor.services.sweeping import tell_team
from monitor.services.targets import target_of
from monitor.store import measures, tables
from monitor.store import outbox as orders
from monitor.store.connection import reading

LONGEST: Final = 4_000
"""Characters of what somebody writes."""
_CARRIED: Final = TOUCHED | {State.DONE, State.UNDONE}
APPEALED: Final = "measures:appealed"
CONCERNED: Final = Actor(kind=ActorKind.DAEMON, uid="appeal", name="the person concerned")
"""Who proved by a link that a notice reached them, and nothing else."""


class Shown(Struct, frozen=True, kw_only=True):
    """What somebody reads of what was decided about their account: what, when (ms), on which
    article and why; whether no person decided it, whether it is over, and the number of what they
    wrote already."""

    step: Step
    decided: int
    aup: str
    reason: str
    until: int | None
    is_automatic: bool
    is_over: bool
    ticket: int | None


class Appeals:
    """What is contested. Safe to share between threads. `pepper` is the instance's own, `now` gives
    ms."""

    def __init__(
        self,
        database: Database,
        pepper: bytes,
        roster: Roster,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._pepper = pepper
        self._roster = roster
        self._now = now

    def read(self, key: str) -> Shown | None:
        """What the key of a link is about; None where it is none of ours, or holds no more."""
        appeal = appeal_links.read(self._pepper, key, self._now())
        if appeal is None:
            return None
        with self._reading.begin() as connection:
            found = measures.get(connection, appeal.measure)
        return None if found is None or not _is_told(found) else shown(found)

    def send(self, key: str, text: str, language: str) -> int | None:
        """Contest what a key is about; the number of the ticket that it became, the same when it is
        sent again. None where the key holds no more. Raises ValueError for no text, or too long a
        one."""
        told = told_of(text)
        now = self._now()
        appeal = appeal_links.read(self._pepper, key, now)
        if appeal is None:
            return None
        with self._database.begin() as connection:
            known = measures.get(connection, appeal.measure)
            if known is None or not _is_told(known):
                return None
            measures.hold(connection, known.subject)
            before = measures.get(connection, appeal.measure) or known
            if not _is_first(connection, before, key, language, appeal.expires, now):
                return before.appeal
            return self._open(connection, before, told, now)

    def _open(self, connection: Connection, measure: Measure, text: str, now: int) -> int:
        title = title_of(measure.step)
        number = open_ticket(
            connection,
            Kind.APPEAL,
            measure.tenant,
            measure.subject,
            Text(f"Contested: {title.en}", f"Contestation : {title.fr}"),
            now=now,
            severity=Severity.HIGH,
            text=text,
            facts={"measure": str(measure.id)},
            actor=CONCERNED,
        )
        kept = measures.put(
            connection, measure, structs.replace(measure, appeal=number, appealed=now), now
        )
        record(
            connection,
            CONCERNED,
            APPEALED,
            reference_of(measure.subject),
            tenant=measure.tenant,
            content={"measure": measure.id, "ticket": number},
        )
        tell_team(connection, kept, "appeal", self._roster, now, {"text": text})
        target = target_of(connection, measure.subject)
        received = notices.appealed(kept, target, "appeal_received", now, {"text": text})
        for name in offering(self._roster, Action.NOTIFY, measure.tenant):
            orders.enqueue(connection, received, name)
        return number


def tell_answer(
    connection: Connection, measure: Measure, answer: str, roster: Roster, now: int
) -> None:
    """Tell whoever contested a measure what came of it."""
    values = {"answer": answer, "decider.en": notices.TEAM.en, "decider.fr": notices.TEAM.fr}
    target = target_of(connection, measure.subject)
    order = notices.appealed(measure, target, "appeal_answered", now, values)
    for name in offering(roster, Action.NOTIFY, measure.tenant):
        orders.enqueue(connection, order, name)


def shown(measure: Measure) -> Shown:
    """A measure as the person concerned reads it: nobody is named."""
    return Shown(
        step=measure.step,
        decided=measure.decided or measure.created,
        aup=measure.aup,
        reason=measure.reason,
        until=measure.until,
        is_automatic=not measure.decided_by,
        is_over=measure.state not in TOUCHED,
        ticket=measure.appeal,
    )


def told_of(text: str) -> str:
    """What somebody wrote, as it is kept. Raises ValueError."""
    told = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not told or len(told) > LONGEST:
        raise ValueError(f"write 1 to {LONGEST} characters")
    return told


def _is_told(measure: Measure) -> bool:
    """Whether a notice of it may have been sent."""
    return measure.step in notices.CONTESTED and measure.state in _CARRIED


def _is_first(
    connection: Connection, measure: Measure, key: str, language: str, expires: int, now: int
) -> bool:
    """Whether the link was not used before; it is from now on."""
    if measure.appeal is not None:
        return False
    table = tables.appeal_links
    row = {
        "digest": sha256(key.encode()).digest(),
        "measure_id": measure.id,
        "subject_key": measure.subject.key(),
        "language": language[:8],
        "created": now,
        "expires": expires,
        "used": now,
    }
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = kind.insert(table).values(row).on_conflict_do_nothing().returning(table.c.digest)
    return connection.execute(made).scalar() is not None
