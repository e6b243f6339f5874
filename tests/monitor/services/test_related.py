"""What goes with an incident is found by what they share, within its tenant, and said why."""

from pathlib import Path

import pytest

from alerts.incident import Category, Incident
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.related import SHOWN, Relations, Tie
from tests.monitor.web.staging import NOON, Stage, account, assessed, sign_in, travel

SHARE = (0.1, 0.1, 0.7, 0.1)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "vigie.db")


def put(
    stage: Stage,
    uid: str,
    at: int = NOON,
    category: Category = Category.CREDENTIAL_SHARING,
    where: str = "abroad",
    tenant: str = "atlas-appels",
) -> Incident:
    one = sign_in(uid, at, where, session="x", name=f"{uid}@x.example", tenant=tenant)
    other = sign_in(uid, at - HOUR, "mobile" if where == "island" else "desk", tenant=tenant)
    stage.put_events([other, one])
    found = [travel(account(uid, tenant), one, other, crossings=1)]
    made = assessed(account(uid, tenant), category, Severity.HIGH, SHARE, found)
    return stage.put_incident(made, found)


def somebody(role: Role = Role.ANALYST, tenant: str | None = None) -> Actor:
    return Actor(
        kind=ActorKind.OPERATOR, uid="r", name="r", roles=frozenset((role,)), tenant=tenant
    )


def test_the_same_account_and_the_same_machine_are_told_apart_from_what_is_alike(
    stage: Stage,
) -> None:
    mine = put(stage, "ann")
    again = put(stage, "ann", NOON + DAY, Category.ACCOUNT_TAKEOVER)
    beside = put(stage, "bob", NOON + 2 * DAY, Category.ACCOUNT_TAKEOVER)
    alike = put(stage, "cat", NOON + 3 * DAY, where="island")
    put(stage, "dan", NOON, tenant="other")
    found = Relations(stage.engine).of(somebody(), mine.id)
    assert found is not None
    ties = {one.id: set(one.ties) for one in found.going_with}
    assert ties[as_uuid(again.id)] >= {Tie.ACCOUNT, Tie.ADDRESS, Tie.DEVICE}
    assert ties[as_uuid(beside.id)] == {Tie.ADDRESS, Tie.DEVICE}
    assert [one.id for one in found.alike] == [as_uuid(alike.id)]
    assert found.alike[0].account_name == "cat@x.example"


def test_there_are_never_many(stage: Stage) -> None:
    mine = put(stage, "ann")
    for n in range(2 * SHOWN):
        put(stage, f"u{n}", NOON + (n + 1) * HOUR)
        put(stage, f"v{n}", NOON + (n + 1) * HOUR, where="island")
    found = Relations(stage.engine).of(somebody(), mine.id)
    assert found is not None
    assert (len(found.going_with), len(found.alike)) == (SHOWN, SHOWN)


def test_whoever_may_not_look_sees_no_names_and_other_tenants_nothing(stage: Stage) -> None:
    mine = put(stage, "camille")
    put(stage, "benedicte", NOON + DAY)
    found = Relations(stage.engine).of(somebody(Role.VIEWER), mine.id)
    assert found is not None
    told = [(one.subject.uid, one.account_name) for one in (*found.going_with, *found.alike)]
    assert len(told) == 1
    assert not any("benedicte" in str(part) for part in told[0])
    assert Relations(stage.engine).of(somebody(tenant="other"), mine.id) is None
