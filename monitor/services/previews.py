"""What a list would do to the directory, written down a part at a time for somebody to look at."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from msgspec import structs
from sqlalchemy import Engine

from detectors.core.detector import Text
from monitor.directory.account import Account, AccountChanges, account_id
from monitor.directory.comparing import (
    Compared,
    Comparison,
    Surroundings,
    There,
    missing,
    too_many_missing,
)
from monitor.directory.importing import Import, ImportState, Missing, Outcome
from monitor.directory.sheet.reading import Line, Sheet
from monitor.store.connection import reading
from monitor.store.directory import DirectoryTable
from monitor.store.imports import ImportTable

_AT_ONCE: Final = 500
Progress = Callable[[int], None]
"""Told how many lines were read."""


class Preview:
    """Compares one list with the directory, and keeps what it comes to as the rows of an import.

    Each part is read beside whoever else writes, and kept in a short transaction of its own.
    """

    def __init__(self, engine: Engine, number: int, at: int) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._number = number
        self._at = at
        self._counting = _Counting()

    def write(
        self,
        sheet: Sheet,
        told: Import,
        *,
        may_except: bool,
        missing_at_most: int | None,
        progress: Progress | None,
    ) -> None:
        """Read all of it. Raises DirectoryError."""
        comparison = Comparison(self._at, may_except=may_except)
        lines = sheet.lines()
        while part := list(islice(lines, _AT_ONCE)):
            with self._reading.connect() as connection:
                around = _surroundings(DirectoryTable(connection), part)
            self._keep(comparison.compare(part, around))
            if progress is not None:
                progress(self._counting.lines)
        self._end(told, self._refusal(told.missing, missing_at_most))

    def _refusal(self, wanted: Missing, at_most: int | None) -> Text | None:
        if self._counting.lines == 0:
            return Text("the list has no lines", "la liste n'a aucune ligne")
        if wanted is not Missing.OFFBOARD:
            return None
        if self._counting.unclear:
            return _unclear(self._counting.unclear)
        with self._reading.connect() as connection:
            people = ImportTable(connection).people(self._number)
        self._add_missing()
        count = self._counting.counts.get(Outcome.MISSING, 0)
        return too_many_missing(count, people, at_most)

    def _add_missing(self) -> None:
        after = b""
        while True:
            with self._reading.connect() as connection:
                part = ImportTable(connection).not_named(self._number, after, _AT_ONCE)
            if not part:
                return
            after = part[-1].id
            found = [missing(There(one.account, one.version), self._at) for one in part]
            kept = [one for one in found if one is not None]
            self._counting.spared += len(found) - len(kept)
            self._keep(kept)

    def _keep(self, compared: Sequence[Compared]) -> None:
        kept = [one for one in compared if not self._counting.add(one)]
        with self._engine.begin() as connection:
            first = self._counting.first(len(kept))
            ImportTable(connection).add_rows(self._number, first, kept)

    def _end(self, told: Import, refusal: Text | None) -> None:
        met = self._counting
        told = structs.replace(
            told,
            lines=met.lines,
            repeated=met.repeated,
            spared=met.spared,
            counts=dict(met.counts),
            refusal=refusal,
        )
        with self._engine.begin() as connection:
            ImportTable(connection).put(self._number, ImportState.PREVIEWED, told, None)


class _Counting:
    """What was met so far in a list."""

    def __init__(self) -> None:
        self.lines = self.repeated = self.unclear = self.spared = 0
        self.counts: dict[Outcome, int] = {}
        self._next = 1

    def add(self, compared: Compared) -> bool:
        """Count one; whether it repeats one before, and is not to be kept."""
        if compared.outcome is not Outcome.MISSING:
            self.lines += 1
        if compared.repeats:
            self.repeated += 1
            return True
        self.counts[compared.outcome] = self.counts.get(compared.outcome, 0) + 1
        self.unclear += compared.outcome is Outcome.REFUSED and compared.id is None
        return False

    def first(self, count: int) -> int:
        """The number of the first of so many rows."""
        self._next += count
        return self._next - count


def _surroundings(table: DirectoryTable, lines: Sequence[Line]) -> Surroundings:
    known = [one for one in lines if one.tenant and one.uid]
    stored = table.accounts_of(account_id(one.tenant, one.uid) for one in known)
    names: dict[tuple[str, str], bytes] = {}
    externals: dict[tuple[str, str, str], bytes] = {}
    for tenant in {one.tenant for one in known}:
        those: list[AccountChanges | Account] = [
            *(one.changes for one in known if one.tenant == tenant),
            *(one.account for one in stored.values() if one.account.tenant == tenant),
        ]
        aliases = [name for one in those if isinstance(one.aliases, tuple) for name in one.aliases]
        ids = [
            (provider, value)
            for one in those
            if isinstance(one.external, dict)
            for provider, value in one.external.items()
            if value is not None
        ]
        names |= {(tenant, n): holder for n, holder in table.by_names(tenant, aliases).items()}
        found = table.by_externals(tenant, ids)
        externals |= {(tenant, *pair): holder for pair, holder in found.items()}
    accounts = {key: There(one.account, one.version) for key, one in stored.items()}
    return Surroundings(accounts, names, externals)


def _unclear(count: int) -> Text:
    return Text(
        f"{count} lines name no account that can be read: it may be among those that would be "
        "offboarded",
        f"{count} lignes ne nomment aucun compte lisible\u00a0: il pourrait être parmi ceux qui "
        "seraient clos",
    )
