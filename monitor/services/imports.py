"""Lists of accounts taken over: shown first, decided on by a person, applied at once or not at all,
and undone as a whole."""

from collections.abc import Callable, Iterator, Sequence
from typing import IO, Final

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from detectors.core.event import DAY, HOUR
from monitor.clock import now_ms
from monitor.directory.importing import (
    PREVIEW_HOURS,
    UNDO_DAYS,
    Import,
    ImportState,
    Missing,
    Outcome,
)
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.reading import HEADINGS, Reading, Sheet, cells_of
from monitor.export.csv import document
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.previews import Preview, Progress
from monitor.services.refusal import NotThereError, TakenError
from monitor.services.takeover import put_back, take_over
from monitor.store.connection import reading
from monitor.store.directory import AccountFilter, DirectoryTable
from monitor.store.imports import ImportTable, StoredImport, StoredRow, forget_old

MOST: Final = 200
"""Rows or imports of one page."""


class Wish(Struct, frozen=True, kw_only=True):
    """How a list is to be taken: how it is read, what becomes of accounts that it does not name,
    and how many of those there may be where they are more than a few."""

    reading: Reading = Reading()
    missing: Missing = Missing.KEEP
    missing_at_most: int | None = None


class Imports:
    """Lists of accounts for one directory. Safe to share between threads."""

    def __init__(self, engine: Engine, now: Callable[[], int] = now_ms) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._now = now

    @allowed(Operation.DIRECTORY_IMPORT)
    def preview(
        self,
        actor: Actor,
        given: IO[bytes],
        file: str,
        wish: Wish | None = None,
        progress: Progress | None = None,
    ) -> StoredImport:
        """Read a list, which can be read twice, and keep what it would do; nothing else changes.

        `progress` is told how many lines were read. Raises DirectoryError for what is no list of
        accounts, and NotThereError for a list for another tenant.
        """
        wish = wish or Wish()
        bound, at = within(actor), self._now()
        if bound is not None and wish.reading.tenant not in (None, bound):
            raise NotThereError("there is no such tenant")
        read = structs.replace(wish.reading, tenant=bound or wish.reading.tenant, at=at)
        sheet = Sheet(given, read)
        told = Import(
            file=file[:200],
            actor=actor.reference,
            encoding=sheet.decoded.encoding,
            delimiter=sheet.columns.delimiter,
            columns=sheet.columns.told,
            ignored=sheet.columns.ignored,
            remarks=() if sheet.decoded.remark is None else (sheet.decoded.remark,),
            missing=wish.missing,
        )
        with self._engine.begin() as connection:
            forget_old(connection, at)
            number = ImportTable(connection).create(read.tenant, told, at)
        try:
            Preview(self._engine, number, at).write(
                sheet,
                told,
                may_except=permits(actor, Operation.DIRECTORY_AUTHORISE),
                missing_at_most=wish.missing_at_most,
                progress=progress,
            )
        except DirectoryError:
            self._end(number, told, ImportState.DISCARDED, at)
            raise
        return self._found(number)

    @allowed(Operation.DIRECTORY_IMPORT)
    def all(self, actor: Actor, limit: int = 20) -> list[StoredImport]:
        """Imports, the last first."""
        with self._reading.connect() as connection:
            return ImportTable(connection).last(within(actor), min(limit, MOST))

    @allowed(Operation.DIRECTORY_IMPORT)
    def get(self, actor: Actor, number: int) -> StoredImport:
        """One import. Raises NotThereError."""
        with self._reading.connect() as connection:
            return self._import(connection, actor, number)

    @allowed(Operation.DIRECTORY_IMPORT)
    def rows(
        self,
        actor: Actor,
        number: int,
        outcomes: Sequence[Outcome],
        after: int = 0,
        limit: int = 50,
    ) -> list[StoredRow]:
        """What lines of an import come to, in the list's order, those behind `after`."""
        with self._reading.connect() as connection:
            self._import(connection, actor, number)
            table = ImportTable(connection)
            return table.rows(number, outcomes, after, min(max(limit, 1), MOST))

    @allowed(Operation.DIRECTORY_IMPORT)
    def apply(self, actor: Actor, number: int) -> StoredImport:
        """Take an import over as it was shown, in one transaction.

        Raises NotThereError; TakenError for one that was decided on, waited too long or may not be
        taken over; StaleError where the directory changed meanwhile in what it touches.
        """
        at = self._now()
        with self._engine.begin() as connection:
            stored = self._import(connection, actor, number, lock=True)
            self._check_applicable(stored, at)
            taken = take_over(connection, actor, number, at)
            told = structs.replace(stored.told, tenants=taken.tenants)
            ImportTable(connection).put(number, ImportState.APPLIED, told, at)
            self._record(connection, actor, stored, "applied", {"rows": taken.digest})
        return self._found(number)

    @allowed(Operation.DIRECTORY_IMPORT)
    def undo(self, actor: Actor, number: int) -> StoredImport:
        """Put back what an import changed, but for accounts that were changed since, which are
        counted. Raises NotThereError, and TakenError for one that cannot be undone."""
        at = self._now()
        with self._engine.begin() as connection:
            stored = self._import(connection, actor, number, lock=True)
            decided = stored.decided or 0
            if stored.state is not ImportState.APPLIED or decided < at - UNDO_DAYS * DAY:
                raise _decided(number, stored.state)
            skipped = put_back(connection, number, at)
            DirectoryTable(connection).remove_bare_tenants(stored.told.tenants)
            told = structs.replace(stored.told, skipped=skipped)
            ImportTable(connection).put(number, ImportState.UNDONE, told, at)
            self._record(connection, actor, stored, "undone", {"skipped": skipped})
        return self._found(number)

    @allowed(Operation.DIRECTORY_IMPORT)
    def discard(self, actor: Actor, number: int) -> StoredImport:
        """Forget what an import would do. Raises NotThereError, TakenError for one that was
        applied."""
        with self._engine.begin() as connection:
            stored = self._import(connection, actor, number, lock=True)
            if stored.state not in (ImportState.PREVIEWED, ImportState.READING):
                raise _decided(number, stored.state)
            ImportTable(connection).forget_rows(number)
            ImportTable(connection).put(number, ImportState.DISCARDED, stored.told, self._now())
        return self._found(number)

    @allowed(Operation.DIRECTORY_EXPORT)
    def export(
        self, actor: Actor, tenant: str | None = None, delimiter: str = ","
    ) -> Iterator[bytes]:
        """The accounts as a list that `preview` reads, a piece at a time; that it was taken out is
        recorded first."""
        bound = within(actor)
        if bound is not None and tenant not in (None, bound):
            raise NotThereError("there is no such tenant")
        wanted = AccountFilter(tenant=bound or tenant)
        with self._engine.begin() as connection:
            record(connection, actor, Operation.DIRECTORY_EXPORT, "accounts", tenant=wanted.tenant)
        return self._written(wanted, delimiter)

    @staticmethod
    def _check_applicable(stored: StoredImport, at: int) -> None:
        if stored.state is not ImportState.PREVIEWED:
            raise _decided(stored.id, stored.state)
        if stored.created < at - PREVIEW_HOURS * HOUR:
            raise TakenError(
                f"import {stored.id} waited too long: read the list again",
                f"l'import {stored.id} a trop attendu\u00a0: relisez la liste",
            )
        if stored.told.refusal is not None:
            raise TakenError(stored.told.refusal.en, stored.told.refusal.fr)

    def _written(self, wanted: AccountFilter, delimiter: str) -> Iterator[bytes]:
        with self._reading.connect() as connection:
            table = DirectoryTable(connection)
            providers = table.providers(wanted.tenant)
            heading = [*HEADINGS, *(f"external.{provider}" for provider in providers)]
            rows = (cells_of(one.account, providers) for one in table.every(wanted))
            yield from document(_chain(heading, rows), delimiter)

    @staticmethod
    def _import(
        connection: Connection, actor: Actor, number: int, *, lock: bool = False
    ) -> StoredImport:
        found = ImportTable(connection).get(number, lock=lock)
        bound = within(actor)
        if found is None or (bound is not None and found.tenant != bound):
            raise NotThereError("there is no such import")
        return found

    def _found(self, number: int) -> StoredImport:
        with self._reading.connect() as connection:
            found = ImportTable(connection).get(number)
        if found is None:
            raise NotThereError("there is no such import")
        return found

    def _end(self, number: int, told: Import, state: ImportState, at: int) -> None:
        with self._engine.begin() as connection:
            ImportTable(connection).forget_rows(number)
            ImportTable(connection).put(number, state, told, at)

    @staticmethod
    def _record(
        connection: Connection,
        actor: Actor,
        stored: StoredImport,
        what: str,
        more: dict[str, object],
    ) -> None:
        counts = {outcome.value: count for outcome, count in stored.told.counts.items()}
        record(
            connection,
            actor,
            Operation.DIRECTORY_IMPORT,
            f"import:{stored.id}",
            tenant=stored.tenant,
            content={"file": stored.told.file, "what": what, "counts": counts, **more},
        )


def _decided(number: int, state: ImportState) -> TakenError:
    return TakenError(
        f"import {number} is {state.value}: that cannot be done with it any more",
        f"l'import {number} a déjà été traité\u00a0: ce n'est plus possible",
    )


def _chain(heading: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield heading
    yield from rows
