"""What people decide reaches the detectors: as an event of the account, once, at its time."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, select, update

from alerts.incident import Incident
from alerts.ticket import Disposition
from detectors.core.event import DAY, HOUR, Answer, Event, Feedback
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import network_key, place_key
from detectors.core.registry import load
from monitor import assembly
from monitor.engine import Engine as Core
from monitor.engine import Intake
from monitor.formats.format import Origin
from monitor.formats.own import Own, answer_line
from monitor.services.answers import decided, tell
from monitor.settings import Settings
from monitor.store import tables
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from monitor.store.restrictions import restrict
from tests.databases import Databases
from tests.detectors.story import CHROME, FIREFOX, LYON, MOSCOW, Story


@pytest.fixture
def core(database: Engine) -> Core:
    return Core(database, load(), lambda event: event)


def visited(core: Core) -> list[Event]:
    """Weeks of work, and a stranger from Moscow: what is stored of it."""
    story = Story().work(range(12), LYON, CHROME).sign_on(11, 700, MOSCOW, FIREFOX, "x")
    events = story.use(11, 760, MOSCOW, FIREFOX, "x").sorted()
    core.process([Intake("s", "f", "x", None, list(events))])
    return events


def incident_of(database: Engine) -> Incident:
    found = Reading(database).incidents(Filter(severity=Severity.LOW), None, 10)
    return found[0].incident


def read(database: Engine, core: Core, tmp_path: Path) -> Iterator[Feedback]:
    """What the engine makes of its own source."""
    settings = Settings(data=tmp_path)
    pipeline = assembly.open_pipeline(
        settings, core, settings.all_sources, follow=False, database=database
    )
    pipeline.read_out(lambda: False, lambda _: None)
    query = select(tables.events.c.id).order_by(tables.events.c.id)
    with database.connect() as connection:
        ids = [row.id for row in connection.execute(query)]
    return (one for one in Reading(database).events(ids) if isinstance(one, Feedback))


def test_a_decision_is_an_event_of_the_account_with_what_it_was_about(
    database: Engine, core: Core, tmp_path: Path
) -> None:
    now = visited(core)[-1].time + DAY
    incident = incident_of(database)
    with database.begin() as connection:
        assert decided(connection, incident.id, Disposition.FALSE_POSITIVE, "ticket:7/3", now)
    [event] = read(database, core, tmp_path)
    assert (event.tenant, event.account) == ("acme", "alice")
    assert (event.answer, event.about) == (Answer.FALSE_POSITIVE, incident.id)
    assert MOSCOW.place is not None
    assert MOSCOW.network is not None
    assert {FIREFOX.fingerprint, network_key(MOSCOW.network), place_key(MOSCOW.place)} <= set(
        event.shown
    )
    entry = core.cells.find(("acme", "alice"))
    assert entry is not None
    assert core.cells.use(entry).profile.knows_device(FIREFOX, now + 1)


def test_what_is_not_committed_was_never_said(database: Engine, core: Core, tmp_path: Path) -> None:
    now = visited(core)[-1].time + DAY
    with database.connect() as connection:
        decided(connection, incident_of(database).id, Disposition.TRUE_POSITIVE, "t", now)
        connection.rollback()
    assert not list(read(database, core, tmp_path))


def test_nothing_is_said_of_who_is_to_be_left_alone(database: Engine, core: Core) -> None:
    now = visited(core)[-1].time + DAY
    incident = incident_of(database)
    with database.begin() as connection:
        assert not decided(connection, incident.id, Disposition.DUPLICATE, "t", now)
        assert not decided(connection, b"?" * 16, Disposition.TRUE_POSITIVE, "t", now)
        restrict(connection, incident.subject, now, "asked for", "operator:root")
        assert not decided(connection, incident.id, Disposition.TRUE_POSITIVE, "t", now)


@pytest.mark.parametrize(
    "subject",
    [
        Subject(SubjectKind.SOURCE, "acme", "192.0.2.1"),
        Subject(SubjectKind.ACCOUNT, "acme", "erased:00112233"),
    ],
)
def test_nothing_is_said_of_what_is_no_account(
    database: Engine, core: Core, subject: Subject
) -> None:
    now = visited(core)[-1].time + DAY
    incident = structs.replace(incident_of(database), subject=subject)
    table = tables.incidents
    with database.begin() as connection:
        body = msgspec.msgpack.encode(incident)
        connection.execute(update(table).where(table.c.id == incident.id).values(body=body))
        assert not decided(connection, incident.id, Disposition.TRUE_POSITIVE, "t", now)


def test_what_is_said_of_nobody_leaves_no_event(
    database: Engine, core: Core, tmp_path: Path
) -> None:
    """Both are written, so that nothing tells from outside whether there is such an account."""
    known = Subject(SubjectKind.ACCOUNT, "acme", "alice")
    now = visited(core)[-1].time + DAY
    with database.begin() as connection:
        tell(connection, None, Answer.REPORTED, "r-1", now)
        tell(connection, known, Answer.REPORTED, "r-2", now)
        assert len(connection.execute(select(tables.inbox.c.id)).all()) == 2
    [event] = read(database, core, tmp_path)
    assert (event.account, event.answer) == ("alice", Answer.REPORTED)
    reported = [
        one.incident
        for one in Reading(database).incidents(Filter(severity=Severity.LOW), None, 10)
        if one.incident.theme.value == "report"
    ]
    assert [one.subject for one in reported] == [known]


@pytest.mark.one_on_postgresql
def test_an_answer_is_folded_at_its_time_whatever_came_when(databases: Databases) -> None:
    """What the log brings late is put before the answer, as if it had come in order."""
    story = Story().work(range(12), LYON, CHROME).sign_on(11, 700, MOSCOW, FIREFOX, "x")
    events = story.use(11, 760, MOSCOW, FIREFOX, "x").sorted()
    at = events[-1].time + HOUR
    line = answer_line(
        "t/1",
        "acme",
        "alice",
        Answer.FALSE_POSITIVE,
        at,
        bytes(16),
        (FIREFOX.fingerprint, CHROME.fingerprint),
    )
    origin = Origin("vigie", "vigie", lambda *_: 2026, lambda *_: 0)
    [answer] = Own().parse(line, origin)
    after = Story().work([12], LYON, CHROME).sign_on(12, 900, MOSCOW, FIREFOX, "y").sorted()
    whole = [[*events, answer, *after]]
    late = [[*events[:-2], answer, *after], events[-2:]]
    found = []
    for batches in (whole, late):
        core = Core(databases.new(), load(), lambda event: event)
        for batch in batches:
            core.process([Intake("s", "f", "x", None, list(batch))])
        entry = core.cells.find(("acme", "alice"))
        assert entry is not None
        cell = core.cells.use(entry)
        found.append(msgspec.msgpack.encode((cell.profile, cell.states)))
    assert found[0] == found[1]
