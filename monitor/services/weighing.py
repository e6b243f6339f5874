"""How many people seem to use an account, over time: what the engine reckons, and nothing more.

The model of sharing is folded anew over the account's stored events, a bounded number of them, and
what the engine said of the account stands beside it. Nobody is counted: a log shows machines.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from math import exp, log
from typing import Final, NamedTuple

from msgspec import Struct, structs

from detectors.account_sharing import LEAST, AccountSharing, Parameters
from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject
from detectors.sharing.days import UsedDay, used_days
from monitor.store.reading import Reading

MOST: Final = 10_000
"""Events that are folded while somebody waits: some tenths of a second."""
_MOST_SAID: Final = 100
_NAME: Final = AccountSharing.about.name


class Weigher(NamedTuple):
    """The detector as the settings have it, and its models."""

    detector: AccountSharing
    context: Context


class Verdict(StrEnum):
    """What the model comes to at the end of the last day."""

    SEVERAL = "several"
    ONE = "one"
    OPEN = "open"
    SILENT = "silent"
    """Too little was seen, or nothing unlike one person at one machine."""


class Said(Struct, frozen=True, kw_only=True):
    """What the engine said at a time (ms): so many times as likely of several people as of one, by
    so many active days. `withdrawn`: later events explain it."""

    time: int
    odds: float
    days: int
    withdrawn: bool


class Weighed(Struct, frozen=True, kw_only=True):
    """The days of an account's use, oldest first, and what the engine said, oldest first.

    `events` were read, from `since` (ms; None without any) on; `is_all`: these are all that are
    stored. `odds` is the model's last word, so many times as likely of several people as of one,
    None where it says nothing. `most_at_once` is the most computers in one half-hour, on `most_on`
    (ms). Both are measured as the engine's last word was, against what the model says of the
    tenant's people as a rule.
    """

    days: list[UsedDay]
    said: list[Said]
    events: int
    since: int | None
    is_all: bool
    verdict: Verdict
    odds: float | None
    most_at_once: int
    most_on: int | None
    needs: int
    """Active days before which the model says nothing."""
    has_model: bool


class Weighing:
    """Of one database. Safe to share between threads."""

    def __init__(self, reading: Reading, opens: Callable[[], Weigher]) -> None:
        """`opens` makes ready what weighs, when it is first asked for."""
        self._reading = reading
        self._opens = opens

    @cached_property
    def _weigher(self) -> Weigher:
        return self._opens()

    def of(self, subject: Subject, now: int, most: int = MOST) -> Weighed:
        """An account's, at `now` (ms)."""
        events, is_all = self._reading.folded(subject, most)
        detector, context = self._weigher
        found = self._reading.findings_on(subject, _MOST_SAID, _NAME)
        usual = next((log(_usual(one.finding)) for one in found if not one.withdrawn), 0.0)
        days = [
            _against(day, usual, detector.parameters)
            for day in used_days(events, subject, detector, context, now)
        ]
        odds = days[-1].odds if days else None
        busiest = max(days, key=lambda one: one.at_once, default=None)
        return Weighed(
            days=days,
            said=[_said(one.finding, withdrawn=one.withdrawn) for one in reversed(found)],
            events=len(events),
            since=_since(events),
            is_all=is_all,
            verdict=_verdict(odds),
            odds=None if odds is None else exp(odds),
            most_at_once=0 if busiest is None else busiest.at_once,
            most_on=None if busiest is None else busiest.day,
            needs=detector.parameters.days,
            has_model=bool(context.models),
        )


def _usual(said: Finding) -> float:
    return float(said.evidence.facts.get("usual") or 1.0)


def _against(day: UsedDay, usual: float, given: Parameters) -> UsedDay:
    if day.odds is None:
        return day
    return structs.replace(day, odds=given.bounded(day.odds - usual))


def _since(events: list[Event]) -> int | None:
    return events[0].time if events else None


def _verdict(odds: float | None) -> Verdict:
    if odds is None:
        return Verdict.SILENT
    if abs(odds) < LEAST:
        return Verdict.OPEN if odds >= 0 else Verdict.ONE
    return Verdict.SEVERAL if odds > 0 else Verdict.ONE


def _said(one: Finding, *, withdrawn: bool) -> Said:
    facts = one.evidence.facts
    return Said(
        time=one.time,
        odds=float(facts.get("odds") or 1.0),
        days=int(facts.get("days") or 0),
        withdrawn=withdrawn,
    )
