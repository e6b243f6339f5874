"""The sign-ins, a day after the other and in the order of their time, as the engine stores them."""

import random
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.seeding.people import BUSY, People, Person, Station, abroad
from benchmarks.seeding.scale import Scale
from detectors.core.event import DAY, HOUR, Activity, FailureReason, Outcome, SignIn
from monitor.store.writing import EventRow, encode_event

SOURCE: Final = 1
_KEPT: Final = 120
"""Sign-ins of an account that a finding can point to."""
_EACH: Final = 1.2
"""Incidents that an anchor comes to: of use and of guesses apart."""
_FAILS: Final = 0.04
_STRAYS: Final = 0.002
_BUSY: Final = 0.01
"""The part of incidents that is about the account which signs in the most."""


class Anchor(NamedTuple):
    """Where an incident begins: an account's sign-in with those before it, the newest last."""

    person: Person
    time: int
    events: tuple[SignIn, ...]


class SignIns:
    """Makes them, and notes of which of them something is to be found."""

    def __init__(self, scale: Scale, people: People) -> None:
        self._scale, self._people = scale, people
        self._chance = random.Random(f"sign-ins {scale.seed}")  # noqa: S311 - always the same
        self._keys = [person.subject.key() for person in people.all]
        self._last: dict[int, deque[SignIn]] = {}
        self._every = scale.sign_ins / scale.incidents * _EACH
        self._made = 0
        self._taken: set[bytes] = set()
        self._has_long = False

    def days(self) -> Iterator[tuple[list[EventRow], list[Anchor]]]:
        """The rows of each day, and the anchors among them."""
        left = self._scale.sign_ins
        for day in range(self._scale.days):
            many = left // (self._scale.days - day)
            left -= many
            yield self._day(self._scale.since + day * DAY, many)

    def _day(self, start: int, many: int) -> tuple[list[EventRow], list[Anchor]]:
        chance, people = self._chance, self._people.all
        times = sorted(_time(chance, start) for _ in range(many))
        who = chance.choices(range(len(people)), cum_weights=self._people.weights, k=many)
        rows: list[EventRow] = []
        anchors: list[Anchor] = []
        for time, number in zip(times, who, strict=True):
            event = self._sign_in(people[number], time)
            rows.append((event.id, self._keys[number], None, SOURCE, False, encode_event(event)))
            if (found := self._anchor(people[number], event)) is not None:
                anchors.append(found)
        return rows, anchors

    def _sign_in(self, person: Person, time: int) -> SignIn:
        chance = self._chance.random()
        station = person.stations[0 if chance < 0.8 else -1]
        fails = chance < _FAILS
        if chance > 1 - _STRAYS:
            station = abroad(self._chance)
        identifier = _identifier(time, self._chance.getrandbits(74))
        return _made(identifier, person, station, time, self._made, fails=fails)

    def _is_kept(self, last: deque[SignIn]) -> bool:
        if len(last) == _KEPT and not self._has_long:
            self._has_long = True
            return True
        return self._chance.random() < _BUSY / BUSY

    def _anchor(self, person: Person, event: SignIn) -> Anchor | None:
        self._made += 1
        last = self._last.setdefault(person.number, deque(maxlen=_KEPT if not person.number else 4))
        last.append(event)
        is_due = self._made % self._every < 1
        if not is_due:
            return None
        if not person.number and not self._is_kept(last):
            # Somebody else's, then.
            other = self._chance.randrange(len(self._people.all))
            person, last = self._people.all[other], self._last.get(other, last)
            person = person if other in self._last else self._people.all[0]
        if last[-1].id in self._taken:
            return None
        self._taken.add(last[-1].id)
        return Anchor(person, last[-1].time, tuple(last))


def _made(
    identifier: bytes, person: Person, station: Station, time: int, number: int, *, fails: bool
) -> SignIn:
    day = time // DAY
    return SignIn(
        id=identifier,
        time=time,
        tenant=person.tenant,
        account=person.uid,
        account_name=person.email,
        source="idp",
        activity=Activity.LOGON if fails or number % 3 == 0 else Activity.OTHER,
        outcome=Outcome.FAILURE if fails else Outcome.SUCCESS,
        failure_reason=FailureReason.BAD_PASSWORD if fails else None,
        session=None if fails else f"{person.number:x}-{day:x}-{station.device.fingerprint[:4]}",
        ip=station.ip,
        user_agent=station.agent,
        mfa=person.number % 3 == 0,
        mfa_method="totp" if person.number % 3 == 0 else None,
        place=station.place,
        network=station.network,
        device=station.device,
        built=1,
    )


def _identifier(time: int, spread: int) -> bytes:
    """Of the shape of `timed_id`, without the digest that takes as long as all the rest."""
    high, low = spread >> 62, spread & ((1 << 62) - 1)
    return ((time << 80) | (7 << 76) | (high << 64) | (2 << 62) | low).to_bytes(16, "big")


def _time(chance: random.Random, start: int) -> int:
    """At work, most of them."""
    at = chance.gauss(13.0, 3.0) if chance.random() < 0.9 else chance.uniform(0.0, 24.0)
    return start + (int(min(max(at, 0.0), 23.999) * HOUR) - start) % DAY
