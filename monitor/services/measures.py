"""What people do about accounts: ask for a measure, agree to it or not, take it back.

A deactivation takes two people. What weighs on somebody is written down with its reason, and the
person concerned reads it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts import execution, request
from alerts.ladder import Step
from alerts.measure import OPEN, TOUCHED, Measure, MeasureError, State, is_reversible, reason_of
from alerts.responders.roster import Roster
from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.protection.masking import mask_name
from monitor.services.actor import Actor, ActorKind
from monitor.services.appeals import tell_answer
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.blast import Preview, preview_of
from monitor.services.carrying import carry_out, take_back
from monitor.services.looks import Looks
from monitor.services.measure_checks import (
    Wanted,
    check_accounts,
    check_free,
    check_grounds,
    check_seen,
    is_restricted,
    is_withdrawn,
    subject_begun,
)
from monitor.services.measure_notes import note, signed, why_of
from monitor.services.measure_views import Beginning, Page, Whole, abilities, veiled
from monitor.services.protection import subject_of
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.sweeping import tell_team
from monitor.store import measures, policies
from monitor.store import outbox as orders
from monitor.store.connection import reading
from monitor.store.handles import names_of
from monitor.store.measures import Filter, Place

LAPSES: Final = 72 * HOUR
"""How long (ms) a request waits for a second person, where the settings say nothing else."""


class Measures:
    """The desk of measures. Safe to share between threads.

    `roster` is which responders there are, `lapses` how long (ms) a request waits; `now` gives ms.
    Methods that change one take the `version` that was looked at, None for any.
    """

    def __init__(
        self,
        database: Database,
        roster: Roster,
        now: Callable[[], int] = now_ms,
        lapses: int = LAPSES,
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._roster = roster
        self._now = now
        self._lapses = lapses
        self._looks = Looks(database, now)

    @allowed(Operation.MEASURES_READ)
    def page(
        self, actor: Actor, wanted: Filter, after: Place | None = None, limit: int = 50
    ) -> Page:
        """Measures, changed last first. Names are in part for who may not look at people."""
        bound = within(actor)
        if bound is not None and wanted.tenant not in (None, bound):
            return Page((), None, {})
        wanted = structs.replace(wanted, tenant=wanted.tenant if bound is None else bound)
        with self._reading.begin() as connection:
            found = measures.page(connection, wanted, after, limit + 1)
            counts = measures.counts(connection, wanted.tenant)
            shown, place = found[:limit], None
            if len(found) > limit:
                last = shown[-1]
                place = Place(measures.updated(connection, last.id), last.id)
            called = names_of(connection, {one.subject for one in shown})
        handles = {one.id: one.subject.handle() for one in shown}
        names = {one.id: called[one.subject] for one in shown if one.subject in called}
        if not permits(actor, Operation.PERSON_LOOK):
            shown = [veiled(one) for one in shown]
            names = {number: mask_name(name) for number, name in names.items()}
        return Page(tuple(shown), place, counts, names, handles)

    @allowed(Operation.MEASURES_READ)
    def one(self, actor: Actor, number: int) -> Whole:
        """One of them; that whom it is about was looked at is written down. Raises
        NotThereError."""
        with self._reading.begin() as connection:
            measure = self._there(connection, actor, number)
            found = Whole(
                measure=measure,
                updated=measures.updated(connection, number),
                orders=tuple(orders.of_measure(connection, number)),
                others=tuple(
                    other
                    for other in measures.of_account(connection, measure.subject, OPEN | TOUCHED)
                    if other.id != number
                ),
                can=abilities(actor, measure),
                is_restricted=is_restricted(connection, measure.subject),
                is_withdrawn=is_withdrawn(connection, measure.incident),
                account_name=names_of(connection, {measure.subject}).get(measure.subject, ""),
                account_handle=measure.subject.handle(),
            )
        if self._looks.opens_measure(actor, measure.subject, measure.reference):
            return found
        return structs.replace(
            found,
            measure=veiled(measure),
            account_name=mask_name(found.account_name) if found.account_name else "",
            others=tuple(veiled(other) for other in found.others),
            orders=(),
        )

    @allowed(Operation.MEASURES_REQUEST)
    def begun(
        self,
        actor: Actor,
        incident: bytes | None = None,
        account: bytes | None = None,
        ticket: int | None = None,
    ) -> Beginning:
        """What a request begins with: the account that an incident is about, or one of the
        directory. Raises NotThereError."""
        with self._reading.begin() as connection:
            subject = subject_begun(connection, incident, account)
        if subject is None:
            return Beginning(ticket=ticket)
        subject_of(actor, subject.tenant, subject.uid or "-")
        is_account = subject.kind is SubjectKind.ACCOUNT
        return Beginning(
            tenant=subject.tenant,
            account=subject.uid if is_account else "",
            incident=incident,
            ticket=ticket,
        )

    @allowed(Operation.MEASURES_REQUEST)
    def preview(self, actor: Actor, tenant: str, accounts: Sequence[str], step: Step) -> Preview:
        """What a step would reach. Raises NotThereError, MeasureError."""
        check_accounts(actor, tenant, accounts)
        with self._reading.begin() as connection:
            return self._preview(connection, tenant, accounts, step)

    @allowed(Operation.MEASURES_REQUEST)
    def request(self, actor: Actor, wanted: Wanted) -> list[Measure]:
        """Ask for a step about accounts, each of which has a measure of its own: all of them or
        none. Raises NotThereError, MeasureError; StaleError where what it reaches has to be looked
        at first, or is not what was shown."""
        check_accounts(actor, wanted.tenant, wanted.accounts)
        now = self._now()
        with self._database.begin() as connection:
            subjects = [subject_of(actor, wanted.tenant, uid) for uid in wanted.accounts]
            for subject in sorted(set(subjects), key=Subject.key):
                measures.hold(connection, subject)
            check_grounds(connection, wanted)
            told = self._preview(connection, wanted.tenant, wanted.accounts, wanted.step)
            check_seen(told, wanted.seen)
            return [
                self._ask(connection, actor, wanted, subject, now)
                for subject in dict.fromkeys(subjects)
            ]

    @allowed(Operation.MEASURES_REQUEST)
    def adopt(
        self,
        actor: Actor,
        number: int,
        reason: str,
        aup: str,
        hours: int | None = None,
        version: int | None = None,
    ) -> Measure:
        """Make what a rule proposes one's own: it waits for a second person where it needs one, and
        is carried out where it does not. Raises NotThereError, StaleError, MeasureError."""

        def do(connection: Connection, before: Measure, now: int) -> Measure:
            return request.adopt(
                before,
                now,
                by=actor.reference,
                reason=reason,
                aup=aup,
                approvals=policies.holding(connection).policy.approvals,
                lapses=self._lapses,
                hours=hours,
            )

        return self._change(actor, Operation.MEASURES_REQUEST, number, version, "adopt", do)

    @allowed(Operation.MEASURES_REQUEST)
    def dismiss(
        self, actor: Actor, number: int, reason: str, version: int | None = None
    ) -> Measure:
        """Turn down what a rule proposes. Raises as `adopt`."""

        def do(_connection: Connection, before: Measure, now: int) -> Measure:
            if before.state is State.REQUESTED:
                raise MeasureError(
                    "a person asked for it: whoever may approve it may refuse it",
                    "une personne l'a demandée : qui peut l'approuver peut la refuser",
                )
            return request.refuse(before, now, by=actor.reference, reason=reason)

        return self._change(actor, Operation.MEASURES_REQUEST, number, version, "dismiss", do)

    @allowed(Operation.MEASURES_REQUEST)
    def withdraw(
        self, actor: Actor, number: int, reason: str, version: int | None = None
    ) -> Measure:
        """Take back what one asked for oneself. Raises as `adopt`."""

        def do(_connection: Connection, before: Measure, now: int) -> Measure:
            return request.withdraw(before, now, by=actor.reference, reason=reason)

        return self._change(actor, Operation.MEASURES_REQUEST, number, version, "withdraw", do)

    @allowed(Operation.MEASURES_APPROVE)
    def approve(
        self, actor: Actor, number: int, decision: str = "", version: int | None = None
    ) -> Measure:
        """Agree to what another person asked for: it is carried out. Raises as `adopt`."""

        def do(_connection: Connection, before: Measure, now: int) -> Measure:
            if actor.kind is not ActorKind.REVIEWER:
                # Whoever has the machine may be whoever asked.
                raise MeasureError(
                    "only a person who signed in to the console approves",
                    "seule une personne connectée à la console approuve",
                )
            return request.approve(before, now, by=actor.reference, decision=decision)

        return self._change(actor, Operation.MEASURES_APPROVE, number, version, "approve", do)

    @allowed(Operation.MEASURES_APPROVE)
    def refuse(self, actor: Actor, number: int, reason: str, version: int | None = None) -> Measure:
        """Refuse what was asked for. Raises as `adopt`."""

        def do(_connection: Connection, before: Measure, now: int) -> Measure:
            return request.refuse(before, now, by=actor.reference, reason=reason)

        return self._change(actor, Operation.MEASURES_APPROVE, number, version, "refuse", do)

    @allowed(Operation.MEASURES_UNDO)
    def undo(self, actor: Actor, number: int, reason: str, version: int | None = None) -> Measure:
        """Take back what is in force, or on its way. Raises as `adopt`."""

        def do(_connection: Connection, before: Measure, now: int) -> Measure:
            return execution.undo(before, now, by=actor.reference, reason=reason)

        return self._change(actor, Operation.MEASURES_UNDO, number, version, "undo", do)

    @allowed(Operation.MEASURES_UNDO)
    def again(self, actor: Actor, number: int, version: int | None = None) -> Measure:
        """Order anew what is stuck, in the direction in which it was going. Raises as `adopt`."""

        def do(_connection: Connection, before: Measure, _now: int) -> Measure:
            return execution.again(before)

        return self._change(actor, Operation.MEASURES_UNDO, number, version, "again", do)

    @allowed(Operation.MEASURES_APPROVE)
    def answer(
        self,
        actor: Actor,
        number: int,
        answer: str,
        *,
        upheld: bool,
        version: int | None = None,
    ) -> Measure:
        """Answer whoever contests a measure, who is told the answer; where they are right it is
        taken back. Never by one who asked for it or decided it. Raises as `adopt`."""

        def do(connection: Connection, before: Measure, now: int) -> Measure:
            told = request.answer(before, now, by=actor.reference, upheld=upheld)
            words = reason_of(answer)
            tell_answer(connection, told, words, self._roster, now)
            if upheld and is_reversible(told):
                return execution.undo(told, now, by=actor.reference, reason=words)
            return told

        return self._change(actor, Operation.MEASURES_APPROVE, number, version, "answer", do)

    def _preview(
        self, connection: Connection, tenant: str, accounts: Sequence[str], step: Step
    ) -> Preview:
        lowered = policies.holding(connection).policy.approvals
        needed = request.needed_approvals(step, lowered)
        return preview_of(connection, self._roster, tenant, accounts, step, needed)

    def _ask(
        self, connection: Connection, actor: Actor, wanted: Wanted, subject: Subject, now: int
    ) -> Measure:
        asked = request.asked(
            subject,
            wanted.step,
            now,
            by=actor.reference,
            reason=wanted.reason,
            aup=wanted.aup,
            approvals=policies.holding(connection).policy.approvals,
            lapses=self._lapses,
            hours=wanted.hours,
            incident=wanted.incident,
            ticket=wanted.ticket,
        )
        made = measures.add(connection, signed(actor, None, asked), now)
        if made is None:
            raise StaleError("it was asked for at this moment", "elle vient d'être demandée")
        note(connection, actor, Operation.MEASURES_REQUEST, made, made.reason, do="request")
        return self._go_on(connection, made, now)

    def _change(
        self,
        actor: Actor,
        operation: Operation,
        number: int,
        version: int | None,
        name: str,
        do: Callable[[Connection, Measure, int], Measure],
    ) -> Measure:
        now = self._now()
        with self._database.begin() as connection:
            known = self._there(connection, actor, number)
            measures.hold(connection, known.subject)
            before = self._there(connection, actor, number)
            if version is not None and version != before.version:
                raise StaleError(
                    "it was changed meanwhile: look at it again",
                    "elle a changé entre-temps\u00a0: regardez-la de nouveau",
                )
            after = do(connection, before, now)
            if after.state is State.EXECUTING:
                check_free(connection, before.subject)
            kept = measures.put(connection, before, signed(actor, before, after), now)
            why = why_of(name, kept)
            note(connection, actor, operation, kept, why, do=name)
            return self._go_on(connection, kept, now)

    def _go_on(self, connection: Connection, measure: Measure, now: int) -> Measure:
        """Write the orders of what was decided; call a second person to what waits for one."""
        if measure.state is State.REQUESTED:
            tell_team(connection, measure, "approve", self._roster, now)
        moved = carry_out(connection, measure, self._roster, now)
        return take_back(connection, moved, now)

    @staticmethod
    def _there(connection: Connection, actor: Actor, number: int) -> Measure:
        found = measures.get(connection, number)
        if found is None or within(actor) not in (None, found.tenant):
            raise NotThereError(f"no measure {number}")
        return found
