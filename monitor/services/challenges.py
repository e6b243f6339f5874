"""Challenges: a question to one subscriber for one session, asked, answered, and what follows.

Whatever is wrong about an answer, and whoever's it is, looks alike and takes alike: the same work
is done for a challenge that is over, for an account that nobody knows and for one without factors.
A challenge that is locked locks nothing but itself.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import structs
from sqlalchemy import Connection, Engine

from detectors.core.event import SECOND
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import monotonic, now_ms, pause
from monitor.mfa import challenge as machine
from monitor.mfa.challenge import Origin, State
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.return_address import safe_return
from monitor.services import assurance
from monitor.services.actor import Actor
from monitor.services.asking import Asking
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.challenge_ends import follow
from monitor.services.challenge_grounds import is_on_its_way, sessions_of
from monitor.services.challenge_rests import rested
from monitor.services.challenge_views import (
    Asked,
    Begun,
    Browser,
    ChallengeError,
    Created,
    Elsewhere,
    Reference,
    View,
    Wanted,
    asked_of,
    check,
    veiled,
    view_of,
)
from monitor.services.factors import Factors, Offer, Shown
from monitor.services.keyring import Keyring
from monitor.services.leaving import reference_of
from monitor.services.measure_checks import subject_begun
from monitor.services.protection import subject_of
from monitor.services.proving import Proving
from monitor.services.refusal import NotThereError
from monitor.services.sessions import KEY_LENGTH
from monitor.services.subscriber import Subscriber
from monitor.store import challenges as stored
from monitor.store import measures
from monitor.store.challenges import Filter, StoredChallenge
from monitor.store.connection import reading
from monitor.store.handles import names_of

NOWHERE: Final = "there is no such challenge here"
"""The same for one that is unknown, over, or another browser's."""
SETTLES: Final = 5 * SECOND
"""How long (ms) whoever stands before the application may not have heard that one is over."""
ARRIVES_S: Final = 5.0
"""How long a browser waits for what its application asked."""
NOBODY: Final[Mapping[Subject, str]] = {}
_LEAST, _NUMBERS = 10, 90


class Challenges:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC.

    Methods for subscribers raise NotThereError for whatever is not this browser's to see.
    """

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        factors: Factors,
        now: Callable[[], int] = now_ms,
        terms: ChallengeTerms = ChallengeTerms(),  # noqa: B008 - frozen
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._keyring = keyring
        self._factors = factors
        self._now = now
        self._asking = Asking(keyring, terms)
        self._proving = Proving(engine, keyring, factors, now, terms)

    @allowed(Operation.MFA_CHALLENGE)
    def create(self, actor: Actor, wanted: Wanted) -> Created:
        """Put a challenge to a subscriber. Whether there is such an account, and whether it could
        ever be passed, is told to nobody. Raises NotThereError for another tenant's,
        ChallengeError."""
        check(wanted)
        subject_of(actor, wanted.subscriber.tenant, wanted.subscriber.account)
        with self._engine.begin() as connection:
            made = self.put(connection, wanted, actor.reference)
            _note(connection, actor, wanted.subscriber, made.handle, "ask")
            return made

    @allowed(Operation.MFA_CHALLENGE)
    def withdraw(self, actor: Actor, handle: str) -> Asked:
        """Ask it no more; what is over stays as it was. Raises NotThereError."""
        now = self._now()
        with self._engine.begin() as connection:
            known = self._there(connection, actor, handle, lock=True)
            kept = self._asking.withdraw(connection, known, now)
            if kept is not known:
                whose = Subscriber(known.tenant, known.account)
                _note(connection, actor, whose, handle, "withdraw")
                assurance.drop(connection, whose, known.session, known.reference)
            return _shown(actor, kept, now)

    @allowed(Operation.MFA_READ)
    def page(
        self, actor: Actor, wanted: Filter, after: int | None = None, limit: int = 50
    ) -> tuple[list[Asked], int | None]:
        """Challenges, the newest first, and behind which the next ones begin, None for the end."""
        bound, now = within(actor), self._now()
        if bound is not None and wanted.tenant not in (None, bound):
            return [], None
        wanted = structs.replace(wanted, tenant=wanted.tenant if bound is None else bound)
        with self._reading.begin() as connection:
            found = stored.page(connection, wanted, after, limit + 1)
            shown = found[:limit]
            names = names_of(connection, {_whose(one) for one in shown})
        place = shown[-1].id if len(found) > limit else None
        return [_shown(actor, one, now, names) for one in shown], place

    @allowed(Operation.MFA_READ)
    def one(self, actor: Actor, handle: str) -> Asked:
        """One of them, as whoever asks sees it. Raises NotThereError."""
        with self._reading.begin() as connection:
            found = self._there(connection, actor, handle)
            return _shown(actor, found, self._now(), names_of(connection, {_whose(found)}))

    @allowed(Operation.MFA_CHALLENGE)
    def begun(
        self, actor: Actor, incident: bytes | None = None, account: bytes | None = None
    ) -> Begun:
        """What asking begins with: the account that an incident is about, or one of the directory
        (their ids), with its sessions. Raises NotThereError."""
        with self._reading.begin() as connection:
            subject = subject_begun(connection, incident, account)
            if subject is None or subject.kind is not SubjectKind.ACCOUNT:
                return Begun()
            subject_of(actor, subject.tenant, subject.uid)
            subscriber = Subscriber(subject.tenant, subject.uid)
            return Begun(
                tenant=subject.tenant,
                account=subject.uid,
                incident=incident,
                sessions=tuple(sessions_of(connection, subscriber)),
            )

    def put(self, connection: Connection, wanted: Wanted, by: str) -> Created:
        """A new one in an open transaction, for services that were allowed it otherwise; asked for
        `by` a reference that names nobody. Raises ChallengeError."""
        made, key = self._asking.put(connection, wanted, by, self._now())
        return Created(made.handle, self._asking.link(key), made.challenge.expires)

    def from_gate(self, told: Reference, browser: Browser, language: str = "fr") -> View:
        """The challenge that a browser comes for with a reference of the gate's: it belongs to this
        browser at once. The same reference again is the same challenge, however often; one from
        before that was over makes no other. Who shares neither address nor program with whom it was
        said to was sent it on by them. Raises NotThereError."""
        mine = self._mark(browser)
        self._wait_for(told.key)
        now, subscriber = self._now(), Subscriber(told.tenant, told.account)
        whose = (subscriber.key, subscriber.tenant, subscriber.account)
        wanted = Wanted(
            subscriber=subscriber,
            session=told.session,
            language=language,
            key=told.key,
            ip=told.ip,
            user_agent=told.user_agent,
            # Whoever cannot be sent on may answer all the same.
            return_to=safe_return(told.return_to, self._asking.terms.origins),
        )
        try:
            with self._engine.begin() as connection:
                # Several pages of one browser may come at once.
                measures.hold(connection, subscriber.subject)
                known = stored.of_session(connection, *whose, told.session)
                if known is not None and _answers(known, told.issued, mine, now):
                    return self._seen(known, mine)
                if not self._asking.may_come(connection, wanted, now):
                    raise NotThereError(NOWHERE)
                wanted = rested(connection, wanted)
                made, _ = self._asking.put(connection, wanted, Origin.GATE.value, now, browser)
        except ChallengeError:
            raise NotThereError(NOWHERE) from None
        return self._seen(made, mine)

    def open(self, key: str, browser: Browser) -> View:
        """The challenge that a link leads to: from the first opening on it belongs to this browser
        and to no other. Raises NotThereError."""
        mine, now = self._mark(browser), self._now()
        with self._engine.begin() as connection:
            digest = self._keyring.digest(key if len(key) == KEY_LENGTH else "")
            found = stored.by_digest(connection, digest)
            if found is None:
                raise NotThereError(NOWHERE)
            known, is_other = found
            if not is_other and not self._asking.is_alike(known, browser):
                raise NotThereError(NOWHERE)
            bind = machine.bind_phone if is_other else machine.bind
            after = structs.replace(known, challenge=bind(known.challenge, mine, now))
            return self._seen(stored.put(connection, known, after), mine)

    def view(self, handle: str, browser: Browser) -> View:
        """One of this browser's. Raises NotThereError."""
        with self._reading.begin() as connection:
            known = stored.by_handle(connection, handle)
        return self._seen(known, self._mark(browser))

    def ask_passkey(self, handle: str, browser: Browser) -> Offer:
        """What the page asks an authenticator with; any of this instance's passkeys may answer, so
        that nobody learns who has one. Raises NotThereError, FactorError."""
        self.view(handle, browser)
        return self._factors.ask_passkey(None)

    def answer(self, handle: str, browser: Browser, shown: Shown, number: str = "") -> View:
        """What becomes of it by what is shown; on another device together with the number that the
        first one shows. Raises NotThereError; BusyError, and nothing was tried."""
        if not (shown.code or shown.passkey):
            return self.view(handle, browser)
        mine = self._mark(browser)
        return self._seen(self._proving.answer(handle, mine, browser.ip, shown, number), mine)

    def deny(self, handle: str, browser: Browser) -> View:
        """It was not them: the session is ended, and the rest is decided at once. Raises
        NotThereError."""
        mine, now = self._mark(browser), self._now()
        with self._engine.begin() as connection:
            known = self._mine(connection, handle, mine)
            after = structs.replace(known, challenge=machine.deny(known.challenge, now))
            kept = stored.put(connection, known, after)
            if kept is not known:
                follow(connection, kept, now, self._asking.terms)
        return self._seen(kept, mine)

    def elsewhere(self, handle: str, browser: Browser) -> Elsewhere:
        """The link by which another device may answer, and the number to tell there; the last one
        holds. Only the browser that the challenge belongs to asks for it. Raises NotThereError."""
        mine, now = self._mark(browser), self._now()
        number = _LEAST + secrets.randbelow(_NUMBERS)
        key = secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            known = self._mine(connection, handle, mine)
            is_first = known.challenge.browser == mine
            if not is_first or not machine.is_open(known.challenge, now):
                raise NotThereError(NOWHERE)
            challenge = structs.replace(known.challenge, phone=None)
            after = structs.replace(known, challenge=challenge, number=number)
            kept = stored.put(connection, known, after)
            stored.call_elsewhere(connection, kept, self._keyring.digest(key))
        return Elsewhere(self._asking.link(key), number)

    def _wait_for(self, key: str) -> None:
        """A browser comes as soon as its application was answered, and what that asked may be on
        its way into the database: without it, nobody knows whose browser this should be. Raises
        NotThereError where it does not come."""
        until = monotonic() + ARRIVES_S
        while True:
            with self._reading.begin() as connection:
                if not is_on_its_way(connection, key):
                    return
            if monotonic() >= until:
                raise NotThereError(NOWHERE)
            pause(0.02)

    def _seen(self, known: StoredChallenge | None, mine: bytes) -> View:
        if known is None or not machine.belongs(known.challenge, mine):
            raise NotThereError(NOWHERE)
        is_first = known.challenge.browser == mine
        return view_of(known, self._now(), is_elsewhere=not is_first)

    @staticmethod
    def _mine(connection: Connection, handle: str, mine: bytes) -> StoredChallenge:
        known = stored.by_handle(connection, handle, lock=True)
        if known is None or not machine.belongs(known.challenge, mine):
            raise NotThereError(NOWHERE)
        return known

    @staticmethod
    def _there(
        connection: Connection, actor: Actor, handle: str, *, lock: bool = False
    ) -> StoredChallenge:
        known = stored.by_handle(connection, handle, lock=lock)
        if known is None or within(actor) not in (None, known.tenant):
            raise NotThereError(f"no challenge {handle}")
        return known

    def _mark(self, browser: Browser) -> bytes:
        """What is kept of a browser. Raises NotThereError for one that shows nothing."""
        if not browser.mark:
            raise NotThereError(NOWHERE)
        return self._asking.mark(browser)


def _note(connection: Connection, actor: Actor, whose: Subscriber, handle: str, deed: str) -> None:
    """Write down who did what about a challenge."""
    record(
        connection,
        actor,
        Operation.MFA_CHALLENGE,
        reference_of(whose.subject),
        tenant=whose.tenant,
        content={"challenge": handle, "do": deed},
    )


def _whose(one: StoredChallenge) -> Subject:
    return Subscriber(one.tenant, one.account).subject


def _shown(
    actor: Actor, one: StoredChallenge, now: int, names: Mapping[Subject, str] = NOBODY
) -> Asked:
    told = asked_of(one, now, names.get(_whose(one), ""))
    return told if permits(actor, Operation.PERSON_LOOK) else veiled(told)


def _answers(known: StoredChallenge, issued: int, mine: bytes, now: int) -> bool:
    """Whether the last challenge of a session is what a reference from that time is for: it is open
    in this browser, or was over when nobody before the application could know it yet. One that was
    withdrawn or whose time is over is followed by another."""
    state = machine.state_at(known.challenge, now)
    if state is State.OPEN:
        return machine.belongs(known.challenge, mine)
    ended = known.challenge.ended
    is_told = ended is not None and issued > ended + SETTLES
    return state in (State.PASSED, State.LOCKED, State.DENIED) and not is_told
