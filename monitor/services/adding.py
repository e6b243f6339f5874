"""Sources added in the console: a log file that is handed in, and what others push by a key that is
made on the spot. What is read already stays, whatever becomes of its source."""

import re
import secrets
from collections.abc import Callable
from pathlib import PurePath
from typing import IO, Final
from zoneinfo import ZoneInfoNotFoundError

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from monitor.clock import now_ms
from monitor.formats.detection import AUTO, UnknownFormatError
from monitor.formats.format import Format
from monitor.formats.limits import bounded
from monitor.services.actor import Actor
from monitor.services.api_keys import ApiKeyError, ApiKeys
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed
from monitor.services.handing_in import HandingInError, parcels_of
from monitor.services.refusal import NotThereError
from monitor.services.trying import Trial, Trying
from monitor.store import added as table
from monitor.store.added import HANDED_IN, PUSHED, STAGED, AddedSource, StagedFile
from monitor.store.connection import reading
from monitor.store.inbox import Inbox, Parcel, Terms

FORGOTTEN: Final = DAY
"""How long (ms) a file that was handed in waits to be taken."""
MOST: Final = 200
"""Sources that can be added."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_AT_ONCE: Final = 8 << 20
"""About so many bytes of lines go into the inbox in one transaction."""
_ENDINGS: Final = frozenset((".gz", ".zst", ".xz", ".bz2", ".log", ".json", ".ndjson", ".txt"))


class Wish(Struct, frozen=True, kw_only=True):
    """How a source is to be read: its name, its format (`auto`: each line's own), the zone of
    stamps without one, the tenant of lines that name none (empty for the settings' own)."""

    name: str = ""
    format: str = AUTO
    zone: str = "UTC"
    tenant: str = ""


class Staged(Struct, frozen=True, kw_only=True):
    """A file that was handed in: a name for its source, and what its first lines come to."""

    file: StagedFile
    name: str
    trial: Trial


class Adding:
    """Of one database. Safe to share between threads.

    `taken` are names of the settings' sources and of Vigie's own; `trying` opens what reads and
    judges first lines, which takes a second or two; `now` gives ms.
    """

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        keys: ApiKeys,
        trying: Callable[[], Trying],
        taken: frozenset[str] = frozenset(),
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._inbox = inbox
        self._keys = keys
        self._open = trying
        self._trying: Trying | None = None
        self._taken = taken
        self._now = now

    @allowed(Operation.SOURCES_WRITE)
    def formats(self, actor: Actor) -> tuple[str, ...]:
        """The names of formats there are."""
        return self._tried().names

    @allowed(Operation.SOURCES_WRITE)
    def stage(self, actor: Actor, file: IO[bytes], name: str) -> str:
        """Take in a file's lines, for no source yet: the uid by which they are known for a day.
        Raises HandingInError, and nothing of it is kept."""
        uid = secrets.token_hex(16)
        self._forget_old()
        try:
            lines, size = self._put(file, uid)
        except BaseException:
            with self._database.begin() as connection:
                table.discard(connection, uid)
            raise
        told = StagedFile(
            uid=uid,
            actor=actor.reference,
            file=PurePath(name).name[:200] or "log",
            lines=lines,
            size=size,
            staged=self._now(),
        )
        with self._database.begin() as connection:
            table.stage(connection, told)
        return uid

    @allowed(Operation.SOURCES_WRITE)
    def staged(self, actor: Actor, uid: str, wish: Wish, language: str) -> Staged:
        """A file that waits, and how its first lines would be read. Raises NotThereError, and
        HandingInError for a wish that is none."""
        with self._reading.connect() as connection:
            file = _found(connection, uid)
        trying = self._tried()
        form = self._form(wish)
        lines = [
            line for one in self._inbox.after(STAGED + uid, 0, 1, 1) for line in one.parcel.lines
        ]
        now, tenant = self._now(), wish.tenant or None
        trial = trying.try_lines(lines, form, now, language, tenant)
        return Staged(file=file, name=wish.name or name_of(file.file), trial=trial)

    @allowed(Operation.SOURCES_WRITE)
    def take(self, actor: Actor, uid: str, wish: Wish) -> str:
        """Have a file read that waits, by a source of its own or one that files were given to
        before; its name. Raises NotThereError, HandingInError."""
        self._form(wish)
        now = self._now()
        with self._database.begin() as connection:
            file = _found(connection, uid)
            name = self._free(connection, wish.name or name_of(file.file), HANDED_IN)
            before = table.one(connection, name)
            made = _made(wish, name, HANDED_IN, now, actor, file.lines)
            if before is not None:
                made = structs.replace(
                    before, lines=before.lines + file.lines, changed=max(now, before.changed + 1)
                )
            table.keep(connection, made)
            self._record(connection, actor, made, "file", {"lines": file.lines, "file": file.file})
            if not table.hand_over(connection, uid, name, made.tenant, now):
                raise NotThereError("there is no such file")
        return name

    @allowed(Operation.SOURCES_WRITE)
    def discard(self, actor: Actor, uid: str) -> None:
        """Forget a file that waits. Raises NotThereError."""
        with self._database.begin() as connection:
            if not table.discard(connection, uid):
                raise NotThereError("there is no such file")

    @allowed(Operation.SOURCES_WRITE)
    def push(self, actor: Actor, wish: Wish) -> tuple[str, str]:
        """A source that others push to, and a key for it, which is shown this once: its name and
        the key. Raises HandingInError."""
        self._form(wish)
        now = self._now()
        if not wish.name:
            raise _no_name()
        with self._database.begin() as connection:
            name = self._free(connection, wish.name, PUSHED)
            if table.one(connection, name) is not None:
                raise _is_there(name)
        tenant = wish.tenant or None
        try:
            key = self._keys.create(
                actor, name, [Operation.EVENTS_WRITE], tenant=tenant, source=name
            )
        except ApiKeyError as error:
            raise HandingInError(error.text.en, error.text.fr) from error
        with self._database.begin() as connection:
            made = _made(wish, name, PUSHED, now, actor, 0)
            table.keep(connection, made)
            self._record(connection, actor, made, "push", {})
        return name, key

    @allowed(Operation.SOURCES_WRITE)
    def remove(self, actor: Actor, name: str) -> None:
        """Read a source that was added no more. Raises NotThereError."""
        with self._database.begin() as connection:
            before = table.one(connection, name)
            if before is None or not table.remove(connection, name):
                raise NotThereError("there is no such source")
            self._record(connection, actor, before, "remove", {})

    @allowed(Operation.SOURCES_READ)
    def added(self, actor: Actor) -> dict[str, AddedSource]:
        """The sources that were added, by name."""
        with self._reading.connect() as connection:
            return {one.name: one for one in table.added(connection)}

    def _tried(self) -> Trying:
        if self._trying is None:
            self._trying = self._open()
        return self._trying

    def _form(self, wish: Wish) -> Format:
        """The format that is wished for. Raises HandingInError for a wish that is none."""
        if wish.tenant != bounded(wish.tenant.strip()):
            raise HandingInError("this is no tenant's name", "ce n'est pas un nom de client")
        try:
            return self._tried().form(wish.format, wish.zone)
        except UnknownFormatError as error:
            raise HandingInError("there is no such format", "il n'y a pas de tel format") from error
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise HandingInError(
                "there is no such time zone: one such as Europe/Paris is meant",
                "il n'y a pas de tel fuseau horaire\u00a0: par exemple Europe/Paris",
            ) from error

    def _put(self, file: IO[bytes], uid: str) -> tuple[int, int]:
        """Put a file's lines into the inbox: how many, and their bytes."""
        terms = self._inbox.terms() or Terms()
        room = terms.most - self._inbox.waiting().size
        lines = size = held = 0
        parcels: list[Parcel] = []
        for parcel in parcels_of(file, STAGED + uid, uid[:8]):
            parcels.append(parcel)
            lines += len(parcel.lines) + len(parcel.rejects)
            held += sum(map(len, parcel.lines))
            if held >= _AT_ONCE:
                self._inbox.put(parcels, self._now())
                size, held, parcels = size + held, 0, []
                if size > room * _PACKS:
                    raise _full()
        self._inbox.put(parcels, self._now())
        if not lines:
            raise HandingInError("the file is empty", "le fichier est vide")
        return lines, size + held

    def _forget_old(self) -> None:
        with self._database.begin() as connection:
            for uid in table.staged_before(connection, self._now() - FORGOTTEN):
                table.discard(connection, uid)

    def _free(self, connection: Connection, name: str, way: str) -> str:
        """The name, where such a source may have it. Raises HandingInError."""
        if not _NAME.match(name):
            raise _no_name()
        before = table.one(connection, name)
        is_taken = name in self._taken if before is None else before.way != way
        if is_taken:
            raise _is_there(name)
        if before is None and table.mark(connection)[0] >= MOST:
            raise HandingInError(
                f"there are {MOST} added sources already: remove some",
                f"il y a déjà {MOST} sources ajoutées\u00a0: retirez-en",
            )
        return name

    def _record(
        self,
        connection: Connection,
        actor: Actor,
        source: AddedSource,
        done: str,
        more: dict[str, object],
    ) -> None:
        told = {"done": done, "format": source.format, **more}
        record(
            connection,
            actor,
            Operation.SOURCES_WRITE,
            f"source:{source.name}",
            tenant=source.tenant,
            content=told,
        )


_PACKS: Final = 8
"""Lines of logs take so much less in the inbox, about."""


def name_of(file: str) -> str:
    """A source's name after a file's: the same for the same file, so that nothing is doubled when
    it is handed in again."""
    path = PurePath(file)
    while path.suffix.lower() in _ENDINGS:
        path = path.with_suffix("")
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.name).strip("-._")[:64]
    return plain if _NAME.match(plain) else "log"


def _made(wish: Wish, name: str, way: str, now: int, actor: Actor, lines: int) -> AddedSource:
    return AddedSource(
        name=name,
        way=way,
        format=wish.format,
        zone=wish.zone,
        tenant=wish.tenant or None,
        lines=lines,
        added=now,
        changed=now,
        actor=actor.reference,
    )


def _found(connection: Connection, uid: str) -> StagedFile:
    file = table.staged(connection, uid)
    if file is None:
        raise NotThereError("there is no such file")
    return file


def _no_name() -> HandingInError:
    return HandingInError(
        "name the source: letters, digits, and _ . - between them, up to 64",
        "nommez la source\u00a0: lettres, chiffres, et _ . - entre eux, 64 au plus",
    )


def _is_there(name: str) -> HandingInError:
    return HandingInError(
        f"there is a source called {name} already: take another name",
        f"il y a déjà une source nommée {name}\u00a0: prenez un autre nom",
    )


def _full() -> HandingInError:
    return HandingInError(
        "too much waits to be read at this moment: try again later",
        "trop de lignes attendent d'être lues en ce moment\u00a0: réessayez plus tard",
    )
