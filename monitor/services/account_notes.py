"""Notes that people keep on accounts: written by hand, never changed, taken away by who wrote them.

They go with the account when it is erased, and its person is given them with a copy of their data:
whoever writes one is told so.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.detector import Text
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.services.actor import Actor, Role
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, within
from monitor.services.leaving import reference_of
from monitor.services.refusal import NotThereError
from monitor.store import account_notes, restrictions
from monitor.store.account_notes import Note
from monitor.store.connection import reading
from monitor.store.handles import account_of
from monitor.trouble import Trouble

LONGEST: Final = 4_000
"""Characters of a note."""
MOST: Final = 500
"""Notes of one account."""
PAGE: Final = 50
_ELSEWHERE: Final = "nothing is known of this account"


class NoteError(Trouble):
    """A note that is not taken; says why in both languages."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.text = Text(en, fr)


class NoteView(Struct, frozen=True, kw_only=True):
    """One note: when (ms) and by whom it was written; `is_own`: whoever looks may take it away."""

    id: int
    time: int
    by: str
    text: str
    is_own: bool


class AccountNotes:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC.

    Accounts are named by their handles (`Subject.handle`).
    """

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._now = now

    @allowed(Operation.NOTES_READ)
    def of(
        self, actor: Actor, handle: str, before: int | None = None, most: int = PAGE
    ) -> tuple[list[NoteView], int | None]:
        """Those about an account, the last first, and behind which the next ones begin, None for
        the end. Raises NotThereError."""
        count = min(max(most, 1), MOST)
        with self._reading.begin() as connection:
            subject = found_for(connection, actor, handle)
            found = account_notes.of_account(connection, subject, before, count + 1)
        place = found[count - 1].id if len(found) > count else None
        return [view_of(one, actor) for one in found[:count]], place

    @allowed(Operation.NOTES_WRITE)
    def write(self, actor: Actor, handle: str, text: str) -> NoteView:
        """Keep a note. Raises NotThereError, NoteError."""
        with self._database.begin() as connection:
            subject = found_for(connection, actor, handle)
            told = _told(text)
            if account_notes.count(connection, subject) >= MOST:
                raise NoteError(
                    f"there are {MOST} notes on this account already",
                    f"ce compte a déjà {MOST} notes",
                )
            made = account_notes.add(
                connection, subject, self._now(), actor.reference, actor.name, told
            )
            _record(connection, actor, subject, "write", made.id)
        return view_of(made, actor)

    @allowed(Operation.NOTES_WRITE)
    def remove(self, actor: Actor, handle: str, number: int) -> None:
        """Take a note away: one's own, or anybody's for an administrator. Raises NotThereError,
        NoteError."""
        with self._database.begin() as connection:
            subject = found_for(connection, actor, handle)
            one = account_notes.of_id(connection, number)
            if one is None or (one.tenant, one.account) != (subject.tenant, subject.uid):
                raise NotThereError("there is no such note")
            if not is_own(one, actor):
                raise NoteError(
                    "only who wrote a note, or an administrator, takes it away",
                    "seul son auteur, ou un administrateur, retire une note",
                )
            account_notes.remove(connection, number)
            _record(connection, actor, subject, "remove", number)


def found_for(connection: Connection, actor: Actor, handle: str) -> Subject:
    """The account of a handle, where somebody may see its tenant and its data is not restricted.
    Raises NotThereError."""
    subject = account_of(connection, handle)
    if subject is None or within(actor) not in (None, subject.tenant):
        raise NotThereError(_ELSEWHERE)
    if any(one.until is None for one in restrictions.restrictions_of(connection, subject)):
        raise NotThereError(_ELSEWHERE)
    return subject


def view_of(one: Note, actor: Actor) -> NoteView:
    """A note as somebody sees it."""
    by = one.actor_name or one.actor
    return NoteView(id=one.id, time=one.time, by=by, text=one.text, is_own=is_own(one, actor))


def is_own(one: Note, actor: Actor) -> bool:
    """Whether somebody may take a note away."""
    return one.actor == actor.reference or Role.ADMINISTRATOR in actor.roles


def _told(text: str) -> str:
    told = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not told or "\0" in told:
        raise NoteError("write something", "écrivez quelque chose")
    if len(told) > LONGEST:
        raise NoteError(
            f"write at most {LONGEST} characters", f"écrivez {LONGEST} caractères au plus"
        )
    return told


def _record(connection: Connection, actor: Actor, subject: Subject, deed: str, number: int) -> None:
    record(
        connection,
        actor,
        Operation.NOTES_WRITE,
        reference_of(subject),
        tenant=subject.tenant,
        content={"do": deed, "note": number},
    )
