"""Joins what the log knows only by a name to the account of that name.

A name stands for the account that the directory gives it to; else for that of the oldest event in
which one bears it in its tenant, letter case aside, whatever came first. What came under the name
is given to that account when it becomes known.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from detectors.core.event import Event
from detectors.core.identity import digest64
from monitor.store.writing import NameRow, Renamed, Writing

_MAXIMUM_TOLD = 1_000_000
_MAXIMUM_KNOWN = 200_000
_DIRECTORY = bytes(16)
"""The event by which the directory's names are known: older than all."""


class Named(Struct):
    """Events with their accounts settled, beside the name key of those that tell a name only."""

    events: list[Event]
    name_keys: list[int | None]
    renamed: list[Renamed]


def name_key(tenant: str, name: str) -> int:
    """The key of a name in a tenant, letter case aside."""
    return digest64("name", tenant, name.casefold())


class Naming:
    """The names met so far; a cache of the table `names`."""

    def __init__(self) -> None:
        self._told: dict[int, bytes] = {}
        self._known: dict[int, str | None] = {}

    def settle(self, writing: Writing, events: Sequence[Event]) -> Named:
        """Learn the names that the events tell, and give events known by name their account."""
        renamed = self._learn(writing, events)
        if not any(event.account_by_name for event in events):
            return Named(list(events), [None] * len(events), renamed)
        keys = [
            name_key(event.tenant, event.account)
            if event.account_by_name and event.account
            else None
            for event in events
        ]
        self._look_up(writing, {key for key in keys if key is not None})
        settled: list[Event] = []
        for event, key in zip(events, keys, strict=True):
            account = None if key is None else self._known[key]
            settled.append(
                event if account is None else msgspec.structs.replace(event, account=account)
            )
        return Named(settled, keys, renamed)

    def learn(self, writing: Writing, told: Iterable[tuple[str, str, str]]) -> list[Renamed]:
        """Learn names from the directory, as (tenant, name, uid): they stand before what logs
        told. What moved from a name to its account."""
        accounts = {name_key(tenant, name): (tenant, uid) for tenant, name, uid in told}
        known = writing.names(accounts)
        new = {
            key: of
            for key, of in sorted(accounts.items())
            if key not in known or known[key] != NameRow(of[1], _DIRECTORY)
        }
        writing.put_names((key, *of, _DIRECTORY) for key, of in new.items())
        for key in new:
            self._known.pop(key, None)
        waiting = writing.names_with_events(new)
        return [one for key in sorted(waiting) for one in writing.rename_events(key, new[key][1])]

    def forget(self) -> None:
        """Drop the cache; the table is the truth."""
        self._told.clear()
        self._known.clear()

    def _learn(self, writing: Writing, events: Sequence[Event]) -> list[Renamed]:
        told: dict[int, Event] = {}
        for event in events:
            name = event.account_name
            if name is None or event.account_by_name or not event.account:
                continue
            mark = hash((event.tenant, name, event.account))
            before = self._told.get(mark)
            if before is not None and before <= event.id:
                continue
            self._told[mark] = event.id
            key = name_key(event.tenant, name)
            if key not in told or event.id < told[key].id:
                told[key] = event
        if len(self._told) > _MAXIMUM_TOLD:
            self._told.clear()
        if not told:
            return []
        known = writing.names(told)
        new = sorted(key for key in told if key not in known or told[key].id < known[key].first)
        writing.put_names((k, told[k].tenant, told[k].account, told[k].id) for k in new)
        for key in new:
            self._known.pop(key, None)
        changed = [
            key for key in new if key not in known or known[key].account != told[key].account
        ]
        waiting = writing.names_with_events(changed)
        return [
            one
            for key in changed
            if key in waiting
            for one in writing.rename_events(key, told[key].account)
        ]

    def _look_up(self, writing: Writing, keys: set[int]) -> None:
        if len(self._known) > _MAXIMUM_KNOWN:
            self._known.clear()
        missing = [key for key in keys if key not in self._known]
        if missing:
            found = writing.names(missing)
            for key in missing:
                self._known[key] = found[key].account if key in found else None
