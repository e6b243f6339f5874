"""A session is its browser's, ends when it is not used, and when what it rests on changes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from detectors.core.event import HOUR, MINUTE
from monitor.services.actor import Role
from monitor.services.sessions import Kind, Method, Purpose
from monitor.store import tables
from tests.monitor.services.reviewing import AWAY, DESK, House


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


def test_a_session_says_who_is_in(house: House) -> None:
    person = house.person(role=Role.ANALYST)
    visit = house.visit(person)
    assert visit.actor is not None
    assert (visit.kind, visit.method, visit.reviewer) == (
        Kind.REVIEWER,
        Method.PASSWORD,
        person.uid,
    )
    assert visit.actor.roles == {Role.ANALYST}
    assert visit.actor.authenticated is not None


def test_it_ends_when_it_is_not_used_and_lasts_while_it_is(house: House) -> None:
    key = house.visit(house.person()).key
    for _ in range(4):
        house.later(28 * MINUTE)
        assert house.sessions.visit(key, DESK) is not None
    house.later(30 * MINUTE)
    assert house.sessions.visit(key, DESK) is None


def test_looking_alone_is_no_use_of_it(house: House) -> None:
    """What a page asks for by itself keeps nobody signed in."""
    key = house.visit(house.person()).key
    house.later(20 * MINUTE)
    assert house.sessions.visit(key) is not None
    house.later(9 * MINUTE)
    assert house.sessions.visit(key) is None


def test_it_ends_at_the_latest_however_much_it_is_used(house: House) -> None:
    key = house.visit(house.person()).key
    minutes = 0
    while house.sessions.visit(key, DESK) is not None:
        house.later(10 * MINUTE)
        minutes += 10
    assert 12 * 60 - 10 <= minutes <= 12 * 60


def test_the_operator_s_is_short_and_needs_no_use(house: House) -> None:
    house.person(role=Role.ADMINISTRATOR)
    key = house.entrance.admission.enter(house.entrance.admission.issue_link()) or ""
    house.later(HOUR - 1)
    assert house.sessions.visit(key) is not None
    house.later(1)
    assert house.sessions.visit(key) is None
    assert "session:open" in house.audited()


def test_a_disabled_reviewer_s_is_over(house: House) -> None:
    person = house.person()
    key = house.visit(person).key
    with house.engine.begin() as connection:
        table = tables.reviewers
        connection.execute(table.update().where(table.c.uid == person.uid).values(state="disabled"))
    assert house.sessions.visit(key) is None


def test_a_new_key_takes_the_place_of_the_old_once(house: House) -> None:
    visit = house.visit(house.person())

    def renew(_: int) -> str | None:
        with house.engine.begin() as connection:
            return house.sessions.renew(connection, visit.key, DESK, authenticated=True)

    with ThreadPoolExecutor(4) as pool:
        keys = [key for key in pool.map(renew, range(8)) if key is not None]
    assert len(keys) == 1
    assert house.sessions.visit(visit.key) is None
    renewed = house.sessions.visit(keys[0])
    assert renewed is not None
    assert renewed.actor is not None
    assert renewed.actor.authenticated == house.clock.now


def test_without_a_proof_a_new_key_changes_no_limit(house: House) -> None:
    visit = house.visit(house.person())
    house.later(20 * MINUTE)
    with house.engine.begin() as connection:
        key = house.sessions.renew(connection, visit.key, DESK, authenticated=False)
    renewed = house.sessions.visit(key or "")
    assert renewed is not None
    assert renewed.actor is not None
    assert visit.actor is not None
    assert renewed.actor.authenticated == visit.actor.authenticated


def test_where_it_was_last_used_is_noted_now_and_then(house: House) -> None:
    visit = house.visit(house.person())
    house.later(5 * MINUTE)
    house.sessions.visit(visit.key, AWAY)
    with house.engine.connect() as connection:
        [row] = connection.execute(select(tables.reviewer_sessions)).all()
    assert (row.ip, row.user_agent, row.last_seen) == (AWAY.ip, AWAY.user_agent, house.clock.now)


def test_a_draft_is_of_one_session_and_sealed(house: House) -> None:
    _, key = house.invited()
    visit = house.opened(key)
    house.sessions.keep_draft(visit, b"what was typed")
    assert house.sessions.draft(visit) == b"what was typed"
    with house.engine.connect() as connection:
        [row] = connection.execute(select(tables.reviewer_sessions)).all()
    assert b"what was typed" not in bytes(row.draft)
    house.sessions.end(visit.key)
    assert house.sessions.draft(visit) is None


def test_until_there_is_an_administrator_the_operator_makes_one(house: House) -> None:
    house.person(role=Role.APPROVER)
    key = house.entrance.admission.enter(house.entrance.admission.issue_link()) or ""
    visit = house.sessions.visit(key)
    assert visit is not None
    assert (visit.actor, visit.purpose) == (None, Purpose.FIRST)
    house.person("root@atlas.example", Role.ADMINISTRATOR)
    visit = house.sessions.visit(key)
    assert visit is not None
    assert visit.actor is not None
    assert visit.purpose is None


@pytest.mark.parametrize("key", ["", "x" * 43, "\ud800" * 43, "x" * 5_000])
def test_another_key_is_no_session(house: House, key: str) -> None:
    assert house.sessions.visit(key) is None
