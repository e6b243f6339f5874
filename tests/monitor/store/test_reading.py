"""What is read is what was stored: the right incidents, in order, of the right subject."""

import msgspec
import pytest
from sqlalchemy import Engine, update

from alerts.incident import Category
from detectors.core.event import HOUR, MINUTE
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.engine import BACKLOGS
from monitor.store import tables
from monitor.store.incident_filter import Filter, Order
from monitor.store.reading import Backlog, Reading, StoredIncident
from tests.monitor.web.staging import (
    NOON,
    TENANT,
    Stage,
    account,
    attack_from_address,
    shared_account,
    sign_in,
    small_incidents,
)

ALL = Filter(severity=Severity.INFORMATIONAL)


@pytest.fixture
def stage(database: Engine) -> Stage:
    return Stage(engine=database)


def order(stored: StoredIncident) -> tuple[int, bytes]:
    return (stored.incident.updated, stored.incident.id)


def severest(stored: StoredIncident) -> tuple[int, int, bytes]:
    return (int(stored.incident.severity), *order(stored))


@pytest.mark.parametrize("by", Order)
@pytest.mark.parametrize("limit", [1, 7, 200])
def test_pages_together_are_the_whole_list_in_order(stage: Stage, by: Order, limit: int) -> None:
    made = small_incidents(stage, 40)
    wanted = Filter(severity=Severity.INFORMATIONAL, order=by)
    reading = Reading(stage.engine)
    read: list[StoredIncident] = []
    while some := reading.incidents(wanted, read[-1].cursor if read else None, limit):
        read += some
    key = severest if by is Order.SEVEREST else order
    assert read == sorted(read, key=key, reverse=by is not Order.OLDEST)
    assert {one.incident.id for one in read} == {incident.id for incident in made}
    assert len(read) == reading.count(wanted) == 40


def test_filters_keep_what_they_say(stage: Stage) -> None:
    made = small_incidents(stage, 30)
    reading = Reading(stage.engine)
    high = reading.incidents(Filter(severity=Severity.HIGH), None, 200)
    assert len(high) == sum(i.severity >= Severity.HIGH for i in made)
    shared = Filter(severity=Severity.INFORMATIONAL, category=Category.BRUTE_FORCE)
    assert {one.incident.category for one in reading.incidents(shared, None, 200)} == {
        Category.BRUTE_FORCE
    }
    named = Filter(severity=Severity.INFORMATIONAL, text="U-00007")
    assert [one.incident.subject.uid for one in reading.incidents(named, None, 9)] == ["u-00007"]
    tenant = Filter(severity=Severity.INFORMATIONAL, text="ATLAS")
    assert reading.count(tenant) == 30


@pytest.mark.parametrize("text", ["%", "_", "u-0000%1", "\\"])
def test_a_text_means_only_itself(stage: Stage, text: str) -> None:
    small_incidents(stage, 5)
    assert Reading(stage.engine).count(Filter(severity=Severity.LOW, text=text)) == 0


def test_findings_come_with_what_became_of_them(stage: Stage) -> None:
    incident = shared_account(stage)
    found = Reading(stage.engine).findings_of([incident.id, bytes(16)])
    assert [one.withdrawn for one in found[incident.id]] == [True, False, False, False]
    assert found[bytes(16)] == []


def test_sign_ins_are_the_subjects_own_even_of_one_digest(stage: Stage) -> None:
    mine = [sign_in("mine", NOON + n * MINUTE, session=f"s{n}") for n in range(5)]
    other = [sign_in("other", NOON + n * MINUTE, session=f"s{n}") for n in range(5)]
    stage.put_events([*mine, *other])
    with stage.engine.begin() as connection:
        connection.execute(update(tables.events).values(account_key=account("mine").key()))
    assert Reading(stage.engine).sign_ins(account("mine"), 0, NOON + HOUR, 100) == mine


def test_the_last_sign_ins_of_a_span_are_taken(stage: Stage) -> None:
    events = [sign_in("a", NOON + n * MINUTE, session=f"s{n}") for n in range(10)]
    stage.put_events(events)
    reading = Reading(stage.engine)
    assert reading.sign_ins(account("a"), NOON + MINUTE, NOON + 4 * MINUTE, 2) == events[3:5]
    assert reading.sign_ins(account("a"), NOON + 9 * MINUTE, NOON + HOUR, 9) == events[9:]
    assert reading.sign_ins(account("a"), NOON + HOUR, NOON, 9) == []


def test_sign_ins_of_an_address_and_of_a_tenant(stage: Stage) -> None:
    attack_from_address(stage)
    stage.put_events([sign_in("else", NOON + 72 * HOUR, "desk", tenant="elsewhere")])
    reading = Reading(stage.engine)
    source = Subject(SubjectKind.SOURCE, TENANT, "102.89.23.5")
    tenant = Subject(SubjectKind.TENANT, "elsewhere", "")
    assert len(reading.sign_ins(source, NOON, NOON + 100 * HOUR, 500)) == 60
    assert len(reading.sign_ins(tenant, NOON, NOON + 100 * HOUR, 500)) == 1


def test_events_are_found_by_their_ids(stage: Stage) -> None:
    events = [sign_in("a", NOON + n * MINUTE, session=f"s{n}") for n in range(700)]
    stage.put_events(events)
    wanted = [event.id for event in events[::-1]]
    assert Reading(stage.engine).events([*wanted, bytes(16)]) == events


def test_counts_leave_out_what_was_withdrawn(stage: Stage) -> None:
    small_incidents(stage, 18)
    counts = Reading(stage.engine).counts()
    assert sum(counts.values()) == 16


def test_sources_and_notes_are_read_as_they_are(stage: Stage) -> None:
    reading = Reading(stage.engine)
    assert reading.sources() == []
    stage.put_source(lines=3, last_event=NOON)
    assert [(one.name, one.lines, one.last_event) for one in reading.sources()] == [
        ("idp", 3, NOON)
    ]
    assert reading.note("watermark") is None


def test_how_far_a_history_is_read_is_as_the_engine_notes_it(stage: Stage) -> None:
    reading = Reading(stage.engine)
    assert reading.backlogs() == {}
    stage.put_note(BACKLOGS, msgspec.msgpack.encode({"idp": (63, 100), "vpn": (0, 0)}))
    assert reading.backlogs() == {
        "idp": Backlog(read=63, total=100),
        "vpn": Backlog(read=0, total=0),
    }
