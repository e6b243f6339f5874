"""The engine: order, lateness, restarts and duplicates do not change what comes out."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from msgspec import Struct
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.exc import OperationalError

from alerts.incident import Category, Incident
from detectors.brute_force import BruteForce
from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Detector, Text
from detectors.core.event import DAY, HOUR, MINUTE, Activity, Event, FailureReason, Outcome, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.population import SHIPPED
from detectors.core.profile import Profile
from detectors.credential_stuffing import CredentialStuffing
from detectors.password_spraying import PasswordSpraying
from monitor.engine import Engine, Intake, SupersededError, UnsupportedDetectorError
from monitor.store import restrictions, tables
from monitor.store.writing import Reject, Writing
from tests.detectors.core.test_census import sign_on
from tests.detectors.crowd import attempt, botnet, homes, on, spray
from tests.detectors.story import SCRIPT, SERVER

START = 1_790_000_000_000 // HOUR * HOUR


def about(name: str, **changes: Any) -> About:
    text = Text(en=name, fr=name)
    values: dict[str, Any] = {
        "name": name,
        "title": text,
        "aup": ("6",),
        "attack": ("T1078",),
        "keyed_by": SubjectKind.ACCOUNT,
        "state_version": 1,
        "state_ttl": 3 * DAY,
        "facts": Struct,
        "sentence": text,
        "innocent": text,
        "runbook": "none",
    }
    return About(**(values | changes))


class Streak(Struct):
    address: str = ""
    count: int = 0


class ThirdFromNewAddress:
    """Fires at every third event in a row from one address: depends on order and on state."""

    about: ClassVar[About] = about("third")
    state: ClassVar[type[Any]] = Streak
    parameters: Any = None

    def observe(
        self, event: Event, subject: Subject, state: Streak, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        if not isinstance(event, SignIn) or event.ip is None:
            return
        state.count = state.count + 1 if state.address == event.ip else 1
        state.address = event.ip
        if state.count % 3 == 0:
            facts = {"uses": profile.uses, "address": event.ip}
            evidence = Evidence("third", Weights(shared=5.0), facts)
            yield finding("third", subject, event.time, Severity.MEDIUM, evidence, (event.id,))

    def tick(
        self, until: int, subject: Subject, state: Streak, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        return ()


class Last(Struct):
    event: bytes = b""
    time: int = 0


class TwoHoursQuiet:
    """Fires at the tick that is the first two hours or more after an event: depends on ticks."""

    about: ClassVar[About] = about("quiet", ticks=True)
    state: ClassVar[type[Any]] = Last
    parameters: Any = None

    def observe(
        self, event: Event, subject: Subject, state: Last, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        state.event, state.time = event.id, event.time
        return ()

    def tick(
        self, until: int, subject: Subject, state: Last, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        if until - state.time >= 2 * HOUR:
            evidence = Evidence("quiet", Weights(taken_over=1.0), {"uses": profile.uses})
            yield finding("quiet", subject, until, Severity.LOW, evidence, (state.event,))
            state.event, state.time = b"", 0


class Nightly(TwoHoursQuiet):
    """Tells at midnight of the last event of the day; many accounts at once."""

    about: ClassVar[About] = about("nightly", ticks=True, tick_every=DAY)

    def tick(
        self, until: int, subject: Subject, state: Last, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        evidence = Evidence("nightly", Weights(taken_over=1.0), {"uses": profile.uses})
        return (finding("nightly", subject, until, Severity.LOW, evidence, (state.event,)),)

    def tick_many(
        self, until: int, cases: Iterable[tuple[Subject, Last, Profile]], context: Context
    ) -> list[Finding]:
        return [f for case in cases for f in self.tick(until, *case, context)]


DETECTORS: tuple[Detector[Any], ...] = (ThirdFromNewAddress(), TwoHoursQuiet())


def sign_in(
    time: int, account: str, ip: str = "192.0.2.1", number: int = 0, **fields: Any
) -> SignIn:
    values: dict[str, Any] = {
        "tenant": "t",
        "activity": Activity.LOGON,
        "outcome": Outcome.SUCCESS,
        "session": f"{account}-{ip}",
    }
    return SignIn(
        id=timed_id(time, account, ip, str(number)),
        time=time,
        account=account,
        ip=ip,
        **(values | fields),
    )


def history(seed: int, events: int = 400) -> list[SignIn]:
    """Sign-ins of five accounts from two addresses each, over two days, by id."""
    pick = random.Random(seed)
    made = [
        sign_in(
            START + pick.randrange(2 * DAY) // MINUTE * MINUTE,
            f"a{pick.randrange(5)}",
            f"192.0.2.{pick.randrange(2)}",
            number,
        )
        for number in range(events)
    ]
    return sorted(made, key=lambda one: one.id)


def unchanged(event: Event) -> Event:
    return event


def new_engine(
    database: Database, detectors: Sequence[Detector[Any]] = DETECTORS, **how: Any
) -> Engine:
    return Engine(database, detectors, unchanged, **how)


def intake(events: Sequence[Event], cursor: bytes = b"c", stream: str = "s") -> Intake:
    return Intake("source", "test", stream, cursor, list(events), lines=len(events))


def results(database: Database) -> tuple[dict[bytes, bytes], list[bytes]]:
    """Active findings by id, and the bodies of active incidents but for their kept ids."""
    with database.begin() as connection:
        table = tables.findings
        rows = connection.execute(select(table.c.id, table.c.body).where(~table.c.withdrawn))
        found = {row[0]: row[1] for row in rows}
        incidents = tables.incidents
        bodies = connection.execute(
            select(incidents.c.body).where(~incidents.c.withdrawn)
        ).scalars()
        return found, sorted(body.replace(b"\xc4\x10" + body[3:19], b"", 1) for body in bodies)


def stored(database: Database) -> int:
    with database.begin() as connection:
        return len(connection.execute(select(tables.events.c.id)).all())


def undisturbed(tmp_path: Path, events: Sequence[Event]) -> tuple[dict[bytes, bytes], list[bytes]]:
    made = create_engine(f"sqlite:///{tmp_path / 'undisturbed.sqlite'}")
    tables.metadata.create_all(made)
    engine = new_engine(made)
    engine.process([intake(sorted(events, key=lambda one: one.id))])
    engine.stop()
    found = results(made)
    made.dispose()
    assert len(found[0]) > 20
    assert {bytes(body)[:0] for body in found[0].values()}
    return found


@pytest.mark.parametrize("seed", range(4))
def test_any_split_gives_the_same(database: Database, tmp_path: Path, seed: int) -> None:
    events = history(seed)
    engine = new_engine(database)
    pick = random.Random(seed)
    rest = events
    while rest:
        size = pick.randint(1, 60)
        engine.process([intake(rest[:size])])
        rest = rest[size:]
    engine.stop()
    assert results(database) == undisturbed(tmp_path, events)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("graceful", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_any_restart_gives_the_same(
    database: Database, tmp_path: Path, seed: int, graceful: bool
) -> None:
    events = history(seed)
    pick = random.Random(seed)
    engine = new_engine(database)
    rest = events
    while rest:
        size = pick.randint(1, 60)
        engine.process([intake(rest[:size])])
        rest = rest[size:]
        if pick.random() < 0.5:
            if graceful:
                engine.stop()
            engine = new_engine(database)
    assert results(database) == undisturbed(tmp_path, events)
    assert stored(database) == len(events)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("ticks", [1, 2, 1_000])
@pytest.mark.parametrize("graceful", [None, True, False])
def test_any_portion_of_ticks_gives_the_same(
    database: Database, tmp_path: Path, ticks: int, graceful: bool | None
) -> None:
    events = history(5)
    detectors = (ThirdFromNewAddress(), Nightly())
    engine = Engine(database, detectors, unchanged, ticks=ticks)
    rest, waited = events, False
    while rest:
        engine.process([intake(rest[:1])])
        rest = rest[1:]
        begins_to_wait = engine.is_behind and not waited
        waited = waited or begins_to_wait
        if graceful is not None and begins_to_wait:
            if graceful:
                engine.stop()
            engine = Engine(database, detectors, unchanged, ticks=ticks)
    assert waited is (ticks < 1_000)
    engine.idle(START + 3 * DAY)
    while engine.is_behind:
        engine.catch_up()
    engine.stop()
    calm = create_engine(f"sqlite:///{tmp_path / 'calm.sqlite'}")
    tables.metadata.create_all(calm)
    at_once = Engine(calm, detectors, unchanged)
    at_once.process([intake(events)])
    at_once.idle(START + 3 * DAY)
    at_once.stop()
    assert results(database) == results(calm)
    assert sum(b"nightly" in body for body in results(calm)[0].values()) == 5 * 3
    calm.dispose()


def test_a_quiet_account_is_not_ticked_again(database: Database) -> None:
    ticked: list[str] = []

    class Told(Nightly):
        def tick(self, until: int, subject: Subject, *rest: Any) -> Iterable[Finding]:
            ticked.append(subject.uid)
            return ()

    engine = Engine(database, (Told(),), unchanged)
    engine.process([intake([sign_in(START, "a"), sign_in(START + DAY, "b")])])
    engine.idle(START + 2 * DAY)
    assert sorted(ticked) == ["a", "b"]
    engine.idle(START + 9 * DAY)
    assert sorted(ticked) == ["a", "b"]
    assert not engine.is_behind


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("portion", [1, 3, 100])
@pytest.mark.parametrize("graceful", [True, False])
@pytest.mark.parametrize("detector", [Nightly(), TwoHoursQuiet()])
def test_time_passes_also_for_those_not_heard_of_since_a_restart(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    detector: Detector[Any],
    graceful: bool,
    portion: int,
) -> None:
    monkeypatch.setattr("monitor.engine._WOKEN_AT_ONCE", portion)
    engine = new_engine(database, (detector,))
    # One was ticked when the other began; the next days are quiet for all but one.
    engine.process([intake([sign_in(START - 2 * DAY, "early")])])
    engine.process([intake([sign_in(START + n, f"a{n}") for n in range(7)])])
    for day in range(2):
        if graceful:
            engine.stop()
        engine = new_engine(database, (detector,))
        engine.process([intake([sign_in(START + day * 2 * DAY + HOUR, "another")])])
    while engine.is_behind:
        engine.catch_up()
    found, _ = results(database)
    assert [sum(b"a%d" % n in body for body in found.values()) for n in range(7)] == [1] * 7
    assert sum(b"early" in body for body in found.values()) == 1


def test_no_time_passes_after_a_restart_for_one_that_is_restricted(database: Database) -> None:
    engine = new_engine(database, (Nightly(),))
    engine.process([intake([sign_in(START, name) for name in ("ann", "ben")])])
    with database.begin() as connection:
        restrictions.restrict(connection, Subject(SubjectKind.ACCOUNT, "t", "ann"), START, "", "me")
    engine = new_engine(database, (Nightly(),))
    engine.process([intake([sign_in(START + 2 * DAY, "another")])])
    while engine.is_behind:
        engine.catch_up()
    found, _ = results(database)
    assert [b"ben" in body for body in found.values()] == [True]


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("tells_more", [True, False])
def test_time_passes_again_for_one_that_is_released(database: Database, tells_more: bool) -> None:
    ticked: list[str] = []

    class Told(Nightly):
        def tick(self, until: int, subject: Subject, *rest: Any) -> Iterable[Finding]:
            ticked.append(subject.uid)
            return super().tick(until, subject, *rest)

    def go_on(*events: SignIn) -> None:
        engine.process([intake(events)])
        while engine.is_behind:
            engine.catch_up()

    engine = new_engine(database, (Told(),))
    go_on(sign_in(START, "ann"), sign_in(START, "ben"))
    ann = Subject(SubjectKind.ACCOUNT, "t", "ann")
    with database.begin() as connection:
        number = restrictions.restrict(connection, ann, START, "", "me")
    if tells_more:
        # It is kept, and not judged, be it that its account is looked up for that.
        go_on(sign_in(START + HOUR, "ann", number=1))
    go_on(sign_in(START + 2 * DAY, "ben", number=2))
    assert ticked == ["ben"]
    with database.begin() as connection:
        restrictions.release(connection, number, START + 2 * DAY, "", "me")
    go_on(sign_in(START + 2 * DAY + HOUR, "ben", number=3))
    assert ticked == ["ben", "ann"]
    found, _ = results(database)
    assert sum(b"ann" in body for body in found.values()) == 1


def test_nothing_is_taken_back_for_a_history_that_goes_on_after_a_crash(
    database: Database,
) -> None:
    engine = new_engine(database, (Nightly(),))
    engine.process([intake([sign_in(START, "ann"), sign_in(START + 2 * DAY, "ben")])])
    while engine.is_behind:
        engine.catch_up()
    long_ago = START - 400 * DAY
    history = [sign_in(long_ago + n * MINUTE, f"old{n % 3}", number=n) for n in range(150)]
    # Killed while it is read; nothing else was saved either.
    engine.process([intake(history, stream="history")])
    with database.begin() as connection:
        connection.execute(delete(tables.snapshots))
    engine = new_engine(database, (Nightly(),))
    more = [sign_in(one.time + DAY, one.account, number=900 + n) for n, one in enumerate(history)]
    taken_back = engine.process([intake(more, stream="history")]).withdrawn
    while engine.is_behind:
        taken_back += engine.catch_up().withdrawn
    assert taken_back == 0
    found, _ = results(database)
    assert sum(b"ann" in body for body in found.values()) == 1


class TellsPopulation(ThirdFromNewAddress):
    """Tells at every event how usual the network is among the tenant's people."""

    about: ClassVar[About] = about("population")

    def observe(
        self, event: Event, subject: Subject, state: Streak, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        known = context.population(subject.tenant)
        facts = {"version": known.version, "share": known.networks.get("64500", 0.0)}
        evidence = Evidence("population", Weights(shared=1.0), facts)
        return (finding("population", subject, event.time, Severity.LOW, evidence, (event.id,)),)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("graceful", [True, False])
def test_a_population_is_that_of_the_day_whatever_the_split_and_the_order(
    database: Database, tmp_path: Path, graceful: bool
) -> None:
    events: list[Event] = [sign_on(n, 20_000 + day) for day in range(8) for n in range(40)]
    detectors = (TellsPopulation(),)
    pick = random.Random(1)
    engine = new_engine(database, detectors)
    rest = sorted(events, key=lambda one: one.time + pick.randrange(12 * HOUR))
    while rest:
        engine.process([intake(rest[:50])])
        rest = rest[50:]
        if graceful:
            engine.stop()
        engine = new_engine(database, detectors)
    calm = create_engine(f"sqlite:///{tmp_path / 'calm.sqlite'}")
    tables.metadata.create_all(calm)
    new_engine(calm, detectors).process([intake(events)])
    found, _ = results(calm)
    assert results(database)[0] == found
    assert {body.count(SHIPPED.version.encode()) for body in found.values()} == {0, 1}
    calm.dispose()


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("seed", range(6))
def test_any_order_within_lateness_gives_the_same(
    database: Database, tmp_path: Path, seed: int
) -> None:
    events = history(seed)
    pick = random.Random(seed)
    shuffled = sorted(events, key=lambda one: one.time + pick.randrange(20 * HOUR))
    engine = new_engine(database)
    late = 0
    while shuffled:
        size = pick.randint(1, 90)
        late += engine.process([intake(shuffled[:size])]).late
        shuffled = shuffled[size:]
        if pick.random() < 0.3:
            engine = new_engine(database)
    assert late == 0
    assert results(database) == undisturbed(tmp_path, events)


def test_the_same_log_twice_is_stored_once(database: Database, tmp_path: Path) -> None:
    events = history(1)
    engine = new_engine(database)
    engine.process([intake(events)])
    again = engine.process([intake(events[:250]), intake(events[100:])])
    assert again.duplicates == 550
    assert again.events == 0
    restarted = new_engine(database).process([intake(events)])
    assert restarted.duplicates == 400
    assert stored(database) == 400
    assert results(database) == undisturbed(tmp_path, events)


def test_a_late_event_withdraws_what_no_longer_follows(database: Database) -> None:
    engine = new_engine(database)
    three = [sign_in(START + n * MINUTE, "a", "192.0.2.1", n) for n in range(3)]
    outcome = engine.process([intake(three)])
    assert (outcome.findings, outcome.incidents) == (1, 1)
    between = sign_in(START + MINUTE + 1, "a", "192.0.2.9")
    outcome = engine.process([intake([between])])
    assert (outcome.refolded, outcome.findings, outcome.withdrawn) == (1, 0, 1)
    with database.begin() as connection:
        assert connection.execute(select(tables.findings.c.withdrawn)).scalars().all() == [True]
        assert connection.execute(select(tables.incidents.c.withdrawn)).scalars().all() == [True]


def test_an_incident_keeps_its_id_when_older_evidence_comes(database: Database) -> None:
    engine = new_engine(database)
    later = [sign_in(START + 9 * HOUR + n * MINUTE, "a", "192.0.2.1", n) for n in range(3)]
    engine.process([intake(later)])
    with database.begin() as connection:
        (before,) = connection.execute(select(tables.incidents.c.id)).scalars().all()
    earlier = [sign_in(START + n * MINUTE, "a", "192.0.2.2", n) for n in range(3)]
    engine.process([intake(earlier)])
    with database.begin() as connection:
        rows = connection.execute(
            select(tables.incidents.c.id).where(~tables.incidents.c.withdrawn)
        )
        assert rows.scalars().all() == [before]


def test_of_a_long_history_only_what_can_matter_is_weighed_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = new_engine(database, (ThirdFromNewAddress(),))
    weighed: list[int] = []
    weigh = Engine.correlate

    def counting(self: Engine, findings: Sequence[Finding], *others: Any) -> list[Incident]:
        weighed.append(len(findings))
        return weigh(self, findings, *others)

    monkeypatch.setattr(Engine, "correlate", counting)
    for week in range(30):
        start = START + week * 14 * DAY
        times = (start + minute * MINUTE for minute in range(9))
        engine.process([intake([sign_in(at, "u") for at in times])])
    assert max(weighed) == 3, "three findings a fortnight, and none of those before"
    with database.begin() as connection:
        subject = Subject(SubjectKind.ACCOUNT, "t", "u")
        writing = Writing(connection)
        incidents = [i for i, withdrawn in writing.incidents_of(subject) if not withdrawn]
        assert len(incidents) == 30
        assert weigh(engine, writing.findings_of(subject), incidents) == incidents


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("seed", range(6))
def test_weighing_what_can_matter_comes_to_the_same_as_weighing_all(
    database: Database, seed: int
) -> None:
    pick = random.Random(seed)
    engine = new_engine(database, (ThirdFromNewAddress(), BruteForce()))
    at, events = START, []
    for number in range(300):
        at += pick.choice((MINUTE, MINUTE, HOUR, 20 * HOUR, 4 * DAY, 8 * DAY))
        failed = pick.random() < 0.3
        events += [
            sign_in(at + n * 1_000, "u", "192.0.2.9", n, outcome=Outcome.FAILURE)
            for n in range(25 * failed)
        ] or [sign_in(at, "u", f"192.0.2.{pick.randrange(2)}", number)]
    while events:
        size = pick.randrange(1, 40)
        engine.process([intake(events[:size])])
        events = events[size:]
    with database.begin() as connection:
        subject = Subject(SubjectKind.ACCOUNT, "t", "u")
        writing = Writing(connection)
        incidents = [i for i, withdrawn in writing.incidents_of(subject) if not withdrawn]
        found = writing.findings_of(subject)
        assert len({f.theme for f in found}) == 2
        assert engine.correlate(found, incidents) == sorted(
            incidents, key=lambda i: (i.opened, i.findings[0])
        )
        owners = connection.execute(
            select(tables.findings.c.id, tables.findings.c.incident_id)
        ).all()
    assert dict(map(tuple, owners)) == {f: i.id for i in incidents for f in i.findings}


def test_too_late_is_kept_counted_and_not_folded(database: Database) -> None:
    engine = new_engine(database)
    engine.process([intake([sign_in(START + 3 * DAY, "a")])])
    old = [sign_in(START + n, "a", "192.0.2.7", n) for n in range(3)]
    outcome = engine.process([intake(old)])
    assert (outcome.events, outcome.late, outcome.findings) == (3, 3, 0)
    assert stored(database) == 4
    # Another stream is behind by itself only: a second host's history is not late.
    other = [sign_in(START + n, "b", "192.0.2.7", n) for n in range(3)]
    assert engine.process([intake(other, stream="host2")]).late == 0


def test_only_so_many_streams_are_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.engine.MOST_STREAMS", 4)
    engine = new_engine(database)
    for number, host in enumerate(("silent", "kept", "b", "c", "d", "kept")):
        event = sign_in(START + 3 * DAY, "a", "192.0.2.7", number)
        engine.process([intake([event], stream=host)])
    assert len(engine._stream_times) <= 4
    old = [sign_in(START, "b")]
    assert engine.process([intake(old, stream="kept")]).late == 1
    assert engine.process([intake([sign_in(START + 1, "b")], stream="silent")]).late == 0


def test_a_stray_clock_does_not_make_everybody_late(database: Database) -> None:
    engine = Engine(database, DETECTORS, unchanged, clock=lambda: START + DAY)
    engine.process([intake([sign_in(START + 365 * 70 * DAY, "z"), sign_in(START, "a")])])
    assert engine.process([intake([sign_in(START + HOUR, "a")])]).late == 0
    assert engine.watermark == START + HOUR


def test_failures_known_by_name_join_the_account(database: Database) -> None:
    failure = sign_in(
        START,
        "JDupont",
        outcome=Outcome.FAILURE,
        failure_reason=FailureReason.BAD_PASSWORD,
        account_name="JDupont",
        account_by_name=True,
    )
    success = sign_in(START + MINUTE, "u-17", account_name="jdupont")
    engine = new_engine(database)
    engine.process([intake([failure])])
    engine.process([intake([success])])
    later = sign_in(START + HOUR, "jDUPONT", account_name="jDUPONT", account_by_name=True, number=7)
    engine.process([intake([later])])
    with database.begin() as connection:
        events = Writing(connection).events_of(Subject(SubjectKind.ACCOUNT, "t", "u-17"), bytes(16))
        assert [e.id for e in events] == [failure.id, success.id, later.id]
        assert connection.execute(select(tables.names.c.account)).scalars().all() == ["u-17"]
    again = engine.process([intake([failure, success, later])])
    assert (again.events, again.duplicates) == (0, 3)


def test_a_name_is_another_in_another_tenant(database: Database) -> None:
    engine = new_engine(database)
    engine.process([intake([sign_in(START, "u-17", account_name="jdupont")])])
    foreign = sign_in(START + 1, "jdupont", account_by_name=True, tenant="other")
    engine.process([intake([foreign])])
    with database.begin() as connection:
        subject = Subject(SubjectKind.ACCOUNT, "other", "jdupont")
        assert len(Writing(connection).events_of(subject, bytes(16))) == 1


def test_the_same_id_under_two_accounts_does_not_stop_the_stream(database: Database) -> None:
    engine = new_engine(database)
    first = sign_in(START, "a")
    twin = SignIn(
        id=first.id,
        time=START,
        tenant="t",
        account="b",
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
    )
    engine.process([intake([first])])
    outcome = engine.process([intake([twin, sign_in(START + 1, "b")])])
    assert (outcome.events, outcome.duplicates) == (1, 1)


def test_books_and_rejects_are_kept_with_the_cursor(database: Database) -> None:
    engine = new_engine(database)
    read = Intake(
        "source", "test", "s", b"cursor", [sign_in(START, "a")], 4, 2, [Reject("3", "why", b"x")]
    )
    engine.process([read])
    assert engine.cursor("source", "test") == b"cursor"
    with database.begin() as connection:
        row = Writing(connection).source("source", "test")
    assert (row.lines, row.events, row.skipped, row.rejected) == (4, 1, 2, 1)
    assert row.last_event == START


def test_an_error_while_storing_loses_and_doubles_nothing(
    database: Database, tmp_path: Path
) -> None:
    events = history(3)
    engine = new_engine(database)
    engine.process([intake(events[:100], b"1")])
    failing = True

    def fail(*arguments: Any) -> None:
        if failing and "INTO findings" in arguments[2]:
            raise OperationalError("disk is full", None, Exception())

    event.listen(database, "before_cursor_execute", fail)
    with pytest.raises(OperationalError):
        engine.process([intake(events[100:300], b"2")])
    assert stored(database) == 100
    assert engine.cursor("source", "test") == b"1"
    failing = False
    engine.process([intake(events[100:300], b"2")])
    engine.process([intake(events[300:], b"3")])
    assert results(database) == undisturbed(tmp_path, events)


def test_a_new_state_version_folds_again(database: Database, tmp_path: Path) -> None:
    class Newer(ThirdFromNewAddress):
        about = about("third", state_version=2)

    events = history(2)
    engine = new_engine(database)
    engine.process([intake(events[:200])])
    engine.stop()
    upgraded = new_engine(database, (Newer(), TwoHoursQuiet()))
    upgraded.process([intake(events[200:])])
    assert results(database) == undisturbed(tmp_path, events)


def test_a_detector_that_raises_does_not_stop_the_stream(database: Database) -> None:
    class Raises(ThirdFromNewAddress):
        about = about("raises")

        def observe(self, *arguments: Any) -> Iterable[Finding]:
            raise ZeroDivisionError("planted")

    engine = new_engine(database, (Raises(), *DETECTORS))
    events = [sign_in(START + n, "a", "192.0.2.1", n) for n in range(3)]
    outcome = engine.process([intake(events)])
    assert outcome.events == 3
    with database.begin() as connection:
        names = connection.execute(select(tables.findings.c.detector)).scalars().all()
    assert sorted(names) == ["detector_failure"] * 3 + ["third"]
    assert outcome.incidents == 1


def test_a_detector_by_source_is_refused(database: Database) -> None:
    class BySource(ThirdFromNewAddress):
        about = about("by_source", keyed_by=SubjectKind.SOURCE)

    with pytest.raises(UnsupportedDetectorError, match="by_source"):
        new_engine(database, (BySource(),))


def test_an_account_that_may_be_shared_raises_no_alarm(database: Database) -> None:
    allowed = Subject(SubjectKind.ACCOUNT, "t", "desk")
    context = Context(kinds={allowed: AccountKind.SHARED})
    engine = Engine(database, DETECTORS, unchanged, context=context)
    for account in ("desk", "ann"):
        engine.process([intake([sign_in(START + n, account, number=n) for n in range(3)])])
    with database.begin() as connection:
        table = tables.incidents
        rows = connection.execute(select(table.c.subject, table.c.severity)).all()
    assert dict(tuple(row) for row in rows) == {
        "desk": int(Severity.INFORMATIONAL),
        "ann": int(Severity.MEDIUM),
    }


def test_a_crash_is_not_forgotten_by_a_clean_run_after_it(
    database: Database, tmp_path: Path
) -> None:
    events = [sign_in(START + n * MINUTE, "a", "192.0.2.1", n) for n in range(8)]
    first = new_engine(database)
    first.process([intake(events[:2])])
    first.stop()
    new_engine(database).process([intake(events[2:4])])
    third = new_engine(database)
    third.process([intake([sign_in(START, "another")])])
    third.stop()
    new_engine(database).process([intake(events[4:])])
    found, _ = results(database)
    assert len(found) == 2


def test_late_events_over_a_restart_are_not_folded_onto_what_lacks_them(
    database: Database, tmp_path: Path
) -> None:
    events = [sign_in(START + n * MINUTE, "a", f"192.0.2.{n // 5}", n) for n in range(9)]
    late = events.pop(1)
    engine = new_engine(database)
    engine.process([intake(events[:4])])
    engine.idle(START)
    engine.process([intake([late])])
    # Killed: nothing of the new fold was saved.
    new_engine(database).process([intake(events[4:])])
    calm = create_engine(f"sqlite:///{tmp_path / 'calm.sqlite'}")
    tables.metadata.create_all(calm)
    new_engine(calm).process([intake(sorted([*events, late], key=lambda one: one.id))])
    assert results(database) == results(calm)
    calm.dispose()


def test_an_incident_that_follows_again_is_no_longer_withdrawn(database: Database) -> None:
    engine = new_engine(database)
    three = [sign_in(START + n * MINUTE, "a", "192.0.2.1", n) for n in range(3)]
    engine.process([intake(three)])
    table = tables.incidents
    with database.begin() as connection:
        (body,) = connection.execute(select(table.c.body)).scalars().all()
        incident = msgspec.msgpack.decode(body, type=Incident)
        Writing(connection).withdraw_incidents([incident])
        Writing(connection).withdraw_findings(
            connection.execute(select(tables.findings.c.id)).scalars().all()
        )
        connection.execute(delete(tables.snapshots))
    engine = new_engine(database)
    engine.process([intake([sign_in(START + HOUR, "a", "192.0.2.1", 3)])])
    with database.begin() as connection:
        rows = connection.execute(select(table.c.id, table.c.withdrawn)).all()
    assert [tuple(row) for row in rows] == [(incident.id, False)]


def test_a_commit_that_fails_makes_nothing_late(database: Database) -> None:
    events = [sign_in(START + n * 12 * HOUR, "a", "192.0.2.1", n) for n in range(9)]
    engine = new_engine(database)
    engine.start()
    failing = [True]

    def fail(_connection: Any) -> None:
        if failing and failing.pop():
            raise OperationalError("COMMIT", None, Exception("disk is full"))

    event.listen(database, "commit", fail)
    with pytest.raises(OperationalError):
        engine.process([intake(events)])
    again = engine.process([intake(events)])
    assert (again.events, again.late, again.findings) == (9, 0, 11)


def test_a_detector_that_is_new_sees_what_was_before_it(database: Database, tmp_path: Path) -> None:
    events = history(5)
    engine = new_engine(database, (TwoHoursQuiet(),))
    engine.process([intake(events[:200])])
    engine.stop()
    new_engine(database).process([intake(events[200:])])
    assert results(database) == undisturbed(tmp_path, events)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_name_is_the_account_of_the_oldest_event_that_bears_it(
    database: Database, order: tuple[int, ...]
) -> None:
    told = [
        sign_in(START, "u1", account_name="Bob"),
        sign_in(START + HOUR, "u2", account_name="bob"),
        sign_in(START + 2 * HOUR, "bob", account_name="bob", account_by_name=True),
    ]
    engine = new_engine(database)
    for place in order:
        engine.process([intake([told[place]])])
    with database.begin() as connection:
        owner = Subject(SubjectKind.ACCOUNT, "t", "u1")
        events = Writing(connection).events_of(owner, bytes(16))
    assert [one.id for one in events] == [told[0].id, told[2].id]


def test_a_source_that_lags_is_not_folded_again_and_again(database: Database) -> None:
    engine = new_engine(database, (ThirdFromNewAddress(),))
    engine.process([intake([sign_in(START + 30 * DAY, "other")], stream="live")])
    new = new_engine(database, (ThirdFromNewAddress(),))
    events = [sign_in(START + n * MINUTE, "a", number=n) for n in range(60)]
    refolded = [new.process([intake(events[n : n + 10])]).refolded for n in range(0, 60, 10)]
    assert sum(refolded) <= 1


def test_a_history_that_comes_while_time_is_far_ahead_is_folded_once(
    database: Database, tmp_path: Path
) -> None:
    """Else a month that is uploaded on a first day is folded again with every batch of it."""
    detectors = (ThirdFromNewAddress(), Nightly())
    events = history(7, 600)
    engine = new_engine(database, detectors)
    engine.process([intake([sign_in(START + 30 * DAY, "other")], stream="live")])
    batches = [events[n : n + 150] for n in range(0, 600, 150)]
    refolded = [engine.process([intake(batch)]).refolded for batch in batches]
    assert sum(refolded) == 0
    while engine.is_behind:
        engine.catch_up()
    engine.stop()
    calm = create_engine(f"sqlite:///{tmp_path / 'calm.sqlite'}")
    tables.metadata.create_all(calm)
    in_order = new_engine(calm, detectors)
    in_order.process([intake(events)])
    in_order.process([intake([sign_in(START + 30 * DAY, "other")], stream="live")])
    while in_order.is_behind:
        in_order.catch_up()
    in_order.stop()
    assert results(database) == results(calm)
    assert any(b"nightly" in body for body in results(calm)[0].values())
    calm.dispose()


def test_before_the_first_event_no_time_passes(database: Database) -> None:
    """Who starts and gives a month of history minutes later is not told of a month late."""
    engine = new_engine(database, (ThirdFromNewAddress(), Nightly()))
    engine.idle(START + 30 * DAY)
    assert engine.watermark == 0


def test_one_stray_line_does_not_make_a_history_late(database: Database) -> None:
    engine = new_engine(database)
    events = [sign_in(START + n * HOUR, "a", number=n) for n in range(9)]
    events.insert(3, sign_in(START + 500 * DAY, "b"))
    assert engine.process([intake(events)]).late == 0
    # Two say so: time has moved on.
    later = [sign_in(START + 900 * DAY + n, "b", number=n) for n in range(2)]
    engine.process([intake(later)])
    assert engine.process([intake([sign_in(START + DAY, "a", number=99)])]).late == 1


def test_a_line_from_the_future_is_kept_and_not_folded(database: Database) -> None:
    engine = Engine(database, DETECTORS, unchanged, clock=lambda: START + DAY)
    outcome = engine.process([intake([sign_in(START + 99 * DAY, "a")])])
    assert (outcome.events, outcome.late) == (1, 1)
    again = engine.process([intake([sign_in(START + n, "a", number=n) for n in range(3)])])
    assert (again.refolded, again.findings) == (0, 1)


def test_an_engine_that_was_superseded_writes_nothing_more(database: Database) -> None:
    old = new_engine(database)
    old.process([intake([sign_in(START, "a")])])
    new_engine(database).process([intake([sign_in(START + 1, "a")])])
    with pytest.raises(SupersededError):
        old.process([intake([sign_in(START + 2, "a")])])
    assert stored(database) == 2


def attack() -> list[SignIn]:
    """Quiet days, a spray from two addresses of which one gets in, and a botnet."""
    other = SERVER.leased("203.0.113.250")
    events = [*homes(range(3), 50), *spray(SERVER, 40, on(2, 12)), *spray(other, 40, on(2, 13))]
    events += [attempt(on(2, 14), "user-9", SERVER, SCRIPT)]
    return sorted([*events, *botnet(60, on(2, 20), 9, unknown=True)], key=lambda one: one.id)


CAMPAIGNS = (CredentialStuffing(), PasswordSpraying(), ThirdFromNewAddress())


def told(database: Database) -> list[Incident]:
    """The active incidents."""
    with database.begin() as connection:
        table = tables.incidents
        rows = connection.execute(select(table.c.body).where(~table.c.withdrawn)).scalars()
        found = [msgspec.msgpack.decode(row, type=Incident) for row in rows]
    return sorted(found, key=lambda one: (one.opened, str(one.subject)))


def test_a_campaign_is_one_incident_that_keeps_its_id(database: Database) -> None:
    """One address, then two, then a botnet of another sort."""
    events = attack()
    engine = new_engine(database, CAMPAIGNS)
    engine.process([intake([e for e in events if e.time < on(2, 12.5)])])
    (first,) = [i for i in told(database) if i.theme is Theme.ATTACK]
    assert first.subject == Subject(SubjectKind.SOURCE, "acme", str(SERVER.ip))
    assert first.others == ()
    engine.process([intake([e for e in events if on(2, 12.5) <= e.time < on(2, 19)])])
    (second,) = [i for i in told(database) if i.theme is Theme.ATTACK]
    assert second.id == first.id
    assert second.subject.kind is SubjectKind.TENANT
    assert {one.uid for one in second.others} == {SERVER.ip, "203.0.113.250"}
    engine.process([intake([e for e in events if e.time >= on(2, 19)])])
    spraying, stuffing = [i for i in told(database) if i.theme is Theme.ATTACK]
    assert spraying.id == first.id
    assert stuffing.category is Category.CREDENTIAL_STUFFING
    assert len(stuffing.others) == 60
    # What the planted detector finds of everybody is not looked at here.
    (hit,) = [i for i in told(database) if i.category is Category.ACCOUNT_TAKEOVER]
    assert hit.subject.uid == "user-9"
    assert hit.severity is Severity.HIGH


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("seed", range(4))
def test_campaigns_come_out_the_same_in_any_order_and_after_any_kill(
    database: Database, tmp_path: Path, seed: int
) -> None:
    events = attack()
    pick = random.Random(seed)
    made = create_engine(f"sqlite:///{tmp_path / 'undisturbed.sqlite'}")
    tables.metadata.create_all(made)
    new_engine(made, CAMPAIGNS).process([intake(events)])
    wanted = results(made)
    made.dispose()
    arriving = sorted(events, key=lambda one: one.time + pick.randrange(20 * HOUR))
    engine = new_engine(database, CAMPAIGNS)
    while arriving:
        size = pick.randint(1, 60)
        engine.process([intake(arriving[:size])])
        engine.process([intake(arriving[: size // 2])])
        arriving = arriving[size:]
        if pick.random() < 0.3:
            engine = new_engine(database, CAMPAIGNS)
    found, incidents = results(database)
    assert found == wanted[0]
    assert len(incidents) == len(wanted[1])


def test_folding_an_account_again_leaves_what_campaigns_found_of_it(database: Database) -> None:
    events = attack()
    engine = new_engine(database, CAMPAIGNS)
    engine.process([intake(events)])
    before = [i for i in told(database) if i.subject.uid == "user-9"]
    late = attempt(on(2, 2), "user-9", SERVER.leased("192.0.2.200"))
    assert engine.process([intake([late])]).refolded == 1
    assert [i.id for i in told(database) if i.subject.uid == "user-9"] == [i.id for i in before]


@pytest.mark.parametrize("batch", [30, 400])
def test_guesses_at_each_of_many_accounts_are_one_campaign(database: Database, batch: int) -> None:
    """Twenty-five tries on each of thirty accounts: one for review, and not thirty-one."""
    events = sorted(spray(SERVER, 30, on(1, 9), 6, rounds=25), key=lambda one: one.id)
    engine = new_engine(database, (BruteForce(), PasswordSpraying()))
    for start in range(0, len(events), batch):
        engine.process([intake(events[start : start + batch])])
    loud = [one for one in told(database) if one.severity >= Severity.MEDIUM]
    assert [one.category for one in loud] == [Category.PASSWORD_SPRAYING]
    assert len(told(database)) == 31


def test_ledgers_that_are_quiet_are_dropped_beside_the_fold(database: Database) -> None:
    engine = new_engine(database, CAMPAIGNS)
    engine.process([intake(attack())])
    engine.idle(on(100))
    assert engine.tend(lambda beside: beside.campaigns.drop_quiet(beside.writing, on(5))) == 0
    assert engine.tend(lambda beside: beside.campaigns.drop_quiet(beside.writing, on(100))) > 0
    with database.connect() as connection:
        left = connection.execute(select(tables.ledgers.c.kind)).scalars().all()
    assert not {"source", "tenant"} & set(left)
