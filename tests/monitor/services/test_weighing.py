"""How many use an account is the engine's word, or none: bounded, and its limits told."""

from math import exp
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.incident import Category
from detectors.core.event import DAY, SignIn
from detectors.core.finding import Evidence, Severity, Weights, finding
from detectors.core.identity import Subject
from monitor.assembly import open_weigher
from monitor.services.weighing import Verdict, Weighing
from monitor.settings import Settings
from monitor.store.connection import connect
from monitor.store.reading import Reading
from tests.databases import placed
from tests.detectors.story import CHROME, LYON, MAC, TANA, Story
from tests.monitor.web.staging import Stage, account, assessed

UID = "u-7"
WHOSE = account(UID)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return connect(placed(tmp_path / "v.db"))


def put(engine: Engine, story: Story, subject: Subject = WHOSE) -> list[SignIn]:
    events = [
        structs.replace(one, tenant=subject.tenant, account=subject.uid)
        for one in story.sorted()
        if isinstance(one, SignIn)
    ]
    Stage(engine=engine).put_events(events)
    return events


def shared(days: int = 6) -> Story:
    story = Story()
    for day in range(days):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        story.work([day], TANA, MAC, 500, 920, name="two")
    return story


def weighing(engine: Engine) -> Weighing:
    return Weighing(Reading(engine), lambda: open_weigher(Settings()))


def test_two_at_once_speak_for_several_people(engine: Engine) -> None:
    events = put(engine, shared())
    found = weighing(engine).of(WHOSE, events[-1].time + DAY)
    assert found.verdict is Verdict.SEVERAL
    last = found.days[-1].odds
    assert last is not None
    assert found.odds == exp(last)
    assert (found.most_at_once, found.most_on) == (2, found.days[0].day)
    assert (found.events, found.is_all, found.since) == (len(events), True, events[0].time)


def test_a_day_that_goes_on_is_not_in_it(engine: Engine) -> None:
    events = put(engine, shared(4))
    found = weighing(engine).of(WHOSE, events[-1].time)
    assert len(found.days) == 3


def test_one_person_at_one_machine_leaves_it_unsaid(engine: Engine) -> None:
    events = put(engine, Story().work(range(6), LYON, CHROME))
    found = weighing(engine).of(WHOSE, events[-1].time + DAY)
    assert (found.verdict, found.odds, found.most_at_once) == (Verdict.SILENT, None, 1)
    assert found.needs == 3


def test_of_whom_nothing_is_stored_nothing_is_said(engine: Engine) -> None:
    found = weighing(engine).of(WHOSE, 1)
    assert (found.verdict, found.days, found.since, found.events) == (Verdict.SILENT, [], None, 0)


def test_only_so_many_events_are_folded_and_that_is_told(engine: Engine) -> None:
    events = put(engine, shared())
    found = weighing(engine).of(WHOSE, events[-1].time + DAY, most=100)
    assert (found.events, found.is_all) == (100, False)
    assert found.since == events[-100].time
    assert len(found.days) < 6


def test_what_the_engine_said_stands_beside_it(engine: Engine) -> None:
    events = put(engine, shared(1))
    evidence = Evidence("people", Weights(shared=1.5), {"odds": 4.48, "days": 5}, learned=True)
    ids = (events[-1].id,)
    one = finding("account_sharing", WHOSE, events[-1].time, Severity.LOW, evidence, ids)
    posterior = (0.1, 0.1, 0.7, 0.1)
    incident = assessed(WHOSE, Category.CREDENTIAL_SHARING, Severity.LOW, posterior, [one])
    Stage(engine=engine).put_incident(incident, [one])
    [said] = weighing(engine).of(WHOSE, events[-1].time).said
    assert (said.odds, said.days, said.withdrawn) == (4.48, 5, False)
