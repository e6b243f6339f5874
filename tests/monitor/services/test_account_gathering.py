"""What people did about an account: the last ones of each kind, and only what somebody may see."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from alerts.ladder import Step
from alerts.measure import Measure
from alerts.measure import State as MeasureState
from alerts.ticket import Kind
from detectors.core.identity import Subject, SubjectKind
from monitor.services import account_gathering
from monitor.services.account_gathering import Gathering
from monitor.services.actor import Role
from monitor.services.challenge_views import Wanted
from monitor.services.challenges import Challenges
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.opening import open_ticket
from monitor.services.subscriber import Subscriber
from monitor.store import factors, measures
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.services.people import ADMINISTRATOR, person
from tests.monitor.web.staging import NOON, TENANT, Stage, sign_in

WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, "u-1")
HOLDER = Subscriber(TENANT, "u-1")
MEASURE = Measure(
    tenant=TENANT, account="u-1", step=Step.CHALLENGE, state=MeasureState.PROPOSED, created=NOON
)


@pytest.fixture
def engine(tmp_path: Path) -> Database:
    """With one of each about the account, and one of each about another."""
    made = connect(placed(tmp_path / "v.db"))
    Stage(engine=made).put_events([sign_in("u-1", NOON)])
    keyring = Keyring(b"")
    challenges = Challenges(made, keyring, Factors(made, keyring, None), lambda: NOON)
    for account in ("u-1", "u-2"):
        subject = Subject(SubjectKind.ACCOUNT, TENANT, account)
        challenges.create(ADMINISTRATOR, Wanted(subscriber=Subscriber(TENANT, account)))
        with made.begin() as connection:
            measures.add(connection, structs.replace(MEASURE, account=account))
            open_ticket(connection, Kind.REPORT, TENANT, subject, "Report", now=NOON)
    with made.begin() as connection:
        factors.add(connection, HOLDER.owner, "totp", b"x", NOON, handle="f", name="Phone")
    return made


def gathering(engine: Database) -> Gathering:
    return Gathering(engine, lambda: NOON)


def test_it_is_the_accounts_own_and_nobody_elses(engine: Database) -> None:
    found = gathering(engine).of(ADMINISTRATOR, WHOSE, "en")
    assert [one.account_handle for one in found.tickets or []] == [WHOSE.handle()]
    assert [one.account for one in found.measures or []] == ["u-1"]
    assert [one.account for one in found.challenges or []] == ["u-1"]
    assert found.proofs is not None
    assert [one.name for one in found.proofs.factors] == ["Phone"]
    assert found.proofs.has_factor
    assert found.more == ()


def test_a_viewer_is_given_what_viewers_see(engine: Database) -> None:
    found = gathering(engine).of(person(Role.VIEWER), WHOSE, "en")
    assert found.challenges is found.proofs is found.recoveries is found.notes is None
    assert len(found.tickets or []) == len(found.measures or []) == 1


def test_of_what_is_not_used_nothing_is_gathered(engine: Database) -> None:
    found = gathering(engine).of(ADMINISTRATOR, WHOSE, "en", is_used=False)
    assert (
        found.tickets is found.measures is found.challenges is found.proofs is found.notes is None
    )
    assert found.hygiene == []


def test_of_many_the_last_ones_are_told(engine: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_gathering, "MOST", 2)
    with engine.begin() as connection:
        for number in range(3):
            measures.add(connection, structs.replace(MEASURE, created=NOON + number))
    found = gathering(engine).of(ADMINISTRATOR, WHOSE, "en")
    assert [one.created for one in found.measures or []] == [NOON + 2, NOON + 1]
    assert found.more == ("measures",)
