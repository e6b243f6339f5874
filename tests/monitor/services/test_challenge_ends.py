"""What follows from a challenge that is over is written down, told once, and read by people."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, select, update

from alerts.incident import Category
from alerts.ticket import Status
from detectors.core.event import Answer
from detectors.core.finding import Severity
from detectors.core.registry import load
from monitor import assembly
from monitor.engine import Engine as Core
from monitor.mfa.challenge import State
from monitor.services.factors import Shown
from monitor.services.opening import take
from monitor.services.subscriber import Subscriber
from monitor.settings import Settings
from monitor.store import tables, ticket_notes, tickets
from monitor.store.challenges import by_handle
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from monitor.store.restrictions import restrict
from monitor.store.tickets import StoredTicket
from tests.monitor.services.challenged import ANN, HERE, NOW, RIGHT, WRONG, Desk
from tests.monitor.web.staging import Stage, shared_account

pytestmark = pytest.mark.one_on_postgresql


def end(desk: Desk, handle: str, how: State) -> None:
    if how is State.PASSED:
        desk.challenges.answer(handle, HERE, RIGHT)
    elif how is State.DENIED:
        desk.challenges.deny(handle, HERE)
    else:
        for _ in range(5):
            desk.challenges.answer(handle, HERE, WRONG)


def ticketed(
    engine: Engine, category: Category = Category.ACCOUNT_TAKEOVER
) -> tuple[StoredTicket, Subscriber]:
    """An incident of this category with its ticket, and whose it is."""
    stage = Stage(engine=engine)
    incident = shared_account(stage)
    changed = structs.replace(incident, category=category)
    with engine.begin() as connection:
        table = tables.incidents
        values = {"category": category.value, "body": msgspec.msgpack.encode(changed)}
        connection.execute(update(table).where(table.c.id == incident.id).values(values))
    [stored] = Reading(engine).incidents(Filter(), None, 10)
    with engine.begin() as connection:
        take(connection, stored, False, NOW)
        found = tickets.of_incident(connection, incident.id)
    assert found is not None
    return found, Subscriber(incident.subject.tenant, incident.subject.uid)


PASSKEY = Shown(passkey="owner's")
ENDS = pytest.mark.parametrize(
    ("how", "answer"),
    [
        (State.PASSED, Answer.CHALLENGE_PASSED),
        (State.LOCKED, Answer.CHALLENGE_FAILED),
        (State.DENIED, Answer.NOT_ME),
    ],
)


@ENDS
def test_it_is_written_down_and_told_once(database: Engine, how: State, answer: Answer) -> None:
    desk = Desk(database)
    handle = desk.opened()
    end(desk, handle, how)
    end(desk, handle, how)
    [told] = desk.told()
    assert (told.answer, told.session, told.uid) == (answer, "s-1", f"challenge:{handle}")
    with database.connect() as connection:
        done = connection.execute(select(tables.audit.c.operation)).scalars().all()
        found = by_handle(connection, handle)
    assert done.count(f"challenge:{how.value}") == 1
    assert found is not None
    assert found.challenge.state is how


@ENDS
def test_nothing_is_told_of_whose_data_is_restricted(
    database: Engine, how: State, answer: Answer
) -> None:
    desk = Desk(database)
    handle = desk.opened()
    with database.begin() as connection:
        restrict(connection, ANN.subject, NOW, "asked for", "operator:root")
    end(desk, handle, how)
    assert desk.answers() == []
    with database.connect() as connection:
        for table in (tables.assurances, tables.session_demands):
            assert connection.execute(select(table)).all() == []


def test_whoever_looks_at_the_incident_reads_what_came_of_it(database: Engine) -> None:
    ticket, made = ticketed(database)
    desk = Desk(database)
    desk.factors.owner = made
    for how in (State.DENIED, State.LOCKED, State.PASSED):
        handle = desk.opened(made, session=how.value, incident=ticket.incident)
        end(desk, handle, how)
    with database.connect() as connection:
        comments = ticket_notes.comments_of(connection, ticket.id)
    assert [comment.actor for comment in comments[-3:]] == ["daemon:vigie"] * 3
    assert "not them" in comments[-3].text
    assert "Une vérification" in comments[-1].text


@pytest.mark.parametrize(
    ("category", "shown", "closes", "status"),
    [
        (Category.ACCOUNT_TAKEOVER, PASSKEY, True, Status.RESOLVED),
        (Category.ACCOUNT_TAKEOVER, PASSKEY, False, Status.NEW),
        (Category.ACCOUNT_TAKEOVER, RIGHT, True, Status.NEW),
        (Category.CREDENTIAL_SHARING, PASSKEY, True, Status.NEW),
        (Category.SESSION_HIJACKING, PASSKEY, True, Status.NEW),
    ],
)
def test_an_incident_is_closed_only_where_a_passkey_explains_it_and_the_settings_want_it(
    database: Engine, category: Category, shown: Shown, closes: bool, status: Status
) -> None:
    ticket, made = ticketed(database, category)
    desk = Desk(database, closes=closes)
    desk.factors.owner = made
    view = desk.challenges.answer(desk.opened(made, incident=ticket.incident), HERE, shown)
    assert view.state is State.PASSED
    with database.connect() as connection:
        found = tickets.of_incident(connection, ticket.incident or b"")
    assert found is not None
    assert found.ticket.status is status


@pytest.mark.parametrize(
    ("how", "detector", "severity"),
    [
        (State.LOCKED, "failed_challenge", Severity.HIGH),
        (State.DENIED, "denied_sign_in", Severity.HIGH),
        (State.PASSED, "passed_challenge", Severity.INFORMATIONAL),
    ],
)
def test_the_engine_makes_an_incident_of_it(
    database: Engine, tmp_path: Path, how: State, detector: str, severity: Severity
) -> None:
    desk = Desk(database)
    end(desk, desk.opened(), how)
    settings = Settings(data=tmp_path)
    core = Core(database, load(), lambda event: event)
    pipeline = assembly.open_pipeline(
        settings, core, settings.all_sources, follow=False, database=database
    )
    pipeline.read_out(lambda: False, lambda _: None)
    found = Reading(database).incidents(Filter(severity=Severity.INFORMATIONAL), None, 10)
    [incident] = [one.incident for one in found]
    assert (incident.subject, incident.severity) == (ANN.subject, severity)
    assert [one.detector for one in incident.assessment.contributions] == [detector]


def test_a_passkey_is_told_as_one(database: Engine) -> None:
    desk = Desk(database)
    desk.challenges.answer(desk.opened(), HERE, Shown(passkey="ann's"))
    assert [told.method for told in desk.told()] == ["passkey"]
