"""Sign-ins that applications asked about, and the records of them in logs: each is one event.

What an application asks is an event without an outcome: it is kept and shown, counts as nothing,
and no detector sees it. A log's record of the same sign-in takes its place, whichever of the two
comes first and however late, so that the same log comes to the same findings with and without
questions. Where no log tells, the application may, and then it is an event like any other until a
record comes after all.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeGuard

from msgspec import Struct, field
from msgspec.structs import replace

from detectors.core.event import DAY, PENDING, SECOND, Event, SignIn, is_attempt
from detectors.core.identity import Subject, SubjectKind, first_id
from monitor.formats.own import ASKED
from monitor.store import sign_in_questions
from monitor.store.sign_in_questions import Unmet
from monitor.store.writing import Renamed, Writing

REACH: Final = 10 * SECOND
"""How far apart in event time (ms) question and record of one sign-in may be."""
UID_REACH: Final = DAY
"""The same where both bear one id."""
_MOST = 2_000
_ACCOUNT = SubjectKind.ACCOUNT


class Settled(Struct):
    """What comes of a batch's events, told by their places in it.

    `dropped` are those that are told of otherwise, `waiting` those that have no outcome. `again`
    are accounts that are to be folded again, as (tenant, account), and from which id. `counted` are
    ids of records whose sign-in was counted already, as their application had told the outcome.
    """

    dropped: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    again: list[tuple[tuple[str, str], bytes]] = field(default_factory=list)
    counted: set[bytes] = field(default_factory=set)


def is_asked(event: Event) -> TypeGuard[SignIn]:
    """Whether an application asked about this sign-in."""
    return event.source == ASKED and isinstance(event, SignIn)


def is_record(event: Event) -> TypeGuard[SignIn]:
    """Whether a log tells by this of a sign-in and how it ended."""
    return (
        isinstance(event, SignIn)
        and is_attempt(event)
        and bool(event.account)
        and event.source != ASKED
    )


def likeness(
    uid: str | None, session: str | None, ip: str | None, time: int, record: SignIn
) -> tuple[int, int] | None:
    """How well a record of the same account fits what was asked at a time (ms): the less the
    better; None where it is of another sign-in."""
    apart = abs(record.time - time)
    if uid is not None and uid == record.uid:
        return (0, apart) if apart <= UID_REACH else None
    if apart > REACH:
        return None
    same_session = None if None in (session, record.session) else session == record.session
    same_address = None if None in (ip, record.ip) else ip == record.ip
    if same_session:
        return 1, apart
    if same_address:
        return 2, apart
    return (3, apart) if same_session is None and same_address is None else None


def silent(event: Event) -> Event:
    """What names are learnt from: a question teaches none, as the log without it would not."""
    if not is_asked(event) or event.account_name is None:
        return event
    return replace(event, account_name=None)


def heard(told: Sequence[Event], settled: list[Event]) -> list[Event]:
    """Events with their accounts settled, and the names that `silent` kept from being learnt."""
    for place, event in enumerate(told):
        if event.source == ASKED and event.account_name is not None:
            settled[place] = replace(settled[place], account_name=event.account_name)
    return settled


class Questions:
    """The questions of one database, as the engine joins them with what logs tell."""

    def __init__(self) -> None:
        self._span: tuple[int, int] | None = None

    def load(self, writing: Writing) -> None:
        """Have since when and until when something was asked."""
        self._span = sign_in_questions.span(writing.connection)

    def rename(self, writing: Writing, renamed: Iterable[Renamed]) -> None:
        """Follow the accounts that are known now by more than their name."""
        if self._span is None:
            return
        for one in renamed:
            former, now = (
                (Subject(_ACCOUNT, one.tenant, uid).key(), uid) for uid in (one.name, one.account)
            )
            sign_in_questions.rename(writing.connection, one.tenant, former, now)

    def forget(self, writing: Writing, events: Iterable[Event]) -> None:
        """Keep nothing of what was asked about somebody who was erased since, and came here only
        now."""
        gone = [
            (event.id, Subject(_ACCOUNT, event.tenant, event.account).key())
            for event in events
            if is_asked(event)
        ]
        sign_in_questions.unask(writing.connection, gone)

    def settle(self, writing: Writing, events: Sequence[Event]) -> Settled | None:
        """Join a batch's events, in order of id and with their accounts settled, with what is
        stored. Rows of questions that a record takes the place of are deleted. None where nothing
        is to be done."""
        asked = [place for place, event in enumerate(events) if event.source == ASKED]
        if asked:
            self._reach([events[place].time for place in asked])
        if self._span is None:
            return None
        least, most = self._span[0] - UID_REACH, self._span[1] + UID_REACH
        records = [e for e in events if least <= e.time <= most and is_record(e)]
        if not asked and not records:
            return None
        return _Batch(writing, events).settled(asked, records)

    def _reach(self, times: list[int]) -> None:
        first, last = self._span or (times[0], times[0])
        self._span = min(first, *times), max(last, *times)


class _Batch:
    def __init__(self, writing: Writing, events: Sequence[Event]) -> None:
        self._writing = writing
        self._events = events
        self._found = Settled()
        self._met: list[tuple[bytes, bytes, int, str]] = []
        self._gone: set[bytes] = set()

    def settled(self, asked: list[int], records: list[SignIn]) -> Settled:
        by_account: dict[tuple[str, str], list[SignIn]] = {}
        for one in records:
            by_account.setdefault((one.tenant, one.account), []).append(one)
        self._settle_asked(asked, by_account)
        if by_account:
            self._settle_stored(by_account)
        sign_in_questions.meet(self._writing.connection, self._met)
        self._writing.drop_events(self._gone)
        return self._found

    def _settle_asked(
        self, places: list[int], records: dict[tuple[str, str], list[SignIn]]
    ) -> None:
        known = self._writing.events_by_id({self._events[place].id for place in places})
        latest = self._latest(places)
        for place in places:
            event = self._events[place]
            stored = known.get(event.id)
            if not isinstance(event, SignIn) or latest[event.id] != place:
                self._found.dropped.add(place)
                continue
            if isinstance(stored, SignIn) and PENDING in (event.outcome, stored.outcome):
                if event.outcome is PENDING:
                    self._found.dropped.add(place)
                    continue
                self._gone.add(event.id)
            elif stored is not None:
                self._found.dropped.add(place)
                continue
            record = self._record_of(event, records.get((event.tenant, event.account), ()))
            if record is not None:
                self._found.dropped.add(place)
                self._join(event.id, record)
            elif event.outcome is PENDING:
                self._found.waiting.add(place)

    def _latest(self, places: list[int]) -> dict[bytes, int]:
        """Of what one batch says twice of a sign-in: the first that says how it ended."""
        latest: dict[bytes, int] = {}
        for place in places:
            event = self._events[place]
            other = latest.get(event.id)
            if other is None or _is_pending(self._events[other]):
                latest[event.id] = place
        return latest

    def _record_of(self, asked: SignIn, fresh: Iterable[SignIn]) -> SignIn | None:
        reach = REACH if asked.uid is None else UID_REACH
        subject = Subject(_ACCOUNT, asked.tenant, asked.account)
        since, until = _first(asked.time - reach), _first(asked.time + reach + 1)
        stored = self._writing.events_between(subject, since, until, _MOST)
        if len(stored) == _MOST:
            # Of whom so much is told, that which is near is not among the first of a day.
            since, until = _first(asked.time - REACH), _first(asked.time + REACH + 1)
            stored += self._writing.events_between(subject, since, until, _MOST)
        found = [
            (rank, one.id, one)
            for one in (*fresh, *stored)
            if is_record(one)
            and (rank := likeness(asked.uid, asked.session, asked.ip, asked.time, one)) is not None
        ]
        return min(found, key=_rank_of)[2] if found else None

    def _settle_stored(self, records: dict[tuple[str, str], list[SignIn]]) -> None:
        times = [one.time for some in records.values() for one in some]
        waiting = sign_in_questions.unmet(
            self._writing.connection,
            {Subject(_ACCOUNT, *name).key() for name in records},
            min(times) - UID_REACH,
            max(times) + UID_REACH,
        )
        pairs = [(one, record) for one in waiting if (record := _best(one, records)) is not None]
        stored = self._writing.events_by_id({one.event for one, _ in pairs})
        for one, record in pairs:
            event = stored.get(one.event)
            # One that is not stored yet is on its way, and meets the record when it comes.
            if event is None or event.id in self._gone:
                continue
            self._gone.add(event.id)
            self._join(event.id, record)
            if not _is_pending(event):
                self._found.again.append(((event.tenant, event.account), event.id))
                self._found.counted.add(record.id)

    def _join(self, asked: bytes, record: SignIn) -> None:
        key = Subject(_ACCOUNT, record.tenant, record.account).key()
        self._met.append((asked, record.id, key, record.outcome.value))


def _first(time: int) -> bytes:
    return first_id(max(0, time))


def _rank_of(found: tuple[tuple[int, int], bytes, SignIn]) -> tuple[tuple[int, int], bytes]:
    return found[:2]


def _best(one: Unmet, records: dict[tuple[str, str], list[SignIn]]) -> SignIn | None:
    uid = None if one.question == one.handle else one.question
    found = [
        (rank, record.id, record)
        for record in records.get((one.tenant, one.account), ())
        if (rank := likeness(uid, one.session, one.ip, one.time, record)) is not None
    ]
    return min(found)[2] if found else None


def _is_pending(event: Event) -> bool:
    return isinstance(event, SignIn) and event.outcome is PENDING
