"""Who proves who they are comes in; everybody else gets one and the same answer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, update

from monitor.mfa.passwords import BusyError
from monitor.services.own_sign_ins import SOURCE
from monitor.services.throttling import NAME, Allowance
from monitor.store import tables
from monitor.store.inbox import Inbox
from tests.databases import Databases
from tests.monitor.services.reviewing import AWAY, DESK, House, Person


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


def reasons(house: House) -> list[str]:
    """What the events say, but for those who set themselves up."""
    found = Inbox(house.engine).after(SOURCE, 0, 1_000, 1 << 20)
    lines = b"\n".join(line for one in found for line in one.parcel.lines)
    kinds = ("INVALID_CREDENTIALS", "UNKNOWN_USER", "MFA_DENIED", "ACCOUNT_DISABLED")
    return [one for line in lines.splitlines() for one in (*kinds, "LOCKED") if one in str(line)]


def test_a_password_and_a_code_let_in(house: House) -> None:
    person = house.person()
    entered = house.enter(person)
    assert entered is not None
    assert house.sessions.visit(entered.key) is not None
    assert house.reviewers.get(house.operator, person.uid).last_sign_in == house.clock.now
    assert house.audited()[-1] == "session:open"


def test_whatever_is_wrong_is_answered_alike_and_told_apart_in_events(house: House) -> None:
    person, other = house.person(), house.person("eve@atlas.example")
    house.reviewers.disable(house.operator, other.uid)
    stranger = Person("", "nobody@atlas.example", person.secret, [])
    answers = [
        house.enter(person, password="wrong"),
        house.enter(stranger),
        house.enter(person, code="000000"),
        house.enter(other),
    ]
    assert answers == [None] * 4
    assert reasons(house) == [
        "INVALID_CREDENTIALS",
        "UNKNOWN_USER",
        "MFA_DENIED",
        "ACCOUNT_DISABLED",
    ]


def test_somebody_who_has_not_set_up_anything_is_nobody(house: House) -> None:
    invited, _ = house.invited()
    assert house.enter(Person(invited.uid, invited.email, b"\0" * 20, [])) is None


def test_a_code_that_was_used_lets_nobody_in(house: House) -> None:
    person = house.person()
    code = house.code(person)
    assert house.enter(person, code=code) is not None
    assert house.enter(person, code=code) is None


def test_of_many_with_one_code_at_once_one_comes_in(databases: Databases) -> None:
    """Each in a process's place: an engine of its own."""
    url = databases.url()
    houses = [House(databases.connect(url)) for _ in range(4)]
    person = houses[0].person()
    for house in houses:
        house.clock.now = houses[0].clock.now
    code, ready = houses[0].code(person), threading.Barrier(4)

    def enter(house: House) -> bool:
        ready.wait(30)
        try:
            return house.enter(person, code=code) is not None
        except BusyError:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(enter, houses)) == 1


def test_a_recovery_code_lets_in_once(house: House) -> None:
    person = house.person()
    assert house.enter(person, code=person.codes[0]) is not None
    assert house.enter(person, code=person.codes[0]) is None
    assert house.reviewers.get(house.operator, person.uid).recovery_codes == 9


def test_guesses_of_strangers_do_not_keep_the_owner_out(house: House) -> None:
    person = house.person()
    first = house.enter(person)
    assert first is not None
    house.later()
    for _ in range(NAME.at_once + 5):
        assert house.enter(person, password="guess", client=AWAY) is None
    # The right answer from elsewhere is refused like a wrong one, and at home it is not.
    assert house.enter(person, client=AWAY) is None
    assert "LOCKED" in reasons(house)
    assert house.enter(person, cookie=first.cookie) is not None


def test_a_browser_keeps_what_it_is_known_by(house: House) -> None:
    person = house.person()
    first = house.enter(person)
    assert first is not None
    house.later()
    again = house.enter(person, cookie=first.cookie)
    assert again is not None
    assert again.cookie == first.cookie
    house.later()
    forged = house.enter(person, cookie="1.x.y")
    assert forged is not None
    assert forged.cookie != "1.x.y"


def test_what_was_right_is_not_counted(house: House) -> None:
    person = house.person()
    for _ in range(2 * NAME.at_once):
        assert house.enter(person, client=AWAY) is not None
        house.later()


def test_proving_again_gives_a_new_key_and_a_fresh_proof(house: House) -> None:
    person = house.person()
    visit = house.visit(person)
    house.later(60_000)
    wrong = house.entrance.sign_in.confirm(visit, "wrong", house.code(person), DESK)
    assert wrong is None
    assert house.sessions.visit(visit.key) is not None
    key = house.entrance.sign_in.confirm(visit, person.password, house.code(person), DESK)
    assert key is not None
    assert house.sessions.visit(visit.key) is None
    renewed = house.sessions.visit(key)
    assert renewed is not None
    assert renewed.actor is not None
    assert renewed.actor.authenticated == house.clock.now
    assert house.audited()[-1] == "session:confirm"


def test_guesses_within_a_session_are_bounded_too(house: House) -> None:
    person = house.person()
    visit = house.visit(person)
    for _ in range(10):
        assert house.entrance.sign_in.confirm(visit, "guess", "000000", DESK) is None
    right = house.entrance.sign_in.confirm(visit, person.password, house.code(person), DESK)
    assert right is None


def test_leaving_ends_the_session_and_is_an_event(house: House) -> None:
    visit = house.visit(house.person())
    house.entrance.sign_in.leave(visit, DESK)
    assert house.sessions.visit(visit.key) is None
    found = Inbox(house.engine).after(SOURCE, 0, 100, 1 << 20)
    assert b'"activity_id":2' in found[-1].parcel.lines[0]


def test_whoever_was_disabled_while_the_password_was_checked_stays_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = house.person()
    credentials = house.entrance.sign_in._credentials
    judge = credentials.judge

    def judged(*arguments: object, **named: object) -> object:
        proof = judge(*arguments, **named)  # type: ignore[arg-type]
        with house.engine.begin() as connection:
            table = tables.reviewers
            connection.execute(update(table).values(state="disabled"))
        return proof

    monkeypatch.setattr(credentials, "judge", judged)
    assert house.enter(person) is None


def test_a_flood_beyond_what_is_allowed_does_not_fill_the_inbox(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = house.person()
    monkeypatch.setattr("monitor.services.throttling.TOLD", Allowance(3, 1_000_000))
    for _ in range(NAME.at_once + 8):
        house.enter(person, password="guess", client=AWAY)
    assert reasons(house).count("LOCKED") == 3
    assert house.entrance.told.lost() == 5
