"""Challenges end to end: who may see one, who passes it, and that nothing tells a stranger more."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from msgspec import Struct, structs
from sqlalchemy import Engine, func, select

from detectors.core.event import MINUTE, Answer
from monitor.deciding.desk import Kept
from monitor.deciding.question import Told as Answered
from monitor.deciding.question import Verdict
from monitor.erasing import asking
from monitor.formats.own import Asked
from monitor.mfa.challenge import LIFETIME, Origin, Reason, State
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.passwords import BusyError
from monitor.services import assurance
from monitor.services.actor import operator
from monitor.services.asking import COMING
from monitor.services.challenge_views import Browser, ChallengeError, Wanted
from monitor.services.challenges import SETTLES, Challenges
from monitor.services.factors import Method, Shown
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.services.subscriber import Subscriber
from monitor.store import sign_in_questions, tables
from monitor.store.challenges import Filter
from monitor.store.restrictions import restrict
from tests.monitor.services.challenged import (
    ANN,
    APP,
    BOB,
    HERE,
    KEYRING,
    NOW,
    RIGHT,
    SITE,
    THERE,
    WRONG,
    Desk,
)
from tests.monitor.services.people import program
from tests.monitor.store.test_sign_in_questions import question

pytestmark = pytest.mark.one_on_postgresql
TOLD = Answered(
    handle="a",
    verdict=Verdict.CHALLENGE,
    would_be=Verdict.CHALLENGE,
    risk=0.9,
    reasons=(),
    event="",
)
STRANGER = Browser("203.0.113.9", "curl", "x" * 43)


class Told(Struct, frozen=True):
    """What a gate says."""

    tenant: str = "acme"
    account: str = "u-17"
    session: str = "s-1"
    key: str = "measure.7.0.challenge"
    return_to: str = f"{APP}/orders"
    issued: int = NOW
    ip: str = ""
    user_agent: str = ""


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def proved(desk: Desk, whose: Subscriber = ANN, session: str = "s-1") -> assurance.Assurance | None:
    with desk.engine.connect() as connection:
        return assurance.standing(connection, whose, session, desk.clock())


def demanded(desk: Desk, session: str = "s-1") -> list[str]:
    with desk.engine.connect() as connection:
        return [one.verdict for one in assurance.demands(connection, ANN, session, desk.clock())]


def test_who_passes_is_trusted_in_this_session_for_a_time(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        assurance.demand(connection, ANN, "s-1", NOW, None, Reason.REVIEW, "k")
    handle = desk.opened(return_to=f"{APP}/orders")
    view = desk.challenges.answer(handle, HERE, RIGHT)
    assert (view.state, view.return_to) == (State.PASSED, f"{APP}/orders")
    standing = proved(desk)
    assert standing is not None
    assert (standing.level, standing.method) == (2, "totp")
    assert proved(desk, session="s-2") is None
    assert demanded(desk) == []
    [told] = [event for event in desk.told() if event.answer is Answer.CHALLENGE_PASSED]
    assert (told.account, told.session, told.method) == ("u-17", "s-1", "totp")
    desk.clock.now += ChallengeTerms().lasts
    assert proved(desk) is None


def test_one_without_a_session_raises_no_trust(desk: Desk) -> None:
    desk.challenges.answer(desk.opened(session=""), HERE, RIGHT)
    assert desk.answers() == [Answer.CHALLENGE_PASSED]
    with desk.engine.connect() as connection:
        assert connection.execute(select(func.count(tables.assurances.c.tenant))).scalar() == 0


def test_five_wrong_answers_lock_it_end_the_session_and_are_told_once(desk: Desk) -> None:
    handle = desk.opened()
    views = [desk.challenges.answer(handle, HERE, WRONG) for _ in range(7)]
    assert [(one.state, one.left) for one in views[:5]] == [
        *((State.OPEN, left) for left in (4, 3, 2, 1)),
        (State.LOCKED, 0),
    ]
    assert desk.challenges.answer(handle, HERE, RIGHT).state is State.LOCKED
    assert desk.answers() == [Answer.CHALLENGE_FAILED]
    assert demanded(desk) == ["revoked"]
    assert proved(desk) is None


def test_a_lock_keeps_nobody_out_another_session_is_asked_and_passes(desk: Desk) -> None:
    handle = desk.opened()
    for _ in range(5):
        desk.challenges.answer(handle, HERE, WRONG)
    assert desk.challenges.answer(desk.opened(session="s-2"), HERE, RIGHT).state is State.PASSED


def test_it_was_not_me_ends_the_session_and_is_told(desk: Desk) -> None:
    handle = desk.opened()
    assert desk.challenges.deny(handle, HERE).state is State.DENIED
    assert desk.challenges.answer(handle, HERE, RIGHT).state is State.DENIED
    assert desk.challenges.deny(handle, HERE).state is State.DENIED
    assert desk.answers() == [Answer.NOT_ME]
    assert demanded(desk) == ["revoked"]


def test_a_link_serves_the_browser_that_opened_it_first(desk: Desk) -> None:
    key = desk.created()
    handle = desk.challenges.open(key, HERE).handle
    assert desk.challenges.open(key, HERE).handle == handle
    for ask in (
        lambda: desk.challenges.open(key, STRANGER),
        lambda: desk.challenges.view(handle, STRANGER),
        lambda: desk.challenges.answer(handle, STRANGER, RIGHT),
        lambda: desk.challenges.deny(handle, STRANGER),
        lambda: desk.challenges.elsewhere(handle, STRANGER),
        lambda: desk.challenges.ask_passkey(handle, STRANGER),
    ):
        with pytest.raises(NotThereError, match="no such challenge here"):
            ask()
    assert desk.challenges.view(handle, HERE).state is State.OPEN


@pytest.mark.parametrize("key", ["", "x", "x" * 43, "é" * 43, "x" * 44])
def test_a_key_that_is_none_opens_nothing(desk: Desk, key: str) -> None:
    desk.created()
    with pytest.raises(NotThereError, match="no such challenge here"):
        desk.challenges.open(key, HERE)


def test_a_browser_that_shows_nothing_is_nobody(desk: Desk) -> None:
    key, nobody = desk.created(), structs.replace(HERE, mark="")
    with pytest.raises(NotThereError):
        desk.challenges.open(key, nobody)
    with pytest.raises(NotThereError):
        desk.challenges.answer(desk.opened(session="s-9"), nobody, RIGHT)


def test_a_link_that_somebody_was_sent_does_not_open_in_a_browser_unlike_the_sessions(
    desk: Desk,
) -> None:
    """Fixation: the session is the attacker's, and the link is sent to whom it would serve."""
    key = desk.created(ip="203.0.113.9", user_agent="curl")
    with pytest.raises(NotThereError):
        desk.challenges.open(key, HERE)
    moved = Browser("203.0.113.9", "another", "m" * 43)
    assert desk.challenges.open(key, moved).state is State.OPEN


def test_it_is_over_with_its_time(desk: Desk) -> None:
    handle, unopened = desk.opened(), desk.created(session="s-2")
    desk.clock.now += LIFETIME
    assert desk.challenges.answer(handle, HERE, RIGHT).state is State.EXPIRED
    with pytest.raises(NotThereError):
        desk.challenges.open(unopened, HERE)
    assert desk.answers() == []


def test_whatever_is_wrong_looks_alike_and_the_same_is_done_for_it(desk: Desk) -> None:
    """An account that nobody knows, one with other codes, and one whose challenge is over."""
    nobody = Subscriber("acme", "who?")
    seen = []
    for whose in (ANN, BOB, nobody):
        handle = desk.opened(whose, session=f"of {whose.account}")
        for _ in range(6):
            view = desk.challenges.answer(handle, HERE, WRONG)
            seen.append((whose.account, structs.replace(view, handle="", country="")))
    assert [one for name, one in seen if name == "who?"] == [
        one for name, one in seen if name == "u-17"
    ]
    assert len(desk.factors.asked) == 18
    wrong, right = (
        desk.challenges.answer(desk_handle, HERE, shown)
        for desk_handle, shown in ((handle, WRONG), (handle, RIGHT))
    )
    assert wrong == right
    assert len(desk.factors.asked) == 20


def test_the_same_is_done_for_a_stranger_and_for_a_name_that_is_none(desk: Desk) -> None:
    handle = desk.opened()
    for name, browser in ((handle, STRANGER), ("0" * 32, HERE)):
        with pytest.raises(NotThereError, match="no such challenge here"):
            desk.challenges.answer(name, browser, RIGHT)
    assert desk.factors.asked == [None, None]


def test_somebody_elses_passkey_is_none(desk: Desk) -> None:
    handle = desk.opened()
    assert desk.challenges.answer(handle, HERE, Shown(passkey="bob's")).wrong == 1
    view = desk.challenges.answer(handle, HERE, Shown(passkey="ann's"))
    assert view.state is State.PASSED
    assert desk.challenges.ask_passkey(handle, HERE).state == "nobody"


def test_nothing_shown_uses_up_nothing(desk: Desk) -> None:
    handle = desk.opened()
    assert desk.challenges.answer(handle, HERE, Shown()).left == 5
    assert desk.factors.asked == []


def test_an_answer_that_nobody_had_time_for_uses_up_nothing(desk: Desk) -> None:
    handle = desk.opened()

    def busy() -> None:
        raise BusyError("busy")

    desk.factors.meanwhile = busy
    for _ in range(9):
        with pytest.raises(BusyError):
            desk.challenges.answer(handle, HERE, WRONG)
    assert desk.challenges.view(handle, HERE).left == 5


def test_another_device_passes_it_by_the_number_that_the_first_one_shows(desk: Desk) -> None:
    handle = desk.opened(return_to=f"{APP}/")
    told = desk.challenges.elsewhere(handle, HERE)
    there = desk.challenges.open(told.link.partition("#")[2], THERE)
    assert (there.is_elsewhere, there.number, there.handle) == (True, None, handle)
    assert desk.challenges.view(handle, HERE).number == told.number
    assert desk.challenges.answer(handle, THERE, RIGHT).wrong == 1
    assert desk.challenges.answer(handle, THERE, RIGHT, str(told.number + 1)).wrong == 2
    passed = desk.challenges.answer(handle, THERE, RIGHT, str(told.number))
    assert (passed.state, passed.return_to) == (State.PASSED, "")
    assert desk.challenges.view(handle, HERE).return_to == f"{APP}/"
    with pytest.raises(NotThereError):
        desk.challenges.open(told.link.partition("#")[2], STRANGER)


def test_only_the_last_link_for_another_device_holds_and_only_one_device_has_it(desk: Desk) -> None:
    handle = desk.opened()
    first = desk.challenges.elsewhere(handle, HERE)
    desk.challenges.open(first.link.partition("#")[2], STRANGER)
    second = desk.challenges.elsewhere(handle, HERE)
    with pytest.raises(NotThereError):
        desk.challenges.open(first.link.partition("#")[2], STRANGER)
    with pytest.raises(NotThereError):
        desk.challenges.view(handle, STRANGER)
    assert desk.challenges.open(second.link.partition("#")[2], THERE).is_elsewhere
    with pytest.raises(NotThereError):
        desk.challenges.elsewhere(handle, THERE)


def test_asking_anew_takes_the_place_of_what_was_asked_and_gives_no_more_answers(
    desk: Desk,
) -> None:
    handle = desk.opened()
    for _ in range(4):
        desk.challenges.answer(handle, HERE, WRONG)
    again = desk.opened()
    assert desk.challenges.view(handle, HERE).state is State.WITHDRAWN
    assert desk.challenges.view(again, HERE).left == 1
    assert desk.challenges.answer(again, HERE, WRONG).state is State.LOCKED


def test_whoever_opens_many_keeps_out_nobody(desk: Desk) -> None:
    """A storm: the oldest of them go, and the owner's own is asked and passed."""
    storm = [desk.opened(session=f"x-{number}") for number in range(9)]
    mine = desk.opened()
    states = [desk.challenges.view(one, HERE).state for one in storm]
    assert states == [State.WITHDRAWN] * 7 + [State.OPEN] * 2
    assert desk.challenges.answer(mine, HERE, RIGHT).state is State.PASSED


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil", "x"]
)
def test_nobody_is_sent_on_to_an_address_that_is_not_allowed(desk: Desk, address: str) -> None:
    with pytest.raises(ChallengeError, match="address"):
        desk.opened(return_to=address)
    closed = Challenges(desk.engine, KEYRING, desk.factors, desk.clock)
    wanted = Wanted(subscriber=ANN, return_to=f"{APP}/")
    with pytest.raises(ChallengeError, match="address"):
        closed.create(operator("ops"), wanted)


def test_a_link_has_its_key_where_no_log_has_it(desk: Desk) -> None:
    made = desk.challenges.create(operator("ops"), Wanted(subscriber=ANN))
    assert made.link.startswith(f"{SITE}/challenge#")
    with desk.engine.connect() as connection:
        [row] = connection.execute(select(tables.challenges)).all()
    key = made.link.partition("#")[2]
    assert key.encode() not in bytes(row.digest)
    assert key not in str(row)


def test_who_may_not_ask_does_not_and_another_tenants_is_nobodys(desk: Desk) -> None:
    wanted = Wanted(subscriber=ANN, origin=Origin.API)
    asker = program("mfa:challenge", "mfa:read", tenant="acme")
    other = program("mfa:challenge", "mfa:read", tenant="other")
    with pytest.raises(NotAllowedError):
        desk.challenges.create(program("mfa:read"), wanted)
    with pytest.raises(NotThereError):
        desk.challenges.create(other, wanted)
    made = desk.challenges.create(asker, wanted)
    assert desk.challenges.one(asker, made.handle).by == "key:7"
    for ask in (desk.challenges.one, desk.challenges.withdraw):
        with pytest.raises(NotThereError):
            ask(other, made.handle)
    assert desk.challenges.page(other, Filter()) == ([], None)
    assert desk.challenges.page(other, Filter(tenant="acme")) == ([], None)
    assert desk.challenges.withdraw(asker, made.handle).state is State.WITHDRAWN
    assert desk.answers() == []


def test_who_asked_and_who_took_it_back_is_written_down(desk: Desk) -> None:
    asker = program("mfa:challenge", "mfa:read", tenant="acme")
    made = desk.challenges.create(asker, Wanted(subscriber=ANN))
    desk.challenges.withdraw(operator("ops"), made.handle)
    desk.challenges.withdraw(operator("ops"), made.handle)
    with desk.engine.connect() as connection:
        query = select(tables.audit.c.actor).where(tables.audit.c.operation == "mfa:challenge")
        found = connection.execute(query.order_by(tables.audit.c.number)).scalars().all()
    assert found == ["key:7", "operator:ops"]


def test_they_are_listed_newest_first_in_pages(desk: Desk) -> None:
    made = [desk.opened(session=f"s-{number}") for number in range(3)]
    ops = operator("ops")
    first, place = desk.challenges.page(ops, Filter(account="u-17"), None, 2)
    rest, end = desk.challenges.page(ops, Filter(account="u-17"), place, 2)
    assert [one.handle for one in (*first, *rest)] == made[::-1]
    assert end is None
    assert desk.challenges.page(ops, Filter(state=State.PASSED))[0] == []


def test_of_an_account_whose_data_is_restricted_nothing_is_asked_and_nothing_follows(
    desk: Desk,
) -> None:
    handle = desk.opened()
    with desk.engine.begin() as connection:
        restrict(connection, ANN.subject, NOW, "asked for", "operator:root")
    with pytest.raises(ChallengeError, match="restricted"):
        desk.opened(session="s-2")
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(Told(session="s-3"), HERE)
    desk.challenges.answer(handle, HERE, RIGHT)
    assert desk.answers() == []
    assert proved(desk) is None


def test_whoever_is_being_erased_is_asked_nothing_that_would_outlast_them(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        told = {"actor": "operator:x", "reason": "#1", "keeps": False}
        asking.ask(connection, ANN.subject, b"p" * 32, NOW, **told)
    with pytest.raises(ChallengeError):
        desk.created()
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(Told(), HERE)


def test_a_gates_reference_is_one_challenge_however_often_a_browser_comes_with_it(
    desk: Desk,
) -> None:
    first = desk.challenges.from_gate(Told(), HERE, "en")
    assert desk.challenges.from_gate(Told(), HERE).handle == first.handle
    passed = desk.challenges.answer(first.handle, HERE, RIGHT)
    assert passed.return_to == f"{APP}/orders"
    assert desk.challenges.from_gate(Told(), HERE).state is State.PASSED


def test_several_pages_that_come_at_once_with_it_are_one_challenge(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: desk.challenges.from_gate(Told(), HERE).handle, range(16)))
    assert len(found) == 1
    assert len(desk.challenges.page(operator("ops"), Filter())[0]) == 1


def test_a_reference_that_was_copied_opens_nobody_elses_challenge(desk: Desk) -> None:
    mine = desk.challenges.from_gate(Told(), HERE)
    theirs = desk.challenges.from_gate(Told(), STRANGER)
    assert theirs.handle != mine.handle
    assert desk.challenges.view(mine.handle, HERE).state is State.WITHDRAWN
    with pytest.raises(NotThereError):
        desk.challenges.view(mine.handle, STRANGER)


def test_a_reference_that_was_sent_on_opens_nothing_there(desk: Desk) -> None:
    """Whoever sits in the session comes from its network, or with its program."""
    told = Told(ip=STRANGER.ip, user_agent=STRANGER.user_agent)
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(told, HERE)
    mine = desk.challenges.from_gate(told, STRANGER)
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(told, HERE)
    assert desk.challenges.view(mine.handle, STRANGER).state is State.OPEN


def test_a_session_comes_for_so_many_and_waits_then(desk: Desk) -> None:
    for number in range(COMING.at_once):
        desk.challenges.from_gate(Told(), Browser(mark=f"{number}" * 43))
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(Told(), HERE)
    assert desk.challenges.from_gate(Told(session="s-2"), HERE).state is State.OPEN
    desk.clock.now += COMING.pause
    assert desk.challenges.from_gate(Told(), HERE).state is State.OPEN


def test_an_address_for_a_sign_in_that_waits_serves_the_browser_that_signs_in(desk: Desk) -> None:
    """Fixation: a thief signs in, is told the address, and sends it to the account's owner."""
    about = {"handle": "a", "time": NOW, "tenant": "acme", "account": "u-17"}
    asked = Asked(ip="203.0.113.9", user_agent="curl", **about)
    row = question(1, account="u-17", body=msgspec.msgpack.encode(Kept(TOLD, asked)))
    with desk.engine.begin() as connection:
        sign_in_questions.add(connection, [row])
    told = Told(session=f"question:{row.handle}", key=f"question.{row.handle}")
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(told, HERE)
    theirs = desk.challenges.from_gate(told, STRANGER)
    assert desk.challenges.one(operator("ops"), theirs.handle).origin is Origin.SIGN_IN
    # A phone's program asks by its own name, and its browser answers from the same network.
    phone = Browser("203.0.113.9", "Safari", "p" * 43)
    assert desk.challenges.from_gate(told, phone).state is State.OPEN


def test_a_browser_that_is_faster_than_its_question_waits_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a thief's page could send the owner on before anybody knows whose browser it should be."""
    about = {"handle": "a", "time": NOW, "tenant": "acme", "account": "u-17"}
    asked = Asked(ip="203.0.113.9", user_agent="curl", **about)
    row = question(1, account="u-17", body=msgspec.msgpack.encode(Kept(TOLD, asked)))
    told = Told(session=f"question:{row.handle}", key=f"question.{row.handle}")

    def carry(_: float) -> None:
        with desk.engine.begin() as connection:
            sign_in_questions.add(connection, [row])

    monkeypatch.setattr("monitor.services.challenges.pause", carry)
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(told, HERE)
    assert desk.challenges.from_gate(told, STRANGER).state is State.OPEN
    monkeypatch.setattr("monitor.services.challenges.ARRIVES_S", 0.0)
    never = Told(session="s-9", key=f"question.{'f' * 32}")
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(never, HERE)


def test_a_reference_from_before_a_lock_makes_no_other_challenge(desk: Desk) -> None:
    handle = desk.challenges.from_gate(Told(), HERE).handle
    for _ in range(5):
        desk.challenges.answer(handle, HERE, WRONG)
    assert desk.challenges.from_gate(Told(issued=NOW + SETTLES), HERE).state is State.LOCKED
    with pytest.raises(NotThereError):
        desk.challenges.from_gate(Told(issued=NOW + SETTLES), STRANGER)
    desk.clock.now += MINUTE
    later = desk.challenges.from_gate(Told(issued=desk.clock()), HERE)
    assert (later.state, later.left) == (State.OPEN, 5)


def test_codes_are_not_guessed_by_asking_for_challenge_after_challenge(desk: Desk) -> None:
    """A password thief signs in again and again: after some wrong codes even a right one of a
    strange browser is none, while a passkey and the owner's own browser still pass."""
    desk.challenges.answer(desk.opened(session="own"), HERE, RIGHT)
    thief = Browser("203.0.113.9", "curl", "t" * 43)
    for number in range(6):
        key = desk.created(session=f"t-{number}")
        handle = desk.challenges.open(key, thief).handle
        for _ in range(4):
            desk.challenges.answer(handle, thief, WRONG)
    last = desk.challenges.open(desk.created(session="t-x"), thief).handle
    assert desk.challenges.answer(last, thief, RIGHT).wrong == 1
    assert desk.challenges.answer(desk.opened(session="own-2"), HERE, RIGHT).state is State.PASSED
    new = desk.challenges.open(desk.created(session="new"), THERE).handle
    assert desk.challenges.answer(new, THERE, Shown(passkey="ann's")).state is State.PASSED
    desk.clock.now += 16 * MINUTE
    later = desk.challenges.open(desk.created(session="later"), STRANGER).handle
    assert desk.challenges.answer(later, STRANGER, RIGHT).state is State.PASSED


@pytest.mark.parametrize("name", ["", "x" * 257, "a\0b"])
def test_what_no_application_calls_an_account_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(ChallengeError, match="which account"):
        desk.opened(Subscriber("acme", name))


@pytest.mark.parametrize("right", [False, True])
def test_of_a_thousand_answers_at_once_no_more_are_looked_at_than_may_be(
    database: Engine, right: bool
) -> None:
    """And a code that is good once passes once, whoever comes first."""
    desk = Desk(database, once=True)
    handle = desk.opened()
    shown = [RIGHT if right and number % 2 else WRONG for number in range(1_000)]

    def answer(one: Shown) -> State:
        return desk.challenges.answer(handle, HERE, one).state

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(answer, shown))
    looked_at = [owner for owner in desk.factors.asked if owner is not None]
    assert len(looked_at) <= 5
    assert len(desk.factors.asked) == 1_000
    ended = desk.challenges.view(handle, HERE).state
    assert ended in ((State.PASSED, State.LOCKED) if right else (State.LOCKED,))
    assert {one for one in states if one is not State.OPEN} == {ended}
    assert len(desk.answers()) == 1


def race(desk: Desk, number: int) -> list[State]:
    """Two browsers' windows answer at once with a code that is good once."""
    desk.factors.renew()
    handle = desk.opened(session=f"r-{number}")
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda _: desk.challenges.answer(handle, HERE, RIGHT).state, range(2))
    return sorted(answers)


@pytest.mark.soak
def test_two_who_show_one_code_pass_once_a_thousand_times(database: Engine) -> None:
    desk = Desk(database, once=True)
    for number in range(1_000):
        assert State.PASSED in race(desk, number)
    assert desk.answers() == [Answer.CHALLENGE_PASSED] * 1_000


def test_two_who_show_one_code_pass_once(database: Engine) -> None:
    desk = Desk(database, once=True)
    for number in range(15):
        assert State.PASSED in race(desk, number)
    assert desk.answers() == [Answer.CHALLENGE_PASSED] * 15


def test_the_methods_that_are_shown_say_nothing_of_whose_it_is(desk: Desk) -> None:
    assert desk.challenges.open(desk.created(BOB), HERE).methods == tuple(Method)
