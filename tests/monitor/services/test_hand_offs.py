"""Whom the application hands over comes in once, as who they are there; and a browser that asked
knows its own answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec import structs
from sqlalchemy import Engine

from monitor.mfa import hand_off
from monitor.mfa.hand_off import HandOff
from monitor.services.hand_offs import HandOffs, HandOffTerms, is_asked_by
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberSessions
from tests.monitor.services.reviewing import DESK, NOON, Clock

SECRET = "s" * 40
TERMS = HandOffTerms(secret=SECRET, url="https://app.example/account/vigie?lang=fr")
MARIE = HandOff(
    aud="vigie:me",
    tenant="acme",
    sub="marie",
    sid="s-1",
    iat=NOON // 1_000,
    exp=NOON // 1_000 + 60,
    jti="0123456789abcdef",
)


def signed(told: HandOff = MARIE) -> str:
    return hand_off.write(told, SECRET.encode())


class Door:
    """Hand-offs over a database, with a clock that tests set."""

    def __init__(self, engine: Engine, terms: HandOffTerms = TERMS) -> None:
        self.clock = Clock()
        keyring = Keyring(b"pepper")
        self.sessions = SubscriberSessions(engine, keyring, self.clock)
        self.hand_offs = HandOffs(engine, keyring, self.sessions, terms, self.clock)


@pytest.fixture
def door(database: Engine) -> Door:
    return Door(database)


def test_who_is_handed_over_comes_in_once(door: Door) -> None:
    key = door.hand_offs.take(signed(), DESK)
    visit = door.sessions.visit(key or "")
    assert visit is not None
    assert (visit.subscriber, visit.app_session) == (Subscriber("acme", "marie"), "s-1")
    assert door.hand_offs.take(signed(), DESK) is None


def test_looking_at_it_uses_nothing_up(door: Door) -> None:
    """Whoever opens links by themselves, such as a mail scanner, takes nobody's place."""
    assert door.hand_offs.read(signed()) == MARIE
    assert door.hand_offs.take(signed(), DESK) is not None


def test_it_is_still_used_when_its_time_is_almost_over(door: Door) -> None:
    """The leeway of clocks makes no second time."""
    door.clock.now = NOON - 60_000
    assert door.hand_offs.take(signed(), DESK) is not None
    door.clock.now = NOON + 119_000
    assert door.hand_offs.take(signed(), DESK) is None


def test_of_many_at_once_one_comes_in(door: Door) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: door.hand_offs.take(signed(), DESK), range(16)))
    assert len([key for key in keys if key is not None]) == 1


@pytest.mark.parametrize("token", ["", "a.b.c", hand_off.write(MARIE, b"t" * 40)])
def test_nobody_is_nobody(door: Door, token: str) -> None:
    assert door.hand_offs.take(token, DESK) is None


def test_without_a_secret_nobody_is_handed_over(database: Engine) -> None:
    door = Door(database, HandOffTerms())
    assert not door.hand_offs.is_asked
    assert door.hand_offs.take(hand_off.write(MARIE, b""), DESK) is None


def test_a_browser_that_asked_knows_its_answer(door: Door) -> None:
    address, state = door.hand_offs.ask()
    assert address == f"https://app.example/account/vigie?lang=fr&state={state}"
    assert is_asked_by(structs.replace(MARIE, state=state), state)
    assert not is_asked_by(structs.replace(MARIE, state=door.hand_offs.ask()[1]), state)
    assert not is_asked_by(MARIE, "")
