"""Every kind of responder keeps the contract, against its other side at its best and its worst."""

import importlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from alerts.ports import (
    AccountState,
    Action,
    Order,
    Receipt,
    RefusedError,
    ResponderError,
    RetryError,
)
from alerts.responders.kind import kinds
from tests.alerts.responders.contract import (
    ABOUT_ACCOUNTS,
    ACCOUNT,
    TENANT,
    Fault,
    World,
    order,
)
from tests.hostile.names import NAMES

_PASSING = (Fault.DOWN, Fault.BUSY, Fault.STALLS)


@pytest.fixture(params=sorted(kinds()))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    module = importlib.import_module(f"tests.alerts.responders.worlds.{request.param}")
    with module.world(tmp_path) as made:
        assert made.actions
        assert made.actions <= kinds()[request.param].actions
        yield made
        made.play(None)
        made.responder.close()
        made.responder.close()  # Whoever ends twice, ends.


def deliver(world: World, action: Action, key: str = "") -> Receipt:
    receipt = world.responder.deliver(order(action, key=key))
    assert isinstance(receipt, Receipt)
    assert receipt.detail
    assert_quiet(world, str(receipt))
    return receipt


def answered(world: World, given: Order) -> str:
    try:
        return world.responder.deliver(given).detail
    except ResponderError as error:
        return str(error)


def assert_quiet(world: World, told: str) -> None:
    for secret in world.secrets:
        assert secret not in told
        assert secret not in repr(world.responder)


def test_there_are_kinds_and_each_has_a_world() -> None:
    assert {"gate", "webhook"} <= set(kinds())


def test_what_it_offers_it_does_once_however_often_it_is_asked(world: World) -> None:
    for action in sorted(world.actions):
        deliver(world, action)
        done = world.effects()
        again = deliver(world, action)
        if world.is_exact:
            assert world.effects() == done, action
        assert isinstance(again.changed, bool)
    assert world.effects()


def test_an_account_that_was_disabled_is_read_back_so_until_it_is_given_back(
    world: World,
) -> None:
    if not {Action.DISABLE, Action.ENABLE} <= world.actions:
        return
    target = order(Action.DISABLE).target
    assert target is not None
    for action, state in (
        (Action.DISABLE, AccountState.DISABLED),
        (Action.ENABLE, AccountState.ACTIVE),
    ):
        deliver(world, action)
        assert world.responder.state(target) in (state, None)


@pytest.mark.parametrize("fault", _PASSING)
def test_what_may_pass_is_tried_again_and_done_once_when_it_has(world: World, fault: Fault) -> None:
    if fault not in world.faults:
        return
    action = min(world.actions)
    world.play(fault)
    with pytest.raises(RetryError) as caught:
        world.responder.deliver(order(action))
    assert_quiet(world, str(caught.value))
    assert len(str(caught.value)) > 5
    world.play(None)
    before = world.effects()
    deliver(world, action)
    if world.is_exact:
        assert len(set(world.effects())) == len(world.effects()) <= len(before) + 1


def test_what_was_done_and_called_a_failure_is_not_done_twice(world: World) -> None:
    if Fault.AFTER not in world.faults:
        return
    action = Action.DISABLE if Action.DISABLE in world.actions else min(world.actions)
    world.play(Fault.AFTER)
    with suppress(RetryError):  # whoever can looks whether it was done
        assert world.responder.deliver(order(action)).changed
    done = world.effects()
    assert done
    world.play(None)
    deliver(world, action)
    if world.is_exact:
        assert world.effects() == done


def test_what_is_refused_for_good_is_not_tried_again(world: World) -> None:
    if Fault.REFUSES not in world.faults:
        return
    world.play(Fault.REFUSES)
    with pytest.raises(RefusedError) as caught:
        world.responder.deliver(order(min(world.actions)))
    assert_quiet(world, str(caught.value))


def test_what_it_does_not_offer_it_refuses(world: World, request: pytest.FixtureRequest) -> None:
    kind = kinds()[request.node.callspec.params["world"]]
    for action in sorted(frozenset(Action) - kind.actions):
        with pytest.raises(RefusedError):
            world.responder.deliver(order(action))
    for action in sorted(world.actions & ABOUT_ACCOUNTS):
        with pytest.raises(RefusedError):
            world.responder.deliver(order(action, account=None))
    assert world.effects() == []


def test_names_that_attackers_gave_reach_nobody_else(world: World) -> None:
    action = Action.DISABLE if Action.DISABLE in world.actions else min(world.actions)
    for name in (*NAMES.values(), "../..", "a/b?c=d#e", 'x" or active eq "true'):
        told = answered(world, order(action, account=name))
        assert "\n" not in told
    own = order(Action.DISABLE).target
    assert own is not None
    assert world.responder.state(own) in (AccountState.ACTIVE, None)
    assert not [one for one in world.effects() if one.endswith(f" {ACCOUNT}")], TENANT
