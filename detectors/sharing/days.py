"""Day by day, how an account was used and what the model of sharing made of it: the detector's own
reckoning, folded anew from events.

Nothing here counts people. What a log shows are machines, and how likely several people are.
"""

from collections.abc import Iterable
from typing import Any, cast

from msgspec import Struct

from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.detector import About, Detector
from detectors.core.event import DAY, Event
from detectors.core.finding import Finding
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.sharing.features import is_named
from detectors.sharing.usage import COMPUTER, HANDHELD, UNNAMED, Today, Usage

_SLOTS = 48


class UsedDay(Struct, frozen=True, kw_only=True):
    """One day on which the account was used: `day` is the first ms (since 1970) of the UTC day
    that it is nearest to, for an account's days begin where it is quiet (`Usage.cut`).

    `computers` and `handhelds` are machines that a person's hand was at, `at_once` the most
    computers in one half-hour. `odds` is what the model let count by the evening, in nats for
    several people against one; None where it said nothing. `is_named`: the log tells devices apart.
    """

    day: int
    computers: int
    handhelds: int
    at_once: int
    odds: float | None
    is_named: bool


def used_days(
    events: Iterable[Event],
    subject: Subject,
    detector: AccountSharing,
    context: Context,
    until: int,
) -> list[UsedDay]:
    """The days that are over by `until` (ms), oldest first, of these events in their order; what
    was before the first of them is not known."""
    watched = _Watched(detector)
    fold = Fold(SubjectKind.ACCOUNT, [cast(Detector[Any], watched)], context)
    cell = fold.fresh(subject)
    for event in events:
        fold.observe(cell, event)
    fold.advance(cell, until)
    return watched.days


class _Watched:
    """The detector, and what each day came to."""

    def __init__(self, detector: AccountSharing) -> None:
        # Of the object: the class is no detector that anybody finds.
        self.about: About = detector.about
        self.state: type[Usage] = Usage
        self.parameters = detector.parameters
        self.days: list[UsedDay] = []
        self._detector = detector

    def observe(
        self, event: Event, subject: Subject, state: Usage, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        day, today = state.day, state.today
        found = self._detector.observe(event, subject, state, profile, context)
        self._note(day, today, state, context)
        return found

    def tick(
        self, until: int, subject: Subject, state: Usage, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        day, today = state.day, state.today
        found = self._detector.tick(until, subject, state, profile, context)
        self._note(day, today, state, context)
        return found

    def waits(self, state: Usage) -> bool:
        return self._detector.waits(state)

    def _note(self, day: int, today: Today, state: Usage, context: Context) -> None:
        """Note the day that was going on, where it is over."""
        if state.today is not today and today.seats:
            self.days.append(self._day(day, today, state, context))

    def _day(self, day: int, today: Today, state: Usage, context: Context) -> UsedDay:
        said = self._detector.reckon(state, context)
        return UsedDay(
            day=day * DAY,
            computers=_machines(today, COMPUTER, UNNAMED),
            handhelds=_machines(today, HANDHELD),
            at_once=_at_once(today),
            odds=None if said is None else said.strength,
            is_named=is_named(state),
        )


def _machines(today: Today, *forms: int) -> int:
    return len({seat.machine for seat in today.seats.values() if seat.form in forms})


def _at_once(today: Today) -> int:
    """The most computers that were at work in one half-hour."""
    slots: dict[str, int] = {}
    for seat in today.seats.values():
        if seat.form in (COMPUTER, UNNAMED):
            slots[seat.machine] = slots.get(seat.machine, 0) | seat.slots
    return max((sum(slot >> at & 1 for slot in slots.values()) for at in range(_SLOTS)), default=0)
