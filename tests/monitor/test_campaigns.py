"""Stored campaigns: a kill, a full memory and a long quiet lose nothing that counts."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, func, select, update

from detectors.core.context import Context
from detectors.core.event import SignIn
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.credential_stuffing import CredentialStuffing
from detectors.impossible_travel import ImpossibleTravel
from detectors.password_spraying import PasswordSpraying
from monitor.campaigns import StoredCampaigns
from monitor.store import tables
from monitor.store.writing import Writing
from tests.detectors.crowd import attempt, botnet, homes, on, spray
from tests.detectors.story import SCRIPT, SERVER

DETECTORS = (CredentialStuffing(), PasswordSpraying())


def opened(**bounds: int) -> StoredCampaigns:
    return StoredCampaigns(DETECTORS, Context(), **bounds)


def story() -> list[SignIn]:
    """Two quiet days, a spray that gets in, and a botnet."""
    events = [*homes(range(3), 60), *spray(SERVER, 40, on(2, 12))]
    events += [
        attempt(on(2, 13), "user-99", SERVER, SCRIPT),
        *botnet(50, on(2, 18), 9, unknown=True),
    ]
    return sorted(events, key=lambda event: event.id)


def feed(
    database: Database, campaigns: StoredCampaigns, events: Sequence[SignIn], batch: int = 40
) -> dict[bytes, Finding]:
    """What stands after these events."""
    standing: dict[bytes, Finding] = {}
    for start in range(0, len(events), batch):
        with database.begin() as connection:
            changed = campaigns.fold(Writing(connection), events[start : start + batch])
        for identifier in changed.withdrawn:
            standing.pop(identifier, None)
        standing.update((finding.id, finding) for finding in changed.put)
    return standing


def ledgers(database: Database) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(tables.ledgers)).scalar_one()


def test_few_in_memory_and_all_in_memory_are_the_same(tmp_path: Path) -> None:
    found = []
    for bounds in ({}, {"sources": 1, "tenants": 1}):
        made = create_engine(f"sqlite:///{tmp_path / str(len(bounds))}.db")
        tables.metadata.create_all(made)
        found.append(feed(made, opened(**bounds), story()))
        made.dispose()
    assert found[0] == found[1]
    assert {f.subject.kind for f in found[0].values()} == set(SubjectKind)


def test_a_kill_loses_nothing(database: Database, tmp_path: Path) -> None:
    """Another process goes on from what was committed, after every batch."""
    standing: dict[bytes, Finding] = {}
    events = story()
    for start in range(0, len(events), 40):
        standing.update(feed(database, opened(), events[start : start + 40]))
    made = create_engine(f"sqlite:///{tmp_path / 'undisturbed.db'}")
    tables.metadata.create_all(made)
    assert feed(made, opened(), events) == standing
    made.dispose()


def test_a_batch_that_fails_is_forgotten(database: Database) -> None:
    campaigns = opened()
    events = spray(SERVER, 40, on(1))
    with database.connect() as connection:
        campaigns.fold(Writing(connection), events)
        connection.rollback()
    campaigns.forget()
    assert ledgers(database) == 0
    (finding,) = feed(database, campaigns, events).values()
    assert finding.evidence.facts["failures"] == 40


def test_two_subjects_of_one_key_are_told_apart(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "key", lambda self: 7)
    feed(database, opened(), spray(SERVER, 5, on(1)))
    other = SERVER.leased("203.0.113.9")
    found = feed(database, opened(), spray(other, 7, on(1, 1)))
    assert [f.evidence.facts["names"] for f in found.values()] == [7]


def test_ledgers_of_another_version_begin_anew(database: Database) -> None:
    feed(database, opened(), spray(SERVER, 5, on(1)))
    with database.begin() as connection:
        connection.execute(update(tables.ledgers).values(version=0))
    found = feed(database, opened(), spray(SERVER, 6, on(1, 1), first=5))
    assert [f.evidence.facts["names"] for f in found.values()] == [5]


def test_what_is_quiet_for_long_is_dropped(database: Database) -> None:
    campaigns = opened()
    feed(database, campaigns, [*spray(SERVER, 5, on(1))])
    feed(database, campaigns, [*spray(SERVER.leased("203.0.113.9"), 5, on(20))])
    with database.begin() as connection:
        campaigns.drop_quiet(Writing(connection), on(20))
    assert ledgers(database) == 2
    with database.begin() as connection:
        campaigns.drop_quiet(Writing(connection), on(60))
    assert ledgers(database) == 0


def test_without_detectors_of_campaigns_there_is_nothing_to_do(database: Database) -> None:
    campaigns = StoredCampaigns((ImpossibleTravel(),), Context())
    assert not campaigns
    with database.begin() as connection:
        campaigns.drop_quiet(Writing(connection), on(60))
