"""The ladder says what each step needs and who carries it, and asks for nothing."""

from pathlib import Path

import pytest
from msgspec import structs

from alerts.ladder import Step
from alerts.measure import Measure, State
from alerts.responders.roster import Roster
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.blast import Caution
from monitor.services.ladders import Ladders
from monitor.store import measures
from tests.monitor.web.staging import TENANT, Stage, attack_from_address, shared_account


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "vigie.db")


def somebody(role: Role = Role.ANALYST) -> Actor:
    return Actor(kind=ActorKind.REVIEWER, uid="r", name="r", roles=frozenset((role,)))


def test_each_step_says_what_it_needs(stage: Stage) -> None:
    incident = shared_account(stage)
    # Who looks has proved nothing lately: looking is not asking.
    found = Ladders(stage.engine, Roster()).of_incident(somebody(), incident.id)
    assert found is not None
    steps = [one.rung.step for one in found.rungs]
    assert steps == [step for step in Step if step is not Step.OBSERVE]
    assert [one.rung.step for one in found.rungs if one.approvals] == [Step.DEACTIVATE]
    assert all(Caution.NOBODY in one.cautions for one in found.rungs)
    assert (found.account, found.may_ask) == ("u-20417", True)
    assert found.measures == found.waiting == found.in_force == ()


def test_what_waits_and_what_is_in_force_is_told_at_its_step(stage: Stage) -> None:
    incident = shared_account(stage)
    told = Measure(
        tenant=TENANT, account="u-20417", step=Step.CHALLENGE, state=State.IN_FORCE, created=1
    )
    with stage.engine.begin() as connection:
        for state in (State.IN_FORCE, State.PROPOSED, State.REFUSED):
            measures.add(connection, structs.replace(told, state=state, reason="camille"))
    ladders = Ladders(stage.engine, Roster())
    found = ladders.of_incident(somebody(), incident.id)
    assert found is not None
    rung = next(one for one in found.rungs if one.rung.step is Step.CHALLENGE)
    assert rung.is_in_force
    assert Caution.UNDER in rung.cautions
    assert [one.state for one in found.waiting] == [State.PROPOSED]
    assert [one.state for one in found.in_force] == [State.IN_FORCE]
    assert [one.state for one in found.past] == [State.REFUSED]
    assert len(found.measures) == 3
    veiled = ladders.of_incident(somebody(Role.VIEWER), incident.id)
    assert veiled is not None
    assert not veiled.may_ask
    assert not any("20417" in one.account or one.reason == "camille" for one in veiled.measures)


def test_what_is_about_no_account_or_another_tenants_has_none(stage: Stage) -> None:
    ladders = Ladders(stage.engine, Roster())
    assert ladders.of_incident(somebody(), attack_from_address(stage).id) is None
    other = structs.replace(somebody(), tenant="other")
    assert ladders.of_incident(other, shared_account(stage).id) is None
