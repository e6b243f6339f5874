"""The first half of a round: what the logs show of accounts, which so come into the directory."""

from collections.abc import Iterable
from typing import Final

from msgspec import structs

from detectors.core.fold import Cell
from detectors.core.identity import Subject, first_id
from monitor.directory.account import account_id, fold
from monitor.engine import Beside
from monitor.hygiene import kept
from monitor.hygiene.facts import RECENT, mask_of
from monitor.hygiene.kept import Kept
from monitor.hygiene.sighting import Sighting, seen, together, without_old_programs
from monitor.store import restrictions
from monitor.store.directory import DirectoryTable, Seen
from monitor.store.hygiene import HygieneRow, HygieneTable

AT_ONCE: Final = 250
"""Accounts looked at in one step."""
EVENTS: Final = 12
"""Of each account so many of its latest events are read, for its programs and names."""


class Looking:
    """Goes through the accounts that were in use since event time `since` (ms), a part at a time.

    Whoever only failed to sign in is no account: names can be made up without end.
    """

    def __init__(self, since: int, now: int) -> None:
        self._since = first_id(since)
        self._now = now
        self._after: int | None = None

    def step(self, beside: Beside) -> bool:
        """Look at some; whether there are more."""
        connection = beside.writing.connection
        table = HygieneTable(connection)
        bodies, self._after = table.snapshots(self._after, self._since, AT_ONCE)
        withheld = restrictions.standing(connection)
        cells = [
            cell
            for body in bodies
            if (cell := beside.cells.profile_in(body)) is not None
            and cell.profile.uses
            and (cell.subject.tenant, cell.subject.uid) not in withheld
        ]
        shown = [(cell.subject, _sighting(table, cell)) for cell in cells]
        self._keep(beside, table, shown)
        return self._after is not None

    def _keep(
        self, beside: Beside, table: HygieneTable, shown: list[tuple[Subject, Sighting]]
    ) -> None:
        owners = _owners(beside, table, [of for of, _ in shown])
        absent = table.absent(set(owners.values()))
        DirectoryTable(beside.writing.connection).add_seen(
            (
                Seen(of.tenant, of.uid, next(iter(told.names), ""))
                for of, told in shown
                if owners[of] in absent
            ),
            self._now,
        )
        former = {key: kept.read(body) for key, body in table.of(owners.values()).items()}
        now: dict[bytes, tuple[Subject, Sighting]] = {}
        for of, told in shown:
            key = owners[of]
            first = now.get(key)
            now[key] = (of, told) if first is None else (first[0], together(first[1], told))
        table.put(
            _row(key, of, told, former.get(key), self._now) for key, (of, told) in now.items()
        )


def _sighting(table: HygieneTable, cell: Cell) -> Sighting:
    subject = cell.subject
    events = [
        event
        for event in table.latest_events(subject.key(), EVENTS)
        if (event.tenant, event.account) == (subject.tenant, subject.uid)
    ]
    return seen(cell.profile, events)


def _owners(
    beside: Beside, table: HygieneTable, subjects: Iterable[Subject]
) -> dict[Subject, bytes]:
    """The accounts of the directory that these are: by their uid, else by another name."""
    owners = {subject: account_id(subject.tenant, subject.uid) for subject in subjects}
    named = [subject for subject in owners if beside.listings.is_other_name(subject)]
    strangers = table.absent([owners[subject] for subject in named])
    directory = DirectoryTable(beside.writing.connection)
    for subject in named:
        if owners[subject] in strangers:
            known = directory.by_names(subject.tenant, [subject.uid])
            owners[subject] = known.get(fold(subject.uid), owners[subject])
    return owners


def _row(key: bytes, of: Subject, told: Sighting, former: Kept | None, now: int) -> HygieneRow:
    before = kept.NOTHING if former is None else former
    # Sessions are as the profile has them now: what was open before may have ended.
    merged = together(structs.replace(before.sighting, since=0, until=0), told)
    made = Kept(without_old_programs(merged, now - RECENT), before.said)
    facts = mask_of({one.fact: one for one in made.said})
    return HygieneRow(key, of.tenant, of.uid, facts, merged.last, kept.encode(made))
