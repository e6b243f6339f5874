"""The ladder of one incident's account: what each step would do, what it needs and who carries it,
and what is asked for or in force already. Looking at it changes nothing and asks for nothing."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.ladder import LADDER, Rung, Step
from alerts.measure import OPEN, OVER, TOUCHED, Measure, State
from alerts.policy import PROTECTED
from alerts.ports import DOING
from alerts.request import needed_approvals
from alerts.responders.roster import Roster
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.directory.account import account_id
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.blast import Caution
from monitor.services.carrying import offering
from monitor.services.measure_views import veiled
from monitor.store import measures, policies, restrictions
from monitor.store.connection import reading
from monitor.store.directory import DirectoryTable
from monitor.store.reading import Reading

MOST: Final = 50
"""Measures of one account that are told, the last ones."""


class RungView(Struct, frozen=True, kw_only=True):
    """One step: how many other people have to agree, who would carry it out, what speaks against
    it, and the measures of it that wait or are in force."""

    rung: Rung
    approvals: int
    responders: tuple[str, ...]
    cautions: tuple[Caution, ...]
    standing: tuple[Measure, ...]

    @property
    def is_in_force(self) -> bool:
        """Whether the account is under it, or soon is."""
        return any(one.state in TOUCHED for one in self.standing)


class LadderView(Struct, frozen=True, kw_only=True):
    """All steps about one account. `cautions` hold for each of them; `past` are the measures that
    are over, or that a rule would have taken; `may_ask` says whether whoever looks may ask."""

    tenant: str
    account: str
    rungs: tuple[RungView, ...]
    cautions: tuple[Caution, ...]
    past: tuple[Measure, ...]
    may_ask: bool

    @property
    def waiting(self) -> tuple[Measure, ...]:
        """What somebody has to decide."""
        return tuple(one for view in self.rungs for one in view.standing if one.state in OPEN)

    @property
    def in_force(self) -> tuple[Measure, ...]:
        """What is done about the account now."""
        return tuple(one for view in self.rungs for one in view.standing if one.state in TOUCHED)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All of them, the last first."""
        every = [one for view in self.rungs for one in view.standing] + list(self.past)
        return tuple(sorted(every, key=lambda one: -one.id))


class Ladders:
    """Reads them. Safe to share between threads."""

    def __init__(self, database: Database, roster: Roster, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._incidents = Reading(database)
        self._roster = roster
        self._now = now

    @allowed(Operation.MEASURES_READ)
    def of_incident(self, actor: Actor, incident: bytes) -> LadderView | None:
        """That of the account that an incident is about; None where it is about none, or is not
        there."""
        stored = self._incidents.incident(incident)
        if stored is None or stored.incident.subject.kind is not SubjectKind.ACCOUNT:
            return None
        subject = stored.incident.subject
        if within(actor) not in (None, subject.tenant):
            return None
        with self._reading.begin() as connection:
            found = _ladder(connection, self._roster, subject)
        found = structs.replace(found, may_ask=permits(actor, Operation.MEASURES_REQUEST))
        return found if permits(actor, Operation.PERSON_LOOK) else _veiled(found)


def _ladder(connection: Connection, roster: Roster, subject: Subject) -> LadderView:
    lowered = policies.holding(connection).policy.approvals
    every = measures.of_account(connection, subject)[-MOST:]
    cautions = _cautions(connection, subject)
    return LadderView(
        tenant=subject.tenant,
        account=subject.uid,
        rungs=tuple(
            _rung(one, roster, subject, lowered, every)
            for one in LADDER
            if one.step is not Step.OBSERVE
        ),
        cautions=cautions,
        past=tuple(one for one in every if one.state in OVER),
        may_ask=False,
    )


def _rung(
    rung: Rung, roster: Roster, subject: Subject, lowered: int, every: list[Measure]
) -> RungView:
    responders = tuple(offering(roster, DOING[rung.step], subject.tenant))
    standing = tuple(one for one in every if one.step is rung.step and one.state in OPEN | TOUCHED)
    is_under = any(one.state is not State.PROPOSED for one in standing)
    cautions = {Caution.NOBODY: not responders, Caution.UNDER: is_under}
    return RungView(
        rung=rung,
        approvals=needed_approvals(rung.step, lowered),
        responders=responders,
        cautions=tuple(one for one, holds in cautions.items() if holds),
        standing=standing,
    )


def _cautions(connection: Connection, subject: Subject) -> tuple[Caution, ...]:
    stored = DirectoryTable(connection).account(account_id(subject.tenant, subject.uid))
    account = None if stored is None else stored.account
    met = {
        Caution.RESTRICTED: (subject.tenant, subject.uid) in restrictions.standing(connection),
        Caution.PROTECTED: account is not None and account.kind in PROTECTED,
        Caution.PRIVILEGED: account is not None and account.privileged,
        Caution.UNTOLD: account is None or not account.email,
    }
    return tuple(one for one, holds in met.items() if holds)


def _veiled(found: LadderView) -> LadderView:
    """For who may not look at people: nothing of the directory, and measures in part."""
    rungs = tuple(
        structs.replace(one, standing=tuple(map(veiled, one.standing))) for one in found.rungs
    )
    past = tuple(map(veiled, found.past))
    return structs.replace(found, account="", rungs=rungs, past=past, cautions=())
