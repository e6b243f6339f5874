"""What the engine writes is what it reads back; what has limits keeps to them."""

from collections.abc import Iterable

import pytest
from msgspec import structs
from sqlalchemy import Connection, Engine, func, select

from alerts.correlation import correlate
from detectors.core.event import Activity, Outcome, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.store import feed, tables
from monitor.store.writing import (
    MAXIMUM_RAW,
    MAXIMUM_REJECTS,
    EventRow,
    NameRow,
    Reject,
    Renamed,
    SnapshotRow,
    Writing,
    account_key,
    encode_event,
)

START = 1_790_000_000_000
SUBJECT = Subject(SubjectKind.ACCOUNT, "t", "a")
MANY = 2_500
"""More than go into one statement."""


@pytest.fixture
def connection(database: Engine) -> Iterable[Connection]:
    with database.begin() as opened:
        yield opened


@pytest.fixture
def writing(connection: Connection) -> Writing:
    return Writing(connection)


def event(number: int, account: str = "a", tenant: str = "t") -> SignIn:
    time = START + number
    return SignIn(
        id=timed_id(time, tenant, account, str(number)),
        time=time,
        tenant=tenant,
        account=account,
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
    )


def row(
    one: SignIn, *, key: int | None = None, name_key: int | None = None, late: bool = False
) -> EventRow:
    mine = account_key(one) if key is None else key
    return (one.id, mine, name_key, 1, late, encode_event(one))


def found(number: int, subject: Subject = SUBJECT) -> Finding:
    evidence = Evidence("impossible_travel", Weights(shared=3.0), {"number": number})
    time = START + number
    return finding(
        "impossible_travel", subject, time, Severity.HIGH, evidence, (timed_id(time, "x"),)
    )


def test_events_are_read_back_in_order_of_id_without_late_ones(writing: Writing) -> None:
    events = [event(number) for number in range(5)]
    rows = [row(one, late=one is events[-1]) for one in reversed(events)]
    writing.add_events([*rows, row(event(2, "b")), row(event(3, "a", "other"))])
    assert writing.events_of(SUBJECT, bytes(16)) == events[:4]
    assert writing.events_of(SUBJECT, events[1].id) == events[2:4]
    writing.add_events([])


def test_two_accounts_with_one_key_are_told_apart(writing: Writing) -> None:
    mine, theirs = event(1), event(2, "b")
    writing.add_events([row(mine), row(theirs, key=account_key(mine))])
    assert writing.events_of(SUBJECT, bytes(16)) == [mine]


def test_an_event_without_account_has_the_key_of_none() -> None:
    assert account_key(event(1, "")) == 0
    assert account_key(event(1, "a")) != account_key(event(1, "a", "other"))


def test_many_ids_are_looked_up_in_parts(writing: Writing) -> None:
    events = [event(number, f"a{number}") for number in range(MANY)]
    writing.add_events([row(one) for one in events])
    wanted = {one.id for one in events[::2]} | {timed_id(1, str(n)) for n in range(MANY)}
    assert writing.known_ids(wanted) == {one.id for one in events[::2]}
    keys = [account_key(one) for one in events] + [-1]
    assert writing.keys_with_events(keys) == set(keys[:-1])


def test_events_known_by_a_name_go_to_their_account(writing: Writing) -> None:
    waiting = [event(1, "Ann"), event(2, "ann"), event(3, "Ann")]
    writing.add_events([row(one, name_key=77) for one in waiting])
    writing.add_events([row(event(4, "ann"), name_key=78)])
    assert writing.names_with_events([77, 78, 79]) == {77, 78}
    assert writing.rename_events(77, "a") == [
        Renamed("t", "Ann", "a", waiting[0].id),
        Renamed("t", "ann", "a", waiting[1].id),
    ]
    assert [e.id for e in writing.events_of(SUBJECT, bytes(16))] == [e.id for e in waiting]
    assert writing.rename_events(77, "a") == []
    assert writing.rename_events(79, "a") == []
    # An older event says that the name is another's: it is found again.
    assert writing.rename_events(77, "b") == [Renamed("t", "a", "b", waiting[0].id)]


def test_names_are_kept(writing: Writing) -> None:
    later, earlier = b"\x02" * 16, b"\x01" * 16
    writing.put_names([])
    writing.put_names([(1, "t", "a", later), (2, "t", "b", later)])
    writing.put_names([(1, "t", "c", earlier)])
    assert writing.names([1, 2, 3]) == {1: NameRow("c", earlier), 2: NameRow("b", later)}


def test_a_base_older_than_the_horizon_is_kept_however_often_is_saved(writing: Writing) -> None:
    ids = [timed_id(START + number, "x") for number in range(60)]

    def before(number: int) -> bytes | None:
        kept = [one for _, one in writing.snapshots_of("account", 5) if one.last < ids[number]]
        return kept[0].body if kept else None

    for number in range(50):
        saved = SnapshotRow(5, ids[number], 1, str(number).encode())
        horizon = None if number == 0 else ids[max(0, number - 10)]
        writing.save_snapshots("account", [saved], [horizon])
        assert writing.snapshots("account", [5, 6])[5].body == str(number).encode()
        if number > 25:
            base = before(number - 10)
            assert base is not None
            assert number - 25 <= int(base) < number - 10
    assert before(55) == b"49"
    writing.drop_snapshots("account", 5, ids[45], lambda body: body == b"0")
    assert before(55) == b"49"
    writing.drop_snapshots("account", 5, ids[45], lambda _: True)
    assert writing.snapshots("account", [5]) == {}
    assert before(55) is not None
    writing.save_snapshots("account", [], [])


def test_the_snapshot_that_follows_the_horizon_is_one_more_and_stays(writing: Writing) -> None:
    ids = [timed_id(START + number, "x") for number in range(60)]
    for number in (10, 20):
        writing.save_trailing("account", [SnapshotRow(5, ids[number], 1, str(number).encode())])
    for number in (30, 50):
        saved = SnapshotRow(5, ids[number], 1, str(number).encode())
        writing.save_snapshots("account", [saved], [ids[number - 10]])
    kept = writing.snapshots_of("account", 5)
    assert [(trailing, one.body) for trailing, one in kept] == [
        (False, b"50"),
        (False, b"30"),
        (True, b"20"),
    ]
    assert writing.keys_with_snapshots("account", [5, 6]) == {5}
    writing.drop_snapshots("account", 5, ids[0], lambda _: True)
    assert [one.body for _, one in writing.snapshots_of("account", 5)] == [b"20"]
    assert writing.snapshots("account", [5]) == {}
    assert writing.keys_with_snapshots("account", [5, 6]) == {5}
    assert writing.snapshots_of("account", 6) == []


def test_whom_events_are_about_is_told_by_key(writing: Writing) -> None:
    events = [event(number, f"u{number % 7}") for number in range(30)]
    writing.add_events([row(e, late=number == 29) for number, e in enumerate(events)])
    first, until = events[5].id, events[12].id
    found = dict[int, Subject]()
    after: int | None = None
    while some := writing.subjects_between(after, first, until, 3):
        found |= some
        after = max(some)
    assert found == {
        account_key(e): Subject(SubjectKind.ACCOUNT, "t", e.account) for e in events[5:12]
    }
    assert list(found) == sorted(found)
    mine = account_key(events[0])
    assert writing.has_events_before(mine, events[1].id)
    assert not writing.has_events_before(mine, events[0].id)


def test_findings_are_put_changed_and_withdrawn(writing: Writing) -> None:
    findings = [found(number) for number in range(3)]
    writing.put_findings(findings)
    writing.put_findings([found(1, Subject(SubjectKind.ACCOUNT, "t", "b"))])
    writing.withdraw_findings([findings[1].id])
    assert writing.findings_of(SUBJECT) == [findings[0], findings[2]]
    assert writing.findings_of(SUBJECT, withdrawn=True) == [findings[1]]
    changed = structs.replace(findings[1], severity=Severity.LOW)
    writing.put_findings([changed])
    assert writing.findings_of(SUBJECT) == [findings[0], changed, findings[2]]


def test_incidents_are_put_with_their_findings(writing: Writing, connection: Connection) -> None:
    findings = [found(number) for number in range(3)]
    writing.put_findings(findings)
    (incident,) = correlate(findings)
    writing.put_incidents([incident])
    writing.put_incidents([incident])
    assert writing.incidents_of(SUBJECT) == [(incident, False)]
    table = tables.findings
    owners = connection.execute(select(table.c.incident_id)).scalars().all()
    assert set(owners) == {incident.id}
    writing.withdraw_incidents([incident])
    assert writing.incidents_of(SUBJECT) == [(incident, True)]
    withdrawn = connection.execute(select(tables.incidents.c.withdrawn)).scalar_one()
    assert withdrawn
    told = [(one.incident, one.withdrawn) for one in feed.changes(connection, 0)]
    assert told == [(incident.id, False), (incident.id, False), (incident.id, True)]


def test_a_source_is_made_once_and_counts(writing: Writing) -> None:
    made = writing.source("ssh", "sshd")
    assert made.lines == 0
    assert made.cursor is None
    assert writing.source("ssh", "sshd") == made
    counted = made._replace(cursor=b"here", lines=7, events=5, rejected=1, last_event=START)
    writing.save_source(counted)
    assert writing.source("ssh", "sshd") == counted
    assert writing.source("idp", "ocsf").id != made.id


def test_rejects_are_kept_up_to_a_number_and_a_length(
    writing: Writing, connection: Connection
) -> None:
    noisy, quiet = (writing.source(name, "sshd").id for name in ("noisy", "quiet"))
    writing.add_rejects(quiet, [Reject("q:1", "why", b"x" * (MAXIMUM_RAW + 5))])
    for start in range(0, MAXIMUM_REJECTS + 3_000, 1_000):
        writing.add_rejects(noisy, [Reject(f"n:{start + n}", "why", b"raw") for n in range(1_000)])
    writing.add_rejects(noisy, [])
    table = tables.rejects
    count = select(func.count()).select_from(table)
    assert connection.execute(count.where(table.c.source_id == noisy)).scalar() <= MAXIMUM_REJECTS
    newest = select(table.c.position).where(table.c.source_id == noisy)
    last = f"n:{MAXIMUM_REJECTS + 2_999}"
    assert connection.execute(newest.order_by(table.c.id.desc())).scalars().first() == last
    kept = connection.execute(select(table).where(table.c.source_id == quiet)).one()
    assert len(kept.raw) == MAXIMUM_RAW


def test_one_noisy_batch_does_not_push_out_another_sources_rejects(
    writing: Writing, connection: Connection
) -> None:
    noisy, quiet = (writing.source(name, "sshd").id for name in ("noisy", "quiet"))
    writing.add_rejects(noisy, [Reject("n:0", "why", b"raw")])
    for number in range(30):
        writing.add_rejects(quiet, [Reject(f"q:{number}", "why", b"raw")])
    writing.add_rejects(noisy, [Reject(f"n:{n}", "why", b"raw") for n in range(MAXIMUM_REJECTS)])
    table = tables.rejects
    kept = connection.execute(select(table.c.id).where(table.c.source_id == quiet)).all()
    assert len(kept) == 30


def test_a_flood_of_one_source_leaves_the_few_rejects_of_another(
    writing: Writing, connection: Connection
) -> None:
    # Whoever may push to one source must not wipe out what shows that another is attacked.
    noisy, quiet = (writing.source(name, "sshd").id for name in ("noisy", "quiet"))
    writing.add_rejects(quiet, [Reject("q:0", "why", b"raw")])
    for _ in range(2):
        writing.add_rejects(noisy, [Reject("n", "why", b"raw")] * MAXIMUM_REJECTS)
    writing.add_rejects(quiet, [Reject("q:1", "why", b"raw")])
    table = tables.rejects
    count = select(func.count()).select_from(table)
    assert connection.execute(count.where(table.c.source_id == quiet)).scalar() == 2
    assert connection.execute(count.where(table.c.source_id == noisy)).scalar() == MAXIMUM_REJECTS


def test_notes_are_replaced(writing: Writing) -> None:
    assert writing.note("run") is None
    writing.set_note("run", b"1")
    writing.set_note("run", b"2")
    assert writing.note("run") == b"2"
