"""A subscriber's session is theirs, short, worth what was shown in it, and has a new key when that
changes."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from detectors.core.event import MINUTE
from monitor.protection.pseudonyms import draw
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import LONGEST, SubscriberSessions, SubscriberVisit, Way
from monitor.store import erasures, measures
from monitor.store.erasures import Erasure
from tests.monitor.services.measured import measure
from tests.monitor.services.reviewing import DESK, Clock

MARIE = Subscriber("acme", "marie")


class Pages:
    """Sessions over a database, with a clock that tests set."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clock = Clock()
        self.sessions = SubscriberSessions(engine, Keyring(b"pepper"), self.clock)

    def open(self, subscriber: Subscriber = MARIE, client: Client = DESK) -> str | None:
        with self.engine.begin() as connection:
            return self.sessions.open(
                connection, subscriber, Way.HAND_OFF, client, app_session="s-1"
            )

    def visit(self) -> SubscriberVisit:
        found = self.sessions.visit(self.open() or "")
        assert found is not None
        return found


@pytest.fixture
def pages(database: Engine) -> Pages:
    return Pages(database)


def test_a_session_says_whose_it_is_and_what_it_is_worth(pages: Pages) -> None:
    visit = pages.visit()
    assert (visit.subscriber, visit.app_session, visit.way) == (MARIE, "s-1", Way.HAND_OFF)
    assert (visit.level, visit.method, visit.authenticated) == (1, "", None)
    assert not visit.is_fresh(pages.clock())


def test_a_factor_makes_it_worth_more_under_a_new_key(pages: Pages) -> None:
    """Whoever knew the key before knows nothing now (fixation)."""
    visit = pages.visit()
    with pages.engine.begin() as connection:
        key = pages.sessions.prove(connection, visit, "passkey", 2)
        assert pages.sessions.prove(connection, visit, "passkey", 2) is None
    proved = pages.sessions.visit(key or "")
    assert proved is not None
    assert (proved.level, proved.method, proved.handle) == (2, "passkey", visit.handle)
    assert pages.sessions.visit(visit.key) is None
    assert proved.is_fresh(pages.clock() + 10 * MINUTE)
    assert not proved.is_fresh(pages.clock() + 11 * MINUTE)


def test_it_ends_unused_and_at_the_latest(pages: Pages) -> None:
    idle, key = pages.open() or "", pages.open() or ""
    minutes = 0
    while pages.sessions.visit(key, DESK) is not None:
        pages.clock.now += 10 * MINUTE
        minutes += 10
    assert minutes == 120
    assert pages.sessions.visit(idle) is None


def test_nobody_else_s_key_opens_it(pages: Pages) -> None:
    key = pages.open() or ""
    for wrong in ("", "x" * 43, key[:-1], key + "x", "é" * 43):
        assert pages.sessions.visit(wrong) is None


def test_all_but_ones_own_end(pages: Pages) -> None:
    visit, other = pages.visit(), pages.visit()
    with pages.engine.begin() as connection:
        assert pages.sessions.end_all(connection, MARIE, but=visit) == 1
    assert pages.sessions.visit(other.key) is None
    assert pages.sessions.visit(visit.key) is not None
    pages.sessions.end(visit.key)
    assert pages.sessions.visit(visit.key) is None


@pytest.mark.parametrize(
    "name",
    ["", draw(), "x" * (LONGEST + 1), "a\0b"],
    ids=["nothing", "a pseudonym", "too long", "of no database"],
)
def test_what_no_account_is_called_has_no_session(pages: Pages, name: str) -> None:
    assert pages.open(Subscriber("acme", name)) is None


@pytest.mark.parametrize(
    ("step", "state", "is_over"),
    [
        (Step.REVOKE, State.DONE, True),
        (Step.SUSPEND, State.IN_FORCE, True),
        (Step.REVOKE, State.SHADOW, False),
        (Step.CHALLENGE, State.IN_FORCE, False),
    ],
)
def test_it_ends_with_all_others_unless_a_factor_was_shown(
    pages: Pages, step: Step, state: State, is_over: bool
) -> None:
    """An intruder whom people throw out is out here as well; its owner has shown a factor."""
    intruder, owner = pages.open() or "", pages.visit()
    with pages.engine.begin() as connection:
        proved = pages.sessions.prove(connection, owner, "passkey", 2) or ""
        one = structs.replace(
            measure(step, state, MARIE.account), tenant=MARIE.tenant, created=pages.clock() + 1
        )
        measures.add(connection, one)
    assert (pages.sessions.visit(intruder) is None) is is_over
    assert pages.sessions.visit(proved) is not None
    pages.clock.now += 2
    assert pages.sessions.visit(pages.open() or "") is not None


def test_an_account_that_is_being_erased_has_none(pages: Pages) -> None:
    key = pages.open() or ""
    going = Erasure(
        id=0,
        digest=b"x",
        tenant="acme",
        account="marie",
        pseudonym=draw(),
        keeps=False,
        actor="",
        reason="",
        requested=1,
        until=1,
    )
    with pages.engine.begin() as connection:
        erasures.add(connection, going)
    assert pages.sessions.visit(key) is None
    assert pages.open() is None
