"""Challenges are answered by real factors: codes that are good once, and an authenticator."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from detectors.core.event import SECOND
from monitor.mfa.challenge import Origin, State
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.services.actor import operator
from monitor.services.challenge_views import Browser, Wanted
from monitor.services.challenges import Challenges
from monitor.services.factors import Shown
from tests.monitor.services.factored import ANA, BOB, Holder

HERE = Browser("192.0.2.1", "Firefox", "m" * 43)


class Asked:
    """Somebody with real factors, who is asked."""

    def __init__(self, engine: Engine) -> None:
        self.holder = Holder(engine)
        terms = ChallengeTerms(address="https://vigie.example.com")
        self.desk = Challenges(
            engine, self.holder.keyring, self.holder.factors, self.holder.clock, terms
        )

    def opened(self, session: str = "s-1") -> str:
        wanted = Wanted(subscriber=ANA, session=session, origin=Origin.API)
        made = self.desk.create(operator("ops"), wanted)
        return self.desk.open(made.link.partition("#")[2], HERE).handle

    def answer(self, handle: str, shown: Shown) -> State:
        return self.desk.answer(handle, HERE, shown).state


@pytest.fixture
def asked(database: Engine) -> Asked:
    return Asked(database)


def test_a_code_passes_once_and_a_stale_one_never(asked: Asked) -> None:
    factor = asked.holder.totp()
    code = asked.holder.code(factor)
    assert asked.answer(asked.opened(), Shown(code=code)) is State.PASSED
    assert asked.answer(asked.opened("s-2"), Shown(code=code)) is State.OPEN
    stale = asked.holder.code(factor, -5)
    assert asked.answer(asked.opened("s-3"), Shown(code=stale)) is State.OPEN


@pytest.mark.parametrize(("steps", "state"), [(1, State.PASSED), (-4, State.OPEN), (4, State.OPEN)])
def test_a_clock_that_is_off_by_a_step_is_borne_and_by_minutes_is_not(
    asked: Asked, steps: int, state: State
) -> None:
    factor = asked.holder.totp()
    shown = Shown(code=asked.holder.code(factor, steps))
    assert asked.answer(asked.opened(), shown) is state


def test_a_recovery_code_passes_once(asked: Asked) -> None:
    asked.holder.totp()
    [first, second, *_] = asked.holder.factors.new_codes(ANA.owner)
    assert asked.answer(asked.opened(), Shown(code=first)) is State.PASSED
    assert asked.answer(asked.opened("s-2"), Shown(code=first)) is State.OPEN
    assert asked.answer(asked.opened("s-3"), Shown(code=second)) is State.PASSED


def test_an_authenticator_passes_and_somebody_elses_does_not(asked: Asked) -> None:
    mine, _ = asked.holder.passkey()
    theirs, _ = asked.holder.passkey(BOB.owner, "Theirs")
    for device, state in ((theirs, State.OPEN), (mine, State.PASSED)):
        handle = asked.opened()
        offer = asked.desk.ask_passkey(handle, HERE)
        shown = Shown(passkey=device.prove(offer.options), state=offer.state)
        assert asked.answer(handle, shown) is state


def test_an_answer_of_an_authenticator_serves_once(asked: Asked) -> None:
    device, _ = asked.holder.passkey()
    handle = asked.opened()
    offer = asked.desk.ask_passkey(handle, HERE)
    shown = Shown(passkey=device.prove(offer.options), state=offer.state)
    assert asked.answer(handle, shown) is State.PASSED
    assert asked.answer(asked.opened("s-2"), shown) is State.OPEN


@pytest.mark.one_on_postgresql
def test_of_several_who_show_one_code_at_once_one_passes(asked: Asked) -> None:
    """Each in a session of its own, so that nothing but the code is what they race for."""
    code = asked.holder.code(asked.holder.totp())
    names = [asked.opened(f"s-{number}") for number in range(3)]
    ready = threading.Barrier(3)

    def answer(handle: str) -> State:
        ready.wait()
        return asked.answer(handle, Shown(code=code))

    with ThreadPoolExecutor(3) as pool:
        states = list(pool.map(answer, names))
    assert sorted(states) == [State.OPEN, State.OPEN, State.PASSED]


def test_the_time_is_looked_at_again_when_an_answer_is_begun(asked: Asked) -> None:
    factor, handle = asked.holder.totp(), asked.opened()
    asked.holder.clock.now += 600 * SECOND
    assert asked.answer(handle, Shown(code=asked.holder.code(factor))) is State.EXPIRED
