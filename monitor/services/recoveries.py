"""Recoveries: somebody who lost every factor is let set up a new one, once a reviewer saw who they
are, a second one agreed and some time passed. They are told of each step at the directory's mail
address, from where they stop it; and a factor that is used meanwhile stops it by itself.
"""

import secrets
from collections.abc import Callable, Collection
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from alerts.responders.roster import Roster
from detectors.core.event import DAY
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.mfa import lost_factor
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.mfa.lost_factor import Case, RecoveryError, State, Terms
from monitor.protection.masking import mask_name
from monitor.services import enrolment_keys, recovery_steps
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.enrolling import Issued
from monitor.services.enrolment_keys import Purpose
from monitor.services.enrolment_notices import OWNER, can_be_told
from monitor.services.keyring import Keyring
from monitor.services.leaving import is_known
from monitor.services.permission import is_closed
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.subscriber import Subscriber
from monitor.store import recoveries
from monitor.store.connection import reading
from monitor.store.handles import names_of
from monitor.store.recoveries import StoredCase

_READ: Final = Operation.MFA_READ
_REQUEST: Final = Operation.RECOVERIES_REQUEST
_APPROVE: Final = Operation.RECOVERIES_APPROVE
MOST: Final = 200
PAUSE: Final = DAY
"""How long (ms) after one was asked for that is over somebody asks for another by themselves."""


class RecoveryView(Struct, frozen=True, kw_only=True):
    """A case as reviewers see it: who did what, when (ms). `can` says what whoever asks may do now;
    `is_told`: the subscriber can be told by mail; `new_address` is when (ms) their mail address was
    changed, None where that was long before."""

    handle: str
    tenant: str
    account: str
    state: State
    requested: int
    requester: str
    proof: str
    proved: int | None
    prover: str
    approved: int | None
    approver: str
    ready: int | None
    expires: int
    ended: int | None
    why: str
    version: int
    can: tuple[str, ...] = ()
    is_told: bool = False
    new_address: int | None = None
    account_name: str = ""
    """What people call it, where that is known."""
    account_handle: str = ""
    """By what the page of its account is found (`Subject.handle`)."""


class Recoveries:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        terms: EnrolmentTerms | None = None,
        roster: Roster | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._keyring = keyring
        self._terms = terms or EnrolmentTerms()
        self._roster = roster or Roster()
        self._now = now

    @property
    def terms(self) -> Terms:
        """How long cases wait."""
        return self._terms.recovery

    @allowed(Operation.MFA_READ)
    def page(
        self,
        actor: Actor,
        states: Collection[State] = (),
        before: tuple[int, int] | None = None,
        limit: int = 50,
    ) -> tuple[list[RecoveryView], tuple[int, int] | None]:
        """Cases in these states (none named: in any), the last first; and what to go on behind."""
        most = min(max(limit, 1), MOST)
        with self._reading.begin() as connection:
            found = recoveries.page(connection, within(actor), states, before, most + 1)
            views = [self._view(connection, actor, one) for one in found[:most]]
        last = found[most - 1] if len(found) > most else None
        return views, None if last is None else (last.case.requested, last.id)

    @allowed(Operation.MFA_READ)
    def one(self, actor: Actor, handle: str) -> RecoveryView:
        """One of them. Raises NotThereError."""
        with self._reading.begin() as connection:
            return self._view(connection, actor, _found(connection, actor, handle))

    @allowed(Operation.MFA_READ)
    def of(self, actor: Actor, subscriber: Subscriber) -> list[RecoveryView]:
        """The latest of a subscriber. Raises NotThereError."""
        if within(actor) not in (None, subscriber.tenant):
            raise NotThereError("nothing is known of this account")
        with self._reading.begin() as connection:
            found = recoveries.of_account(connection, subscriber.tenant, subscriber.account, 10)
            return [self._view(connection, actor, one) for one in found]

    @allowed(Operation.RECOVERIES_REQUEST)
    def request(self, actor: Actor, subscriber: Subscriber) -> RecoveryView:
        """Begin the case of somebody who says that they lost every factor; the one that is open
        where there is one. Raises NotThereError, RecoveryError."""
        with self._engine.begin() as connection:
            if within(actor) not in (None, subscriber.tenant):
                raise NotThereError("nothing is known of this account")
            if not is_known(connection, subscriber.subject):
                raise NotThereError("nothing is known of this account")
            kept = self._begin(connection, actor, subscriber)
            return self._view(connection, actor, kept)

    def ask(self, subscriber: Subscriber) -> State:
        """The same of a subscriber in a session of the application, for their own account; how far
        their case is. Raises RecoveryError where nothing can be set up for the account, and where
        people looked at one lately: nobody is kept busy by asking again and again."""
        whose = (subscriber.tenant, subscriber.account)
        with self._engine.begin() as connection:
            recovery_steps.hold(connection, subscriber)
            last = next(iter(recoveries.of_account(connection, *whose, 1)), None)
            if last is not None and not last.case.is_open:
                _check_pause(last.case, self._now())
            return self._begin(connection, OWNER, subscriber).case.state

    def state_of(self, subscriber: Subscriber) -> Case | None:
        """The open case of a subscriber, None where there is none."""
        with self._reading.begin() as connection:
            found = recoveries.open_of(connection, subscriber.tenant, subscriber.account)
        return None if found is None else found.case

    @allowed(Operation.RECOVERIES_REQUEST)
    def note_proof(
        self, actor: Actor, handle: str, proof: str, version: int | None = None
    ) -> RecoveryView:
        """Note by what somebody proved who they are: it waits for a second person. Raises
        NotThereError, StaleError, RecoveryError."""

        def do(case: Case, now: int) -> Case:
            return lost_factor.proved(case, actor.reference, proof, now, self.terms)

        return self._change(actor, _REQUEST, handle, version, "prove", do)

    @allowed(Operation.RECOVERIES_APPROVE)
    def approve(self, actor: Actor, handle: str, version: int | None = None) -> RecoveryView:
        """Agree: after the waiting time a new factor can be set up. Raises as `note_proof`."""

        def do(case: Case, now: int) -> Case:
            if actor.kind is not ActorKind.REVIEWER:
                # Whoever has the machine may be whoever asked.
                raise RecoveryError(
                    "only a person who signed in to the console agrees",
                    "seule une personne connectée à la console donne son accord",
                )
            return lost_factor.approved(case, actor.reference, now, self.terms)

        return self._change(actor, _APPROVE, handle, version, "approve", do)

    @allowed(Operation.RECOVERIES_REQUEST)
    def refuse(
        self, actor: Actor, handle: str, why: str, version: int | None = None
    ) -> RecoveryView:
        """End a case that is open, whatever it waits for. Raises as `note_proof`."""

        def do(case: Case, now: int) -> Case:
            return lost_factor.refused(case, actor.reference, why, now)

        return self._change(actor, _REQUEST, handle, version, "refuse", do)

    @allowed(Operation.RECOVERIES_APPROVE)
    def hand_over(self, actor: Actor, handle: str) -> Issued:
        """The link of a case whose waiting time is over, for somebody who has no mail: it is shown
        this once, and the one that was sent holds no more; never to who asked, or saw the proof.
        Raises NotThereError, RecoveryError."""
        now = self._now()
        with self._engine.begin() as connection:
            found = _found(connection, actor, handle)
            if lost_factor.lapsed(found.case, now).state is not State.READY:
                raise RecoveryError(
                    "there is a link once its waiting time is over",
                    "il y a un lien une fois le délai d'attente écoulé",
                )
            lost_factor.check_other(found.case, actor.reference)
            row = recovery_steps.give_link(connection, self._keyring, found, actor.reference, now)
            recovery_steps.note(connection, actor, _APPROVE, found, "hand over")
        link = enrolment_keys.link_of(
            self._keyring.enrolment, self._terms.address, Purpose.RECOVER, row.handle
        )
        return Issued(handle=row.handle, link=link, expires=row.expires)

    def stop(self, key: str) -> bool:
        """Stop the recovery that a link of a mail is of; whether that stopped it."""
        handle = enrolment_keys.handle_of(self._keyring.enrolment, Purpose.STOP, key)
        if handle is None:
            return False
        with self._engine.begin() as connection:
            found = recoveries.by_handle(connection, handle)
            return found is not None and recovery_steps.stop(
                connection, self._roster, found, "mail", self._now()
            )

    def stoppable(self, key: str) -> Subscriber | None:
        """Whose recovery a link of a mail stops, None where it stops none (any more)."""
        handle = enrolment_keys.handle_of(self._keyring.enrolment, Purpose.STOP, key)
        if handle is None:
            return None
        with self._reading.begin() as connection:
            found = recoveries.by_handle(connection, handle)
        if found is None or not found.case.is_open:
            return None
        return Subscriber(found.tenant, found.account)

    def _begin(self, connection: Connection, actor: Actor, subscriber: Subscriber) -> StoredCase:
        now = self._now()
        recovery_steps.hold(connection, subscriber)
        if is_closed(connection, subscriber, now):
            raise RecoveryError(
                "nothing can be set up for this account for now",
                "rien ne peut être ajouté à ce compte pour le moment",
            )
        known = recoveries.open_of(connection, subscriber.tenant, subscriber.account)
        if known is not None:
            return known
        one = StoredCase(
            case=lost_factor.requested(actor.reference, now, self.terms),
            handle=secrets.token_hex(16),
            subject_key=subscriber.key,
            tenant=subscriber.tenant,
            account=subscriber.account,
            requester_name=actor.name,
        )
        kept = recoveries.add(connection, one)
        recovery_steps.note(connection, actor, _REQUEST, kept, "request")
        recovery_steps.tell(connection, self._roster, kept, self._terms.address, now)
        return kept

    def _change(
        self,
        actor: Actor,
        operation: Operation,
        handle: str,
        version: int | None,
        deed: str,
        do: Callable[[Case, int], Case],
    ) -> RecoveryView:
        now = self._now()
        with self._engine.begin() as connection:
            before = _found(connection, actor, handle)
            if version is not None and version != before.version:
                raise _stale()
            after = structs.replace(before, case=do(before.case, now))
            named = {"prove": "prover_name", "approve": "decider_name"}.get(deed)
            if named is not None:
                after = structs.replace(after, **{named: actor.name})
            kept = recoveries.put(connection, before, after)
            if kept is None:
                raise _stale()
            recovery_steps.note(connection, actor, operation, kept, deed)
            recovery_steps.tell(connection, self._roster, kept, self._terms.address, now)
            return self._view(connection, actor, kept)

    def _view(self, connection: Connection, actor: Actor, one: StoredCase) -> RecoveryView:
        now, whose = self._now(), Subscriber(one.tenant, one.account).subject
        case = lost_factor.lapsed(one.case, now)
        return RecoveryView(
            handle=one.handle,
            tenant=one.tenant,
            account=one.account,
            state=case.state,
            requested=case.requested,
            requester=one.requester_name,
            proof=case.proof,
            proved=case.proved,
            prover=one.prover_name,
            approved=case.approved,
            approver=one.decider_name,
            ready=case.ready,
            expires=case.expires,
            ended=case.ended,
            why=case.why,
            version=one.version,
            can=tuple(_can(actor, case)),
            is_told=can_be_told(connection, self._roster, Subscriber(one.tenant, one.account)),
            new_address=recovery_steps.new_address(connection, one),
            account_name=_name(connection, actor, whose),
            account_handle=whose.handle(),
        )


def _name(connection: Connection, actor: Actor, whose: Subject) -> str:
    name = names_of(connection, {whose}).get(whose, "")
    return name if not name or permits(actor, Operation.PERSON_LOOK) else mask_name(name)


def _can(actor: Actor, case: Case) -> list[str]:
    """What somebody may do about a case now."""
    found = []
    requests, approves = permits(actor, _REQUEST), permits(actor, _APPROVE)
    is_other = actor.reference not in (case.requested_by, case.proved_by)
    if requests and case.state is State.REQUESTED:
        found.append("prove")
    if approves and case.state is State.PROVED and is_other:
        found += ["approve"] if actor.kind is ActorKind.REVIEWER else []
    if approves and case.state is State.READY and is_other:
        found.append("hand_over")
    if requests and case.is_open:
        found.append("refuse")
    return found


def _found(connection: Connection, actor: Actor, handle: str) -> StoredCase:
    one = recoveries.by_handle(connection, handle)
    if one is None or within(actor) not in (None, one.tenant):
        raise NotThereError("there is no such recovery")
    return one


def _check_pause(last: Case, now: int) -> None:
    if now - last.requested < PAUSE:
        raise RecoveryError(
            "this was asked for within the last day already: ask your organisation's support",
            "cela a déjà été demandé ces dernières 24 heures\u00a0: adressez-vous à l'assistance "
            "de votre organisation",
        )


def _stale() -> StaleError:
    return StaleError(
        "the recovery was changed meanwhile: look at it again",
        "la récupération a changé entre-temps\u00a0: regardez-la de nouveau",
    )
