"""What applications ask about sign-ins before they answer their users, and how those ended."""

import asyncio
import sqlite3
from typing import Final

from msgspec import structs
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from detectors.core.event import Outcome as EventOutcome
from monitor.deciding.desk import Desk, DeskError, ended
from monitor.deciding.question import Ended, Outcome, Question, Standing, Told, Verdict
from monitor.deciding.shelf import session_of
from monitor.services import assurance
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed
from monitor.services.refusal import NotThereError
from monitor.services.subscriber import Subscriber
from monitor.store.connection import reading
from monitor.store.sign_in_questions import QuestionRow

DEADLINE_S: Final = 10.0
"""How long an application is kept waiting."""


class BehindError(Exception):
    """More is asked than is answered: ask again later."""


class UnanswerableError(Exception):
    """The store does not do its work; says why."""


class UnfitError(Exception):
    """What is asked cannot be answered as it is; says what to change."""


class ContraryError(Exception):
    """Something else was said of how it ended before."""


class SignInQuestions:
    """Of one database. Safe to share between threads."""

    def __init__(self, engine: Engine, desk: Desk, tenant: str = "") -> None:
        """`tenant` is that of questions that name none, by keys that are for any."""
        self._reading = reading(engine)
        self.desk = desk
        self._tenant = tenant

    @allowed(Operation.SIGN_INS_DECIDE)
    async def ask(self, actor: Actor, question: Question, language: str) -> Told:
        """What the application is told. Raises UnfitError, BehindError or UnanswerableError."""
        if question.account is None and question.account_name is None:
            raise UnfitError(
                "Name the account: by `account`, its id in the log, or `account_name`."
            )
        tenant = actor.tenant or question.tenant or self._tenant
        if not tenant:
            raise UnfitError("The key is for any tenant: name one by `tenant`.")
        if question.tenant is not None and question.tenant != tenant:
            raise NotThereError
        if self.desk.is_behind():
            raise BehindError
        # Of two tenants, each names its sign-ins by itself.
        asker = f"{actor.reference}/{tenant}"
        asked = self.desk.ask(asker, tenant, question, question.language or language)
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            raise BehindError from None
        except DeskError as error:
            raise UnanswerableError(str(error)) from error

    @allowed(Operation.SIGN_INS_DECIDE)
    def end(self, actor: Actor, handle: str, told: Outcome) -> Standing:
        """Take up how a sign-in ended; how its question stands then. The same twice is once. Raises
        NotThereError, ContraryError or UnanswerableError."""
        row = self._row(actor, handle)
        if row.outcome is not None:
            if row.outcome != told.outcome.value:
                raise ContraryError(f"It is known already to have ended by: {row.outcome}.")
            return self._standing(row)
        entry = ended(
            row,
            EventOutcome(told.outcome.value),
            failure_reason=told.failure_reason if told.outcome is Ended.FAILURE else None,
            session=told.session,
            mfa=told.mfa,
            mfa_method=told.mfa_method,
        )
        try:
            self.desk.shelf.put([entry], self.desk.now())
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise UnanswerableError(type(error).__name__) from error
        return self._standing(structs.replace(row, outcome=told.outcome.value))

    @allowed(Operation.SIGN_INS_DECIDE)
    def standing(self, actor: Actor, handle: str) -> Standing:
        """How a question stands. Raises NotThereError."""
        return self._standing(self._row(actor, handle))

    def _row(self, actor: Actor, handle: str) -> QuestionRow:
        row = self.desk.shelf.of(handle)
        if row is None or actor.tenant not in (None, row.tenant):
            raise NotThereError
        return row

    def _standing(self, row: QuestionRow) -> Standing:
        return Standing(
            handle=row.handle,
            verdict=Verdict(row.verdict),
            risk=row.risk,
            time=row.time,
            event=row.event_id.hex(),
            outcome=None if row.outcome is None else Ended(row.outcome),
            met_by=None if row.met_by is None else row.met_by.hex(),
            is_proved=self._is_proved(row),
        )

    def _is_proved(self, row: QuestionRow) -> bool:
        """Whether what the question's challenge asks for was shown."""
        whose = Subscriber(row.tenant, row.account)
        with self._reading.begin() as connection:
            known = assurance.standing(connection, whose, session_of(row), self.desk.now())
        return known is not None
