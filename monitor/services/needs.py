"""What needs somebody now: a short list of things to press, each only for whose role may."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, field
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.measure import STUCK
from alerts.measure import State as Stage
from alerts.outbox import State as Order
from alerts.policy import Mode
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.mfa.lost_factor import State as Case
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.badges import Badges
from monitor.services.figures import Figures
from monitor.services.sources import Sources
from monitor.store import figures, outbox, policies
from monitor.store.connection import reading
from monitor.store.watching import Watching


class What(StrEnum):
    """What can wait, in the order in which it is shown."""

    INCIDENTS = "incidents"
    """Nobody has looked at them."""
    APPROVALS = "approvals"
    """A second person has to agree, and that could be the one who looks."""
    LATE = "late"
    """Tickets whose time is up."""
    OWN = "own"
    """Tickets in one's own hands."""
    NOBODYS = "nobodys"
    """Tickets in nobody's."""
    APPEALS = "appeals"
    """Somebody contests what was done about them."""
    PROPOSED = "proposed"
    """Rules ask people for a measure, or a guardrail holds it."""
    STUCK = "stuck"
    """Measures of which not all was done."""
    RECOVERIES = "recoveries"
    """Somebody lost every factor, and the next step is for people."""
    DEAD = "dead"
    """Orders that were given up."""
    PARKED = "parked"
    """Orders that came back with a backup, and wait to be released."""
    UNWELL = "unwell"
    """Something is wrong with a source, or with Vigie itself."""
    SHADOW = "shadow"
    """Measures that rules would have taken, were the policy not in its shadow mode."""


class Need(Struct, frozen=True, kw_only=True):
    """How much of it waits; of incidents, how many of each severity, the highest first."""

    what: What
    count: int
    severities: Mapping[Severity, int] = field(default_factory=dict)


_DECIDED: Final = frozenset((Stage.PROPOSED, Stage.HELD))


class Needs:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self, database: Database, counted: Figures, now: Callable[[], int] = now_ms
    ) -> None:
        self._reading = reading(database)
        self._figures = counted
        self._badges = Badges(database, now)
        self._sources = Sources(Watching(database), now)
        self._now = now

    @allowed(Operation.INCIDENTS_READ)
    def waiting(self, actor: Actor) -> tuple[Need, ...]:
        """What waits for somebody of what they may do; nothing that is not there."""
        found = [*self._incidents(actor), *self._approvals(actor), *self._unwell(actor)]
        with self._reading.begin() as connection:
            found += _tickets(connection, actor, self._now())
            found += _measures(connection, actor)
            found += _recoveries(connection, actor)
            found += _orders(connection, actor)
        order = list(What)
        return tuple(sorted((one for one in found if one.count), key=lambda n: order.index(n.what)))

    @allowed(Operation.INCIDENTS_READ)
    def is_shadow(self, actor: Actor) -> bool:
        """Whether the policy does nothing by itself, and only tells what it would have done; nobody
        is told so who may not read it."""
        if not permits(actor, Operation.POLICY_READ):
            return False
        with self._reading.begin() as connection:
            return policies.holding(connection).policy.mode is Mode.SHADOW

    def _incidents(self, actor: Actor) -> Iterator[Need]:
        fresh = self._figures.standing(actor).fresh
        yield Need(what=What.INCIDENTS, count=sum(fresh.values()), severities=fresh)

    def _approvals(self, actor: Actor) -> Iterator[Need]:
        yield Need(what=What.APPROVALS, count=self._badges.approvals(actor))

    def _unwell(self, actor: Actor) -> Iterator[Need]:
        if permits(actor, Operation.SOURCES_READ):
            yield Need(what=What.UNWELL, count=self._sources.standing(actor))


def _tickets(connection: Connection, actor: Actor, now: int) -> Iterator[Need]:
    if not permits(actor, Operation.TICKETS_WRITE):
        return
    own = actor.uid if actor.kind is ActorKind.REVIEWER else actor.reference
    found = figures.in_hand(connection, now, own, within(actor))
    yield Need(what=What.LATE, count=found.late)
    yield Need(what=What.OWN, count=found.own)
    yield Need(what=What.NOBODYS, count=found.nobodys)
    yield Need(what=What.APPEALS, count=found.appeals)


def _measures(connection: Connection, actor: Actor) -> Iterator[Need]:
    tenant = within(actor)
    if permits(actor, Operation.MEASURES_REQUEST):
        yield Need(what=What.PROPOSED, count=figures.measures_in(connection, _DECIDED, tenant))
    if permits(actor, Operation.MEASURES_UNDO):
        yield Need(what=What.STUCK, count=figures.measures_in(connection, STUCK, tenant))
    is_theirs = permits(actor, Operation.POLICY_WRITE)
    if is_theirs and policies.holding(connection).policy.mode is Mode.SHADOW:
        told = figures.measures_in(connection, {Stage.SHADOW}, tenant)
        yield Need(what=What.SHADOW, count=told)


def _recoveries(connection: Connection, actor: Actor) -> Iterator[Need]:
    tenant, count = within(actor), 0
    if permits(actor, Operation.RECOVERIES_REQUEST):
        count += figures.cases_in(connection, Case.REQUESTED, tenant)
    if permits(actor, Operation.RECOVERIES_APPROVE):
        count += figures.cases_in(connection, Case.READY, tenant, but=actor.reference)
    yield Need(what=What.RECOVERIES, count=count)


def _orders(connection: Connection, actor: Actor) -> Iterator[Need]:
    if permits(actor, Operation.OUTBOX_DRIVE):
        yield Need(what=What.DEAD, count=outbox.count(connection, Order.DEAD))
        yield Need(what=What.PARKED, count=outbox.count(connection, Order.PARKED))
