"""A rehearsal finds what the engine found, differs by what was changed, and writes nothing."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import func, select

from alerts.document import read_text
from alerts.incident import Category, Incident
from alerts.ladder import Step
from alerts.policy import SHIPPED, Outcome
from alerts.trial import compare
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor import assembly, rehearsal
from monitor.directory.account import Account
from monitor.engine import Intake
from monitor.rehearsal import Span, TooMuchError, Under, count, finds_alike, rehearse
from monitor.settings import Settings
from monitor.store import restrictions, tables
from monitor.store.directory import DirectoryTable
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from tests.detectors.story import CHROME, LYON, MADRID, MONDAY, MOSCOW, Story

FRANCE = read_text(
    """
    [[rules]]
    name = "abroad"
    then = ["challenge"]
    when = { category = ["limit_evasion"], tags = ["watched"] }
    [tenants.acme]
    countries = ["FR"]
    """
)
END = MONDAY + 12 * DAY
ALL = Span(MONDAY - DAY, MONDAY - DAY, END)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of an instance that keeps nothing else."""
    made = Settings(data=tmp_path)
    return structs.replace(made, models=structs.replace(made.models, enabled=False))


@pytest.fixture
def stored(database: Database, settings: Settings) -> Database:
    """Two accounts at work, one of them abroad for a while, as a running engine stored them."""
    moved = Story("u-1", "acme").work(range(12), LYON, CHROME).work([9], MOSCOW, CHROME, name="m")
    still = Story("u-2", "acme").work(range(9), LYON, CHROME).work([10], MADRID, CHROME)
    events = sorted([*moved.events, *still.events], key=lambda event: event.id)
    engine = assembly.open_engine(settings, database, None, live=False)
    engine.process([Intake("idp", "ocsf", "s", b"c", events)])
    engine.idle(END)
    engine.stop()
    with database.begin() as connection:
        account = Account(tenant="acme", uid="u-2", tags=("Watched",))
        DirectoryTable(connection).add_tenants(["acme"], "csv", MONDAY)  # type: ignore[arg-type]
        DirectoryTable(connection).add(account, MONDAY)
    return database


def incidents(database: Database) -> list[Incident]:
    """Those that stand."""
    wanted = Filter(severity=Severity.INFORMATIONAL)
    found = Reading(database).incidents(wanted, None, 200)
    return sorted((i.incident for i in found if not i.withdrawn), key=lambda i: i.id)


@pytest.mark.parametrize("batch", [97, rehearsal.BATCH])
def test_it_finds_what_the_engine_found(
    stored: Database, settings: Settings, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "BATCH", batch)
    known = incidents(stored)
    assert known
    (side,) = rehearse(stored, Under(settings, SHIPPED), ALL, (SHIPPED,))
    assert sorted((one.incident for one in side.decided), key=lambda i: i.id) == known


def test_terms_of_a_policy_hold_for_the_whole_time(stored: Database, settings: Settings) -> None:
    rows = [table.name for table in tables.metadata.sorted_tables]

    def counted() -> list[int]:
        with stored.connect() as connection:
            return [
                connection.execute(select(func.count()).select_from(tables.metadata.tables[name]))
                .scalars()
                .one()
                for name in rows
            ]

    before_all = counted()
    told: list[int] = []
    (first,) = rehearse(stored, Under(settings, SHIPPED), ALL, (SHIPPED,), told.append)
    (second,) = rehearse(stored, Under(settings, FRANCE), ALL, (FRANCE,), told.append)
    assert sum(told) == 2 * count(stored, ALL)
    turns = compare(first.decided, second.decided).turns
    evasion = [t for t in turns if t.incident.category is Category.LIMIT_EVASION]
    assert {turn.incident.subject.uid for turn in evasion} == {"u-1", "u-2"}
    # Only the one with the tag is asked for proof, as the rule says.
    done = {
        turn.incident.subject.uid: [(r.step, r.outcome) for r in turn.added] for turn in evasion
    }
    assert done["u-2"] == [(Step.CHALLENGE, Outcome.SHADOW)]
    assert done["u-1"] == []
    assert counted() == before_all


def test_other_thresholds_find_something_else(stored: Database, settings: Settings) -> None:
    lax = structs.replace(settings, assessment={"prior_attack": -40.0})
    evasion = Under(lax, FRANCE)
    (side,) = rehearse(stored, evasion, ALL, (FRANCE,))
    severities = {
        one.incident.severity
        for one in side.decided
        if one.incident.category is Category.LIMIT_EVASION
    }
    assert severities <= {Severity.INFORMATIONAL}


def test_once_will_do_where_both_find_the_same(stored: Database, settings: Settings) -> None:
    shipped, france = Under(settings, SHIPPED), Under(settings, FRANCE)
    acting = Under(settings, read_text('mode = "act"'))
    assert finds_alike(stored, shipped, acting)
    assert not finds_alike(stored, shipped, france)
    other = structs.replace(settings, correlation={"attack_window": 1})
    assert not finds_alike(stored, shipped, Under(other, SHIPPED))
    first, second = rehearse(stored, shipped, ALL, (SHIPPED, acting.policy))
    assert [one.incident for one in first.decided] == [one.incident for one in second.decided]


def test_only_the_time_that_is_shown_counts(stored: Database, settings: Settings) -> None:
    late = Span(MONDAY - DAY, MONDAY + 20 * DAY, MONDAY + 21 * DAY)
    (side,) = rehearse(stored, Under(settings, FRANCE), late, (FRANCE,))
    assert (side.decided, side.findings) == ((), 0)
    short = Span(MONDAY + 8 * DAY, MONDAY + 8 * DAY, END)
    assert 0 < count(stored, short) < count(stored, ALL)


def test_whose_data_is_restricted_is_not_judged(stored: Database, settings: Settings) -> None:
    subject = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
    with stored.begin() as connection:
        restrictions.restrict(connection, subject, END, "asked", "operator:ann")
    (side,) = rehearse(stored, Under(settings, FRANCE), ALL, (FRANCE,))
    assert {one.incident.subject.uid for one in side.decided} == {"u-2"}


def test_more_than_fits_is_refused(stored: Database) -> None:
    with pytest.raises(TooMuchError, match="take fewer days"):
        count(stored, ALL, 10)
