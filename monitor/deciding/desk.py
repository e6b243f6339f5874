"""Answers what applications ask: judges, keeps, and only then tells. One thread a process.

What comes while it is at work is answered together next, in one read transaction and one commit.
"""

import logging
import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from alerts.telling import sentence_of
from alerts.wording import said
from detectors.core.event import Outcome, SignIn
from monitor.clock import monotonic, now_ms
from monitor.deciding.judge import Judge, Judged
from monitor.deciding.question import Challenge, Question, Reason, Told, Verdict
from monitor.deciding.shelf import Entry, Shelf, key_of, session_of
from monitor.deciding.surroundings import Surroundings
from monitor.deciding.verdict import WORDS, Decision, Known, Terms, decide
from monitor.formats.own import Asked, asked_event
from monitor.gate.ticket import LIFETIME, Ticket, Tickets
from monitor.naming import name_key
from monitor.services.subscriber import Subscriber
from monitor.store.connection import explain, looking
from monitor.store.sign_in_questions import QuestionRow
from monitor.store.writing import Writing

AT_ONCE: Final = 16
"""Questions that are answered together."""
MOST_WAITING: Final = 2_000
PATIENCE_S: Final = 3.0
"""When what came first has waited so long, nothing more is taken."""

log = logging.getLogger(__name__)


class DeskError(Exception):
    """The question could not be answered for the store does not do its work; says why."""


class Kept(Struct, array_like=True):
    """What is kept of a question beside its columns: the answer, the line that the engine reads of
    it, and its device and place until the engine has. Stored as an array: new fields go last and
    have a default."""

    told: Told
    asked: Asked
    seen: SignIn | None = None


class Asking(Struct, frozen=True, eq=False):
    """A question on its way: who asks, about whom, in which language, and where the answer goes."""

    asker: str
    tenant: str
    question: Question
    language: str
    since: float
    told: "Future[Told]"


class Answered(Struct, frozen=True):
    """What was decided, and what is to be kept of it; nothing where it was asked before."""

    told: Told
    entry: Entry | None


class Desk:
    """Safe to share between threads.

    `open_judge` is called in its own thread, with the first question or when it is warmed. `site`
    is where the pages of challenges are; `now` gives ms since 1970 UTC.
    """

    def __init__(
        self,
        engine: Engine,
        shelf: Shelf,
        open_judge: Callable[[], Judge],
        surroundings: Surroundings,
        terms: Terms,
        tickets: Tickets,
        site: str,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._reading = looking(engine)
        self.shelf = shelf
        self._open_judge = open_judge
        self._judge: Judge | None = None
        self._surroundings = surroundings
        self._terms = terms
        self._tickets = tickets
        self._site = site
        self.now = self._now = now
        self._waiting: deque[Asking] = deque()
        self._under_way: list[Asking] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._is_warm = True

    def ask(self, asker: str, tenant: str, question: Question, language: str) -> "Future[Told]":
        """Hand a question over; does not wait. The future raises DeskError where the store does not
        do its work."""
        asking = Asking(asker, tenant, question, language, monotonic(), Future())
        with self._changed:
            self._waiting.append(asking)
            self._wake()
        return asking.told

    def is_behind(self) -> bool:
        """Whether more waits than may."""
        with self._changed:
            waiting = self._under_way or self._waiting
            if len(self._waiting) >= MOST_WAITING:
                return True
            return bool(waiting) and monotonic() - waiting[0].since > PATIENCE_S

    def warm(self) -> None:
        """Open all that judging takes, so that the first who asks need not wait for it."""
        with self._changed:
            self._is_warm = False
            self._wake()

    def close(self) -> None:
        """End the thread when all that was asked is answered."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
        self.shelf.close()

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="deciding", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._waiting or self._is_closed or not self._is_warm
                )
                group = self._under_way = [
                    asking
                    for _ in range(min(AT_ONCE, len(self._waiting)))
                    if (asking := self._waiting.popleft()).told.set_running_or_notify_cancel()
                ]
                is_over = self._is_closed and not group and not self._waiting
                self._is_warm = True
            if is_over:
                return
            is_sound = False
            try:
                self._answer(group)
                is_sound = True
            finally:
                # By what nobody foresaw too: whoever waits is told, or answered by the next thread.
                self._put_down(group, is_sound=is_sound)
                _fail(group, "it failed to be decided")

    def _put_down(self, group: list[Asking], *, is_sound: bool) -> None:
        with self._changed:
            if self._under_way is group:
                self._under_way = []
            if not is_sound:
                self._thread = None
                if self._waiting:
                    self._wake()

    def _answer(self, group: list[Asking]) -> None:
        try:
            answered = self._judged(group)
            entries = [one.entry for one in answered if one.entry is not None]
            new = self.shelf.put(entries, self._now()) if entries else set()
        except DBAPIError as error:
            _fail(group, explain(error))
            return
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            _fail(group, f"{type(error).__name__}: {error}")
            return
        for asking, one in zip(group, answered, strict=True):
            if one.entry is None or one.told.handle in new:
                asking.told.set_result(one.told)
            else:
                self._answer_again(asking)

    def _answer_again(self, asking: Asking) -> None:
        """Another process was asked the same, and was first."""
        known = self.shelf.find(asking.asker, asking.question.uid or "")
        if known is None:
            asking.told.set_exception(DeskError("it was asked twice at once"))
        else:
            asking.told.set_result(told_of(known))

    def _judged(self, group: list[Asking]) -> list[Answered]:
        if self._judge is None:
            self._judge = self._open_judge()
        found: list[Answered] = []
        earlier: dict[tuple[str, str], Told] = {}
        if not group:
            return found
        with self._reading.begin() as connection:
            for asking in group:
                name = (asking.asker, asking.question.uid or "")
                known = earlier.get(name) if name[1] else None
                if known is None and name[1]:
                    row = self.shelf.find(*name)
                    known = None if row is None else told_of(row)
                if known is not None:
                    found.append(Answered(known, None))
                    continue
                one = self._decided(connection, self._judge, asking)
                earlier[name] = one.told
                found.append(one)
        return found

    def _decided(self, connection: Connection, judge: Judge, asking: Asking) -> Answered:
        now, question = self._now(), asking.question
        asked = _asked(connection, asking, now)
        subscriber = Subscriber(asked.tenant, asked.account)
        listed = self._surroundings.lists(connection, subscriber, question.session, now)
        judged = (
            Judged() if _is_settled(listed) else judge.judge(connection, asked_event(asked), now)
        )
        known = structs.replace(
            listed,
            risk=judged.risk,
            is_at_home=judged.is_at_home,
            is_caught_up=judged.is_caught_up,
        )
        decision = decide(known, self._terms)
        if decision.would_be is Verdict.CHALLENGE and not listed.is_demanded:
            kind = judge.kind_of(subscriber.subject)
            known = self._surroundings.weighed(connection, subscriber, known, kind, now)
            decision = decide(known, self._terms)
        row = _row(asking, asked, decision.verdict, judged.risk)
        told = self._told(row, question, decision, judged, asking.language)
        row = structs.replace(row, body=_encode(Kept(told, asked, judged.seen)))
        demands = decision.verdict is Verdict.CHALLENGE and not listed.is_demanded
        return Answered(told, Entry(row, asked, demands))

    def _told(
        self,
        row: QuestionRow,
        question: Question,
        decision: Decision,
        judged: Judged,
        language: str,
    ) -> Told:
        reasons = [Reason(one.value, said(WORDS[one], language)) for one in decision.because]
        if decision.would_be is Verdict.CHALLENGE:
            reasons += [Reason(f.detector, sentence_of(f, language)) for f in judged.findings]
        challenge = None
        if decision.verdict is Verdict.CHALLENGE:
            challenge = self._challenge(row, question)
        return Told(
            handle=row.handle,
            verdict=decision.verdict,
            would_be=decision.would_be,
            risk=row.risk,
            reasons=tuple(reasons),
            event=row.event_id.hex(),
            challenge=challenge,
        )

    def _challenge(self, row: QuestionRow, question: Question) -> Challenge:
        """Made of the link when a browser comes with it, and not before."""
        ticket = Ticket(
            tenant=row.tenant,
            account=row.account,
            session=session_of(row),
            key=key_of(row.handle),
            return_to=question.return_to or "",
            issued=row.time,
        )
        return Challenge(self._tickets.address(self._site, ticket), row.time + LIFETIME)


def _fail(group: list[Asking], why: str) -> None:
    """Tell those who were not answered."""
    for asking in group:
        if not asking.told.done():
            log.warning("a sign-in cannot be decided: %s", why)
            asking.told.set_exception(DeskError(why))


def told_of(row: QuestionRow) -> Told:
    """What was answered."""
    return _decode(row.body).told


def asked_of(row: QuestionRow) -> Asked:
    """What was asked."""
    return _decode(row.body).asked


def ended(row: QuestionRow, outcome: Outcome, **changes: object) -> Entry:
    """The entry that says how a question ended; `changes` are what the application says besides."""
    told = {name: value for name, value in changes.items() if value is not None}
    return Entry(row, structs.replace(asked_of(row), outcome=outcome, **told))


def _is_settled(listed: Known) -> bool:
    """Whether no probability makes a difference any more, or none may be reckoned."""
    return listed.is_disabled or listed.is_withheld


def _asked(connection: Connection, asking: Asking, now: int) -> Asked:
    question = asking.question
    account, by_name = question.account, question.account is None
    if account is None:
        name = question.account_name or ""
        key = name_key(asking.tenant, name)
        known = Writing(connection).names([key]).get(key)
        account, by_name = (name, True) if known is None else (known.account, False)
    return Asked(
        handle=secrets.token_hex(16),
        time=now,
        tenant=asking.tenant,
        account=account,
        uid=question.uid,
        account_name=question.account_name,
        by_name=by_name,
        session=question.session,
        ip=question.ip,
        user_agent=question.user_agent,
        mfa=question.mfa,
        mfa_method=question.mfa_method,
    )


def _row(asking: Asking, asked: Asked, verdict: Verdict, risk: float) -> QuestionRow:
    return QuestionRow(
        handle=asked.handle,
        asker=asking.asker,
        question=asked.uid or asked.handle,
        subject_key=Subscriber(asked.tenant, asked.account).key,
        tenant=asked.tenant,
        account=asked.account,
        session=asked.session,
        ip=asked.ip,
        time=asked.time,
        event_id=asked_event(asked).id,
        verdict=verdict.value,
        risk=round(risk, 4),
        created=asked.time,
        body=b"",
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode
