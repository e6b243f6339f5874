"""A denied session is acted on at once, and never beyond what the policy and its guardrails let."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.measure import Measure, State
from alerts.policy import SHIPPED, Guardrails, Mode, Policy
from alerts.ports import Action
from detectors.core.context import AccountKind
from monitor.directory.account import AccountChanges
from monitor.responding.disowning import disown
from monitor.responding.duty import Surroundings
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.settings import Settings
from monitor.store import challenges, measures, outbox
from monitor.store.restrictions import restrict
from tests.monitor.responding.incidents import adopt
from tests.monitor.services.challenged import ANN, HERE, NOW, Desk

pytestmark = pytest.mark.one_on_postgresql
HOOK = {
    "kind": "webhook",
    "url": "https://hooks.example/x",
    "secret": "whsec_" + "A" * 32,
    "actions": ["revoke", "renew"],
}
ACTING = structs.replace(SHIPPED, mode=Mode.ACT)


def denied(desk: Desk) -> str:
    return desk.challenges.deny(desk.opened(), HERE).handle


def followed(
    desk: Desk, folder: Path, handle: str, responders: dict[str, object] | None = None
) -> Measure | None:
    given = {"gate": {"kind": "gate"}, "hook": HOOK} if responders is None else responders
    settings = Settings(data=folder, responders=given)
    around = Surroundings(settings=settings, database=desk.engine)
    with desk.engine.begin() as connection:
        one = challenges.by_handle(connection, handle)
        assert one is not None
        return disown(connection, one, around, NOW)


def orders(desk: Desk, made: Measure) -> set[tuple[str, Action]]:
    with desk.engine.begin() as connection:
        rows = outbox.of_measure(connection, made.id)
        return {(row.responder, row.action) for row in rows}


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def test_all_sessions_end_and_a_new_password_is_asked_for_once(desk: Desk, tmp_path: Path) -> None:
    adopt(desk.engine, ACTING)
    handle = denied(desk)
    made = followed(desk, tmp_path, handle)
    assert made is not None
    assert (made.state, made.account, made.is_automatic) == (State.EXECUTING, ANN.account, True)
    assert orders(desk, made) == {
        ("gate", Action.REVOKE),
        ("hook", Action.REVOKE),
        ("hook", Action.RENEW),
    }
    assert followed(desk, tmp_path, handle) is None


def test_in_shadow_mode_it_is_only_told(desk: Desk, tmp_path: Path) -> None:
    made = followed(desk, tmp_path, denied(desk))
    assert made is not None
    assert made.state is State.SHADOW
    assert orders(desk, made) == set()


@pytest.mark.parametrize(
    "rails", [Guardrails(per_hour=0), Guardrails(per_tenant_hour=0)], ids=["all", "tenant"]
)
def test_a_guardrail_holds_it(desk: Desk, tmp_path: Path, rails: Guardrails) -> None:
    adopt(desk.engine, structs.replace(ACTING, guardrails=rails))
    made = followed(desk, tmp_path, denied(desk))
    assert made is not None
    assert made.state is State.HELD
    assert orders(desk, made) == set()


def test_a_protected_account_is_for_people(desk: Desk, tmp_path: Path) -> None:
    adopt(desk.engine, ACTING)
    told = AccountChanges(kind=AccountKind.BREAK_GLASS)
    Directory(desk.engine).create(operator(), ANN.tenant, ANN.account, told)
    made = followed(desk, tmp_path, denied(desk))
    assert made is not None
    assert made.state is State.PROPOSED


def test_where_nobody_can_end_sessions_it_is_only_told(desk: Desk, tmp_path: Path) -> None:
    adopt(desk.engine, ACTING)
    made = followed(desk, tmp_path, denied(desk), {})
    assert made is not None
    assert (made.state, made.because) == (State.SHADOW, "nobody")


def test_nothing_is_decided_about_whose_data_is_restricted(desk: Desk, tmp_path: Path) -> None:
    adopt(desk.engine, ACTING)
    handle = denied(desk)
    with desk.engine.begin() as connection:
        restrict(connection, ANN.subject, NOW, "asked for", "operator:root")
    assert followed(desk, tmp_path, handle) is None
    with desk.engine.begin() as connection:
        assert measures.of_account(connection, ANN.subject) == []


def test_another_rule_of_the_policy_has_no_say_in_it(desk: Desk, tmp_path: Path) -> None:
    adopt(desk.engine, Policy(mode=Mode.ACT, rules=()))
    made = followed(desk, tmp_path, denied(desk))
    assert made is not None
    assert made.state is State.EXECUTING
