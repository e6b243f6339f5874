"""A sign-in is judged as the engine would judge it, without waiting for the engine."""

import pytest
from sqlalchemy import Engine as Database

from alerts.incident import Hypothesis
from detectors.core.event import DAY, HOUR, MINUTE, PENDING, Outcome, SignIn
from detectors.core.identity import Subject, SubjectKind
from monitor import assembly
from monitor.deciding import judge as judging
from monitor.deciding.judge import Judge, Judged
from monitor.engine import Engine, Intake
from monitor.settings import Settings
from monitor.store.connection import reading
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.deciding.history import (
    DESK,
    ELSEWHERE,
    LINUX,
    NOW,
    START,
    WINDOWS,
    history,
    signed_on,
)

SUBJECT = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
STRANGER = {"session": "x", "ip": ELSEWHERE, "user_agent": LINUX}


pytestmark = pytest.mark.one_on_postgresql


class Bench:
    """An engine that has read the weeks, and a judge beside it."""

    def __init__(self, database: Database, events: list[SignIn]) -> None:
        self.database = database
        settings = Settings()
        enricher = assembly.open_enricher(settings)
        self.engine: Engine = assembly.open_engine(settings, database, enricher, live=False)
        for start in range(0, len(events), 100):
            self.read(*events[start : start + 100])
        self.judge: Judge = assembly.open_judge(settings)

    def read(self, *events: SignIn) -> None:
        self.engine.process([Intake("log", "ocsf", "log", None, list(events))])

    def ask(self, time: int, **told: object) -> Judged:
        event = signed_on(time, outcome=PENDING, **told)
        with reading(self.database).begin() as connection:
            return self.judge.judge(connection, event, time)

    def taken_over(self) -> float:
        """What the engine itself says of the account now."""
        with self.database.begin() as connection:
            found = Writing(connection).incidents_of(SUBJECT)
        told = [i.assessment.probability(Hypothesis.TAKEN_OVER) for i, gone in found if not gone]
        return max(told, default=0.0)


@pytest.fixture
def bench(databases: Databases) -> Bench:
    return Bench(databases.new(), history())


@pytest.mark.parametrize("events", [[], history()[:20], history()], ids=["none", "few", "weeks"])
def test_the_owner_at_the_desk_is_at_home(databases: Databases, events: list[SignIn]) -> None:
    told = Bench(databases.new(), events).ask(NOW + 6 * HOUR, session="new")
    assert (told.risk, told.is_at_home, told.is_caught_up) == (0.0, True, True)


def test_a_stranger_is_judged_as_the_engine_will_judge_him(bench: Bench) -> None:
    told = bench.ask(NOW, **STRANGER)
    assert told.risk > 0.7
    assert not told.is_at_home
    assert bench.taken_over() == 0.0, "asking alone changes nothing"
    bench.read(signed_on(NOW, **STRANGER))
    assert bench.taken_over() == pytest.approx(told.risk, abs=1e-9)
    again = bench.ask(NOW + MINUTE, **STRANGER)
    assert again.risk >= told.risk * 0.9, "he is no friend for having been there"
    assert not again.is_at_home
    owner = bench.ask(NOW + 8 * HOUR, session="new")
    assert owner.is_at_home, "the owner at the desk is not asked for what a stranger did"


def test_what_the_engine_has_not_saved_yet_is_known(bench: Bench) -> None:
    """Between snapshots the stored events tell the rest; and what comes later is met at once."""
    assert not bench.ask(NOW, **STRANGER).is_at_home
    for day in range(1, 15):
        at = NOW + day * DAY
        bench.read(signed_on(at, session=f"y{day}", user_agent=LINUX))
    assert bench.ask(NOW + 15 * DAY, session="z", user_agent=LINUX, ip=DESK).is_at_home


def test_who_is_not_read_far_enough_is_told_so_and_read_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench.database.begin() as connection:
        Writing(connection).drop_snapshots("account", SUBJECT.key(), bytes(16), lambda _: True)
    monkeypatch.setattr(judging, "MOST_EVENTS", 100)
    told = [bench.ask(NOW + step, **STRANGER) for step in range(6)]
    caught_up = [one.is_caught_up for one in told]
    assert caught_up[:3] == [False] * 3
    assert caught_up[-1]
    assert [one.risk > 0 for one in told] == caught_up


def test_an_event_that_came_late_is_met_within_a_while(bench: Bench) -> None:
    assert bench.ask(NOW, session="new").is_caught_up
    bench.read(signed_on(NOW - 3 * HOUR, session="late", outcome=Outcome.FAILURE))
    assert bench.ask(NOW + 2 * MINUTE, session="new").is_caught_up
    with reading(bench.database).begin() as connection:
        cell, _ = bench.judge._cell(Writing(connection), SUBJECT, NOW + 4 * MINUTE)
    assert any(one.time == NOW - 3 * HOUR for one in cell.profile.failures)


def test_another_account_of_the_same_key_space_is_another(bench: Bench) -> None:
    told = bench.ask(NOW, account="u-2", ip=DESK, user_agent=WINDOWS)
    assert (told.risk, told.is_at_home) == (0.0, True)
    assert START < NOW
