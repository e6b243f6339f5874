"""Vigie's own sign-ins are events like any other; one that cannot be written keeps nobody out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from detectors.core.event import Activity, FailureReason, Outcome, SignIn
from detectors.core.finding import Severity
from monitor import assembly
from monitor.formats.format import Origin
from monitor.formats.ocsf import Ocsf
from monitor.services.keyring import Keyring
from monitor.services.own_sign_ins import SOURCE, TENANT, OwnSignIns, Refused
from monitor.services.review import Review
from monitor.settings import Settings, Source
from monitor.store import tables
from monitor.store.inbox import Inbox
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from tests.monitor.services.reviewing import AWAY, DESK, NOON, House, Person


class Told:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.own = OwnSignIns(engine, Keyring(b"p"), lambda: NOON)

    def lines(self) -> list[bytes]:
        found = Inbox(self.engine).after(SOURCE, 0, 100, 1 << 20)
        return [line for one in found for line in one.parcel.lines]

    def events(self) -> list[SignIn]:
        origin = Origin(SOURCE, TENANT, lambda *_: 2026, lambda *_: 0)
        read = [event for line in self.lines() for event in Ocsf().parse(line, origin)]
        return [event for event in read if isinstance(event, SignIn)]


@pytest.fixture
def told(database: Engine) -> Told:
    return Told(database)


def test_a_sign_in_is_read_as_one(told: Told) -> None:
    told.own.entered("r-1", "ada@x.example", "s-1", DESK)
    [event] = told.events()
    assert (event.activity, event.outcome) == (Activity.LOGON, Outcome.SUCCESS)
    assert (event.tenant, event.account, event.account_name) == (TENANT, "r-1", "ada@x.example")
    assert (event.session, event.ip, event.user_agent) == ("s-1", DESK.ip, DESK.user_agent)
    assert (event.time, event.mfa) == (NOON, True)


@pytest.mark.parametrize(
    ("reason", "read"),
    [
        (Refused.WRONG_PASSWORD, FailureReason.BAD_PASSWORD),
        (Refused.UNKNOWN_NAME, FailureReason.UNKNOWN_USER),
        (Refused.WRONG_CODE, FailureReason.MFA_DENIED),
        (Refused.DISABLED, FailureReason.DISABLED),
        (Refused.THROTTLED, FailureReason.LOCKED),
    ],
)
def test_a_refusal_says_why(told: Told, reason: Refused, read: FailureReason) -> None:
    told.own.refused("r-1", "ada@x.example", reason, DESK)
    [event] = told.events()
    assert (event.outcome, event.failure_reason) == (Outcome.FAILURE, read)


def test_leaving_is_told_too(told: Told) -> None:
    told.own.left("r-1", "ada@x.example", "s-1", DESK)
    [event] = told.events()
    assert (event.activity, event.session) == (Activity.LOGOFF, "s-1")


def test_what_may_be_a_password_in_the_wrong_field_is_not_kept(told: Told) -> None:
    for name in ("tricycle mangue orage", "tricycle mangue orage", "another"):
        told.own.refused(None, name, Refused.UNKNOWN_NAME, DESK)
    assert b"tricycle" not in b"".join(told.lines())
    names = [event.account_name for event in told.events()]
    assert names[0] == names[1] != names[2]
    told.own.refused(None, "eve@x.example", Refused.UNKNOWN_NAME, DESK)
    assert told.events()[-1].account_name == "eve@x.example"


def test_what_cannot_be_written_is_counted_told_and_kept_in_mind(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    with told.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO away")
    told.own.entered("r-1", "ada@x.example", "s-1", DESK)
    told.own.refused("r-1", "ada@x.example", Refused.WRONG_CODE, DESK)
    assert "2 lost so far" in caplog.text
    assert "ada@" not in caplog.text
    assert told.own.lost() == 2
    with told.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO inbox")
    told.own.left("r-1", "ada@x.example", "s-1", DESK)
    told.own.left("r-1", "ada@x.example", "s-1", DESK)
    # Others, and we after a start, know of them.
    assert OwnSignIns(told.engine, Keyring(b"p")).lost() == told.own.lost() == 2
    assert len(told.lines()) == 2


def test_a_hostile_name_is_a_line_still(told: Told) -> None:
    hostile = 'a@b"},{"class_uid":1}\n\x1b[31m\ud800'
    told.own.refused(None, hostile, Refused.UNKNOWN_NAME, DESK)
    [line] = told.lines()
    found: dict[str, Any] = msgspec.json.decode(line)
    assert found["class_uid"] == 3002
    assert len(told.events()) == 1


def test_each_is_an_event_of_its_own(told: Told) -> None:
    for _ in range(3):
        told.own.refused("r-1", "ada@x.example", Refused.WRONG_CODE, DESK)
    assert len({event.id for event in told.events()}) == 3
    with told.engine.connect() as connection:
        assert {row.source for row in connection.execute(tables.inbox.select())} == {SOURCE}


def test_guesses_at_vigie_itself_are_an_incident(database: Engine, tmp_path: Path) -> None:
    """Through the source that every engine has, in the whole chain."""
    house = House(database)
    person = house.person()
    for number in range(30):
        house.later(1_000)
        # Another name each time: a list of passwords, and of people.
        guessed = Person("", f"user{number}@atlas.example", person.secret, [])
        assert house.enter(guessed, password="Winter2026!", client=AWAY) is None
        house.enter(person, password=f"guess {number}", client=AWAY)
    settings = Settings(data=tmp_path)
    enricher = assembly.open_enricher(settings)
    engine = assembly.open_engine(settings, database, enricher, live=False)
    pipeline = assembly.open_pipeline(
        settings, engine, settings.all_sources, follow=False, database=database
    )
    pipeline.read_out(lambda: False, lambda _: None)
    found = Review(Reading(database), house.clock).page(
        house.operator, Filter(severity=Severity.LOW), None, "en"
    )
    assert {row.subject.tenant for row in found.rows} == {TENANT}
    subjects = {row.subject.uid for row in found.rows}
    assert AWAY.ip in subjects


def test_nobody_else_may_push_as_vigie(database: Engine, tmp_path: Path) -> None:
    pushed = Source(name="crm", url="push:")
    assembly.announce(Settings(data=tmp_path, sources=(pushed,)), database)
    terms = Inbox(database).terms()
    assert terms is not None
    assert terms.sources == ("crm",)
