"""A question and the log's record of the same sign-in are one event, whichever comes first."""

import random
from collections.abc import Sequence

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core.event import DAY, MINUTE, SECOND, Activity, Event, Outcome, SignIn
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor import assembly
from monitor.asked import likeness
from monitor.engine import Engine, Intake
from monitor.formats.own import Asked, asked_event
from monitor.settings import Settings
from monitor.store import sign_in_questions, tables
from monitor.store.sign_in_questions import QuestionRow
from monitor.store.writing import Writing
from tests.databases import Databases

START = 1_790_000_000_000
SUBJECT = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
HANDLE = f"{1:032x}"


def record(at: int = 0, **changes: object) -> SignIn:
    """What a log tells of a sign-in."""
    uid = str(changes.get("uid") or f"l-{at}")
    told: dict[str, object] = {
        "id": timed_id(START + at, "log", str(changes.get("ip", "")), uid),
        "time": START + at,
        "tenant": "acme",
        "account": "u-1",
        "source": "log",
        "uid": uid,
        "activity": Activity.LOGON,
        "outcome": Outcome.SUCCESS,
        "session": "s-1",
        "ip": "198.51.100.7",
    }
    return SignIn(**(told | changes))  # type: ignore[arg-type]


def asked(at: int = 0, number: int = 1, **changes: object) -> Asked:
    """What an application asked."""
    told: dict[str, object] = {
        "handle": f"{number:032x}",
        "time": START + at,
        "tenant": "acme",
        "account": "u-1",
        "ip": "198.51.100.7",
    }
    return Asked(**(told | changes))  # type: ignore[arg-type]


def note(database: Database, *questions: Asked) -> None:
    """As whoever answered did, before the engine reads anything of it."""
    rows = [
        QuestionRow(
            handle=one.handle,
            asker="key:1",
            question=one.uid or one.handle,
            subject_key=Subject(SubjectKind.ACCOUNT, one.tenant, one.account).key(),
            tenant=one.tenant,
            account=one.account,
            session=one.session,
            ip=one.ip,
            time=one.time,
            event_id=asked_event(one).id,
            verdict="allow",
            risk=0.0,
            created=one.time,
            body=b"",
        )
        for one in questions
    ]
    with database.begin() as connection:
        sign_in_questions.add(connection, rows)


def intake(*events: Event, source: str = "log") -> Intake:
    return Intake(source, source, source, None, list(events))


def own(*questions: Asked) -> Intake:
    return intake(*map(asked_event, questions), source="vigie")


def engine_on(database: Database) -> Engine:
    return assembly.open_engine(Settings(), database, None, live=False)


def stored(database: Database) -> list[tuple[SignIn, bool]]:
    with database.begin() as connection:
        rows = connection.execute(
            select(tables.events.c.id, tables.events.c.late).order_by(tables.events.c.id)
        ).all()
        known = Writing(connection).events_by_id([row[0] for row in rows])
    return [(known[bytes(row[0])], bool(row[1])) for row in rows]  # type: ignore[misc]


def standing(database: Database, handle: str = HANDLE) -> QuestionRow:
    with database.begin() as connection:
        found = sign_in_questions.by_handle(connection, handle)
    assert found is not None
    return found


def told(database: Database) -> tuple[list[bytes], list[bytes]]:
    """Every finding and every incident that stands, as they are stored."""
    found = []
    with database.begin() as connection:
        for table in (tables.findings, tables.incidents):
            query = select(table.c.body).where(table.c.withdrawn.is_(False)).order_by(table.c.id)
            found.append([bytes(body) for (body,) in connection.execute(query)])
    return found[0], found[1]


@pytest.mark.parametrize("order", ["question", "record", "together"])
def test_a_question_and_its_record_are_one_event(database: Database, order: str) -> None:
    question, log = asked(), record(3 * SECOND)
    note(database, question)
    engine = engine_on(database)
    parts = [[own(question)], [intake(log)]]
    if order == "record":
        parts.reverse()
    for part in parts if order != "together" else [[*parts[0], *parts[1]]]:
        engine.process(part)
    assert [(event.id, late) for event, late in stored(database)] == [(log.id, False)]
    row = standing(database)
    assert (row.met_by, row.outcome) == (log.id, "success")


def test_a_question_alone_is_kept_and_never_folded(database: Database) -> None:
    question = asked()
    note(database, question)
    engine = engine_on(database)
    engine.process([own(question)])
    engine.process([own(question)])
    [(event, late)] = stored(database)
    assert (event.outcome, late) == (Outcome.PENDING, True)
    assert engine.watermark == 0
    entry = engine.cells.find(("acme", "u-1"))
    assert entry is None or entry.cell is None or not entry.cell.profile.first_seen


@pytest.mark.parametrize("lag", [0, 10 * DAY])
def test_it_does_not_matter_how_late_the_record_comes(database: Database, lag: int) -> None:
    question, log = asked(), record(9 * SECOND)
    note(database, question)
    engine = engine_on(database)
    engine.process([own(question)])
    engine.process([intake(record(lag + MINUTE, account="u-9"))])
    engine.process([intake(record(lag + 2 * MINUTE, account="u-9"))])
    engine.process([intake(log)])
    assert question.handle not in {event.uid for event, _ in stored(database)}
    assert standing(database).met_by == log.id
    assert len(stored(database)) == 3


@pytest.mark.parametrize(
    ("question", "log", "fits"),
    [
        ({"uid": "k-1"}, {"uid": "k-1", "at": 3_600_000, "ip": "203.0.113.1"}, True),
        ({"uid": "k-1"}, {"uid": "k-1", "at": 2 * DAY}, False),
        ({}, {"at": 10_000}, True),
        ({}, {"at": 10_001}, False),
        ({}, {"at": -10_000}, True),
        ({"session": "s-1", "ip": "192.0.2.1"}, {}, True),
        ({"session": "s-2", "ip": "192.0.2.1"}, {}, False),
        ({"ip": "192.0.2.1"}, {}, False),
        ({"ip": None}, {}, True),
        ({}, {"ip": None, "session": None}, True),
    ],
)
def test_records_are_told_apart_by_uid_session_address_and_time(
    question: dict[str, object], log: dict[str, object], *, fits: bool
) -> None:
    one = asked(**question)  # type: ignore[arg-type]
    at = log.pop("at", 0)
    other = record(at, **log)  # type: ignore[arg-type]
    assert (likeness(one.uid, one.session, one.ip, one.time, other) is not None) is fits


def test_a_record_before_its_question_is_found_of_an_account_that_never_rests(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.asked._MOST", 5)
    question = asked(uid="k-1")
    note(database, question)
    engine = engine_on(database)
    busy = [record(-MINUTE * n, session=f"s-{n}") for n in range(2, 12)]
    log = record(2 * SECOND, uid="k-1", session="s-0")
    engine.process([intake(*busy, log)])
    engine.process([own(question)])
    assert standing(database).met_by == log.id


def test_another_account_or_an_activity_is_no_record(database: Database) -> None:
    question = asked()
    note(database, question)
    engine = engine_on(database)
    engine.process([own(question)])
    engine.process(
        [
            intake(
                record(account="u-2"),
                record(1, tenant="other"),
                record(2, activity=Activity.OTHER),
                record(3, outcome=Outcome.PENDING),
                record(4, corroborating=True),
            )
        ]
    )
    assert standing(database).met_by is None
    assert len(stored(database)) == 6


def test_the_application_may_tell_the_outcome_where_no_log_does(database: Database) -> None:
    question = asked()
    note(database, question)
    engine = engine_on(database)
    engine.process([own(question)])
    ended = structs.replace(question, outcome=Outcome.SUCCESS, session="s-5")
    engine.process([own(ended)])
    engine.process([own(structs.replace(question, outcome=Outcome.FAILURE)), own(question)])
    [(event, late)] = stored(database)
    assert (event.outcome, event.session, late) == (Outcome.SUCCESS, "s-5", False)
    assert event.id == asked_event(question).id
    entry = engine.cells.find(("acme", "u-1"))
    assert entry is not None
    assert entry.cell is not None
    assert entry.cell.profile.uses == 1


@pytest.mark.parametrize("order", range(6))
def test_an_outcome_that_both_tell_counts_once(databases: Databases, order: int) -> None:
    """Question, outcome and record in any order: what stands is what the log alone comes to."""
    question, log = asked(), record(2 * SECOND)
    ended = structs.replace(question, outcome=Outcome.SUCCESS)
    parts = [own(question), own(ended), intake(log)]
    random.Random(order).shuffle(parts)
    # What an application says of a question comes behind it.
    parts.sort(
        key=lambda part: part.source == "vigie" and part.events[0].outcome.value == "success"
    )
    first = databases.new()
    note(first, question)
    engine = engine_on(first)
    for part in parts:
        engine.process([part])
    assert [event.id for event, _ in stored(first)] == [log.id]
    entry = engine.cells.find(("acme", "u-1"))
    assert entry is not None
    assert entry.cell is not None
    assert entry.cell.profile.uses == 1


def test_a_question_teaches_no_name(database: Database) -> None:
    """With and without it, what the log knows by a name alone stays under the name."""
    question = asked(account_name="Ann")
    note(database, question)
    engine = engine_on(database)
    engine.process([own(question)])
    engine.process([intake(record(DAY, account="ann", account_by_name=True))])
    named, other = stored(database)
    assert (named[0].account_name, other[0].account) == ("Ann", "ann")


def test_what_was_asked_of_a_name_follows_it_to_its_account(database: Database) -> None:
    question = asked(account="ann", by_name=True)
    note(database, question)
    engine = engine_on(database)
    engine.process([own(question)])
    log = record(2 * SECOND, account_name="ann")
    engine.process([intake(log)])
    assert [event.id for event, _ in stored(database)] == [log.id]
    assert standing(database).account == "u-1"


def world(seed: int) -> list[SignIn]:
    """Some weeks of an account at work, and a stranger who comes by night."""
    rng = random.Random(seed)
    events = []
    for day in range(24):
        for hour in (8, 13):
            at = day * DAY + hour * 60 * MINUTE + rng.randrange(30 * MINUTE)
            events.append(_from("Firefox on Windows", "198.51.100.7", f"s-{day}-{hour}", at))
            for step in range(1, 6):
                events.append(
                    structs.replace(
                        events[-1],
                        id=timed_id(START + at + step * 7 * MINUTE, "use", str(day), str(hour)),
                        time=START + at + step * 7 * MINUTE,
                        activity=Activity.OTHER,
                    )
                )
        if day > 15 and day % 2:
            for step in range(4):
                at = day * DAY + 2 * 60 * MINUTE + step * MINUTE
                events.append(
                    structs.replace(
                        _from("curl/8", "203.0.113.9", f"x-{day}", at),
                        outcome=Outcome.SUCCESS if step == 3 else Outcome.FAILURE,
                    )
                )
    return sorted(events, key=lambda event: event.id)


def _from(agent: str, ip: str, session: str, at: int) -> SignIn:
    return record(at, user_agent=agent, ip=ip, session=session, uid=f"{session}-{at}")


def replayed(database: Database, parts: Sequence[Intake]) -> tuple[list[bytes], list[bytes]]:
    engine = assembly.open_engine(
        Settings(), database, assembly.open_enricher(Settings()), live=False
    )
    for part in parts:
        engine.process([part])
    engine.idle(START + 30 * DAY)
    return told(database)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("order", ["first", "behind", "far behind", "shuffled", "ended"])
def test_the_same_log_finds_the_same_with_and_without_questions(
    databases: Databases, order: str
) -> None:
    log = world(1)
    plain = replayed(databases.new(), [intake(*log[at : at + 40]) for at in range(0, len(log), 40)])
    assert plain[0], "nothing is found: the comparison would say nothing"
    rng = random.Random(2)
    questions: list[Asked] = []
    mixed: list[tuple[int, Intake]] = []
    for place, event in enumerate(log):
        mixed.append((place * 10, intake(event)))
        if event.activity is not Activity.LOGON:
            continue
        one = asked(event.time - START - rng.randrange(5 * SECOND), len(questions) + 1, ip=event.ip)
        questions.append(one)
        shift = {"first": -1, "behind": 5, "far behind": 3_000, "ended": -1}.get(
            order, rng.randrange(-2_000, 2_000)
        )
        mixed.append((place * 10 + shift, own(one)))
        if order == "ended":
            ended = structs.replace(one, outcome=event.outcome)
            mixed.append((place * 10 + rng.choice((-1, 400)), own(ended)))
    database = databases.new()
    note(database, *questions)
    assert len(questions) > 60
    mixed.sort(key=lambda part: part[0])
    assert replayed(database, [part for _, part in mixed]) == plain
    with database.begin() as connection:
        column = tables.sign_in_questions.c.met_by
        assert connection.execute(select(column).where(column.is_(None))).all() == []
