"""What the daemon does about measures by itself: requests lapse, suspensions end, what was decided
and not ordered is ordered, and people are called to what is stuck.

What is due is looked up in the tables, so that a kill before the commit costs nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from msgspec import structs
from sqlalchemy import Connection

from alerts import execution, request
from alerts.ladder import Step
from alerts.measure import AT_WORK, STUCK, WHY, Measure, State, title_of
from alerts.outbox import reason_of
from alerts.ports import Action
from alerts.responders.roster import Roster
from alerts.ticket import Kind
from detectors.core.detector import Text
from detectors.core.event import HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject
from monitor.aside import Aside
from monitor.services import notices
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.carrying import carry_out, offering, take_back
from monitor.services.leaving import reference_of
from monitor.services.opening import open_ticket
from monitor.services.targets import target_of
from monitor.store import measures, restrictions
from monitor.store import outbox as orders

EXPIRED: Final = "measures:expired"
ENDED: Final = "measures:ended"
CALLED: Final = "measures:called"
SLOW: Final = HOUR
"""How long (ms) a measure may be at work before people are called."""

_Act = Callable[[Connection, Measure, Roster, int], bool]


def sweep(
    connection: Connection,
    roster: Roster,
    now: int,
    most: int = 100,
    aside: Aside | None = None,
) -> int:
    """Do what is due, at most so many things, in the open transaction; how many that were. Measures
    that are `aside` are left alone."""
    done, aside = 0, Aside() if aside is None else aside
    for due, act in _DUTIES:
        for known in due(connection, now):
            if done >= most:
                return done
            key = f"measure {known.id}"
            if aside.has(key) or not measures.is_held_now(connection, known.subject):
                # Or somebody is at it; it is its turn again in a moment.
                continue
            with aside.over(key):
                one = measures.get(connection, known.id)
                done += one is not None and act(connection, one, roster, now)
    return done


def lapse(connection: Connection, one: Measure, roster: Roster, now: int) -> bool:
    """Let a request go that nobody decided in its time; whether it was so."""
    if not request.is_lapsed(one, now):
        return False
    gone = measures.put(connection, one, request.expire(one, now), now)
    _record(connection, gone, EXPIRED)
    tell_team(connection, gone, "expired", roster, now)
    return True


def let_go(connection: Connection, subject: Subject, incident: bytes, now: int) -> int:
    """Let go what rules propose because of an incident that was withdrawn; how many these were.
    Should it be found again, it is proposed again."""
    measures.hold(connection, subject)
    proposed = (State.PROPOSED, State.HELD)
    found = [
        one
        for one in measures.of_account(connection, subject, proposed)
        if one.is_automatic and one.incident == incident
    ]
    for one in found:
        gone = structs.replace(request.expire(one, now), key=f"{one.key}:{one.id}")
        _record(connection, measures.put(connection, one, gone, now), EXPIRED)
    return len(found)


def end(connection: Connection, one: Measure, _roster: Roster, now: int) -> bool:
    """Take back a suspension that has lasted its time; whether it had."""
    if not execution.is_served(one, now):
        return False
    reason = notices.SERVED.en
    going = execution.undo(one, now, by=DAEMON.reference, reason=reason)
    going = structs.replace(going, undone_name=DAEMON.name)
    kept = measures.put(connection, one, going, now)
    _record(connection, kept, ENDED)
    take_back(connection, kept, now)
    return True


def go_on(connection: Connection, one: Measure, roster: Roster, now: int) -> bool:
    """Write the orders of what was decided, where they are not written; whether they are now."""
    moved = carry_out(connection, one, roster, now)
    return take_back(connection, moved, now) is not one


def call(connection: Connection, one: Measure, roster: Roster, now: int) -> bool:
    """Call people, once, to what is stuck or takes too long; whether they were. A message that did
    not get through calls nobody: it is shown, and so is its order."""
    if one.called is not None or one.step is Step.NOTIFY:
        return False
    if one.state not in STUCK and not _is_slow(connection, one, now):
        return False
    ticket = open_ticket(
        connection,
        Kind.UNFINISHED,
        one.tenant,
        one.subject,
        _title(one),
        now=now,
        severity=Severity.HIGH,
        text=_words(connection, one),
        facts={"measure": str(one.id)},
        joins=True,
    )
    told = structs.replace(one, called=now, ticket=one.ticket or ticket)
    kept = measures.put(connection, one, told, now)
    _record(connection, kept, CALLED, ticket=ticket)
    tell_team(connection, kept, "unfinished", roster, now)
    return True


def _is_slow(connection: Connection, one: Measure, now: int) -> bool:
    """Whether it is at work for too long, since it may begin; not where the law has it wait."""
    since = one.ordered or one.undo_asked or one.decided or one.created
    if one.state not in AT_WORK or now - max(since, one.not_before or 0) < SLOW:
        return False
    waits = one.state is State.EXECUTING and one.ordered is None
    return not (waits and (one.tenant, one.account) in restrictions.standing(connection))


def tell_team(
    connection: Connection,
    one: Measure,
    template: str,
    roster: Roster,
    now: int,
    values: Mapping[str, str] | None = None,
) -> None:
    """Tell the team of a measure, by every responder that tells them of its tenant; `values` are
    told besides."""
    names = offering(roster, Action.TELL, one.tenant)
    if not names:
        return
    target = target_of(connection, one.subject)
    order = notices.to_team(connection, one, template, target, now, values or {})
    for name in names:
        orders.enqueue(connection, order, name)


def _record(connection: Connection, one: Measure, operation: str, **more: object) -> None:
    record(
        connection,
        DAEMON,
        operation,
        reference_of(one.subject),
        tenant=one.tenant,
        content={"measure": one.id, "step": one.step.word, **more},
    )


def _title(one: Measure) -> Text:
    title = title_of(one.step)
    return Text(f"Not finished: {title.en}", f"Inachevé : {title.fr}")


def _words(connection: Connection, one: Measure) -> str:
    """Why, and what each responder said that did not do it."""
    why = None if one.unfinished is None else WHY[one.unfinished]
    told = [f"{why.en} / {why.fr}"] if why else ["it takes longer than it should / c'est trop long"]
    told += [
        f"{row.responder}, {row.action.value}: {reason_of(row.reason).en}"
        for row in orders.of_measure(connection, one.id)
        if row.reason
    ]
    return "\n".join(told)


def _in(states: Collection[State]) -> Callable[[Connection, int], Iterator[Measure]]:
    def found(connection: Connection, _now: int) -> Iterator[Measure]:
        after = 0
        while page := measures.in_states(connection, states, after):
            yield from page
            after = page[-1].id

    return found


_DUTIES: Final[tuple[tuple[Callable[[Connection, int], Iterable[Measure]], _Act], ...]] = (
    (measures.lapsed, lapse),
    (measures.served, end),
    (_in(AT_WORK), go_on),
    (_in(AT_WORK | STUCK), call),
)
