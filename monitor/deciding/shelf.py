"""Where questions are kept before they are answered, so that neither a kill nor a busy engine
loses or holds up one."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from detectors.core.event import HOUR, Outcome
from monitor.formats.own import Asked, asked_line
from monitor.mfa.challenge import Reason
from monitor.services import assurance
from monitor.services.own_sign_ins import SOURCE
from monitor.services.subscriber import Subscriber
from monitor.store import sign_in_questions
from monitor.store.connection import looking
from monitor.store.inbox import Parcel, deposit
from monitor.store.sign_in_questions import QuestionRow

SENDER: Final = "asked"
"""The stream that questions are to the engine."""
DEMANDED: Final = 12 * HOUR
"""How long (ms) a session that was told to be challenged has to prove itself at the gate."""


class Entry(Struct, frozen=True):
    """A question with its answer, and the line that the engine reads of it; or, with an outcome,
    how the question of a handle ended. `demands`: its session has to prove itself from now on."""

    row: QuestionRow
    asked: Asked
    demands: bool = False

    @property
    def is_end(self) -> bool:
        """Whether it tells an outcome."""
        return self.asked.outcome is not Outcome.PENDING


class Shelf(Protocol):
    """Keeps entries durably. Safe to share between threads; raises SQLAlchemyError or
    sqlite3.Error where it cannot."""

    def put(self, given: Sequence[Entry], now: int) -> set[str]:
        """Keep them in one transaction, received at `now` (ms); the handles of those that are new.
        What the same asker asked under the same name before is kept as it was."""
        ...

    def find(self, asker: str, question: str) -> QuestionRow | None:
        """What somebody asked under this name."""
        ...

    def of(self, handle: str) -> QuestionRow | None:
        """The question of this handle."""
        ...

    def close(self) -> None:
        """Let go of what is held open; what is kept stays."""
        ...


class Direct:
    """Keeps them where everything is: for a database of many writers."""

    def __init__(self, engine: Engine) -> None:
        """What is put is as durable as the commits of `engine`."""
        self._engine = engine
        self._reading = looking(engine)

    def put(self, given: Sequence[Entry], now: int) -> set[str]:
        """In one transaction."""
        with self._engine.begin() as connection:
            return enter(connection, given, now)

    def find(self, asker: str, question: str) -> QuestionRow | None:
        """What somebody asked under this name."""
        with self._reading.begin() as connection:
            return sign_in_questions.by_question(connection, asker, question)

    def of(self, handle: str) -> QuestionRow | None:
        """The question of this handle."""
        with self._reading.begin() as connection:
            return sign_in_questions.by_handle(connection, handle)

    def close(self) -> None:
        """Nothing is held."""


def enter(connection: Connection, given: Sequence[Entry], now: int) -> set[str]:
    """Write entries where everything is, and put into the inbox what is news of them; the handles
    of those that are. The last thing of a transaction, as `deposit` is."""
    asked = [one for one in given if not one.is_end]
    new = sign_in_questions.add(connection, [one.row for one in asked])
    lines = [asked_line(one.asked) for one in asked if one.row.handle in new]
    for one in asked:
        if one.demands and one.row.session is not None and one.row.handle in new:
            _demand(connection, one.row, one.row.session)
    for one in given:
        outcome = one.asked.outcome.value
        if one.is_end and sign_in_questions.end(connection, one.row.handle, outcome):
            new.add(one.row.handle)
            lines.append(asked_line(one.asked))
    if lines:
        deposit(connection, [Parcel(SOURCE, SENDER, lines, is_beginning=True)], now)
    return new


def _demand(connection: Connection, row: QuestionRow, session: str) -> None:
    subscriber = Subscriber(row.tenant, row.account)
    until = row.time + DEMANDED
    assurance.demand(
        connection, subscriber, session, row.time, until, Reason.UNUSUAL, key_of(row.handle)
    )


def key_of(handle: str) -> str:
    """What the challenge of a question stands on."""
    return f"question.{handle}"


def session_of(row: QuestionRow) -> str:
    """What is proved by it: the session, or where there is none yet, this one sign-in and nothing
    else of the account."""
    return row.session or f"question:{row.handle}"


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Entry).decode
