"""What is shown proves somebody once, and only them: of however many requests, one gets through.

A thousand runs of parallel tries are behind `soak`; some of them are run each time.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from sqlalchemy import Engine, event

from monitor.mfa import totp
from monitor.services.factors import Level, Method, Proved, Shown
from monitor.store.factors import Owner
from tests.conftest import Databases
from tests.monitor.mfa.authenticator import BE, Authenticator, text_of
from tests.monitor.services.factored import ANA, BOB, ORIGIN, Holder

ME, OTHER, REVIEWER = ANA.owner, BOB.owner, Owner("reviewer", "r-1")


@pytest.fixture
def holder(database: Engine) -> Holder:
    return Holder(database)


def test_a_passkey_is_worth_more_than_a_code(holder: Holder) -> None:
    device, passkey = holder.passkey()
    app = holder.totp()
    codes = holder.factors.new_codes(ME)
    assert holder.prove(device) == Proved(ME, Method.PASSKEY, Level.AAL2, passkey.handle)
    assert holder.by_code(holder.code(app)) == Proved(ME, Method.TOTP, Level.AAL1, app.handle)
    handle = holder.factors.listed(ME)[-1].handle
    assert holder.by_code(codes[5]) == Proved(ME, Method.RECOVERY, Level.AAL1, handle)
    used = holder.factors.listed(ME)
    assert all(one.last_used is not None for one in used)
    assert used[-1].left == 9


def test_what_was_shown_once_is_worth_nothing_again(holder: Holder) -> None:
    device, _ = holder.passkey()
    device.counts = False
    app = holder.totp()
    [recovery, *_] = holder.factors.new_codes(ME)
    offer = holder.factors.ask_passkey(ME)
    shown = Shown(passkey=device.prove(offer.options), state=offer.state)
    for one in (shown, Shown(code=holder.code(app)), Shown(code=recovery)):
        assert holder.factors.prove(ME, one) is not None
        assert holder.factors.prove(ME, one) is None


def test_an_older_question_is_not_answered_after_a_newer_one(holder: Holder) -> None:
    device, _ = holder.passkey()
    device.counts = False
    older = holder.factors.ask_passkey(ME)
    holder.later(1_000)
    assert holder.prove(device) is not None
    answer = device.prove(older.options)
    assert holder.factors.prove(ME, Shown(passkey=answer, state=older.state)) is None


def test_codes_bear_a_clock_that_is_a_step_off_and_no_more(holder: Holder) -> None:
    app = holder.totp()
    for later, is_right in ((-2, False), (2, False), (-1, True), (1, True)):
        assert (holder.by_code(holder.code(app, later)) is not None) is is_right
        holder.later(20 * totp.PERIOD_S * 1_000)
    early = holder.code(app, 1)
    assert holder.by_code(early) is not None
    # The step now is an earlier one than that.
    assert holder.by_code(holder.code(app)) is None


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("minutes", [-60, -5, 5, 60])
def test_a_clock_that_is_off_by_minutes_proves_nothing(holder: Holder, minutes: int) -> None:
    app = holder.totp()
    assert holder.by_code(holder.code(app, minutes * 2)) is None
    assert holder.by_code(holder.code(app)) is not None


def test_each_of_several_authenticators_is_as_good(holder: Holder) -> None:
    apps = [holder.totp(name=str(number)) for number in range(3)]
    for app in apps:
        found = holder.by_code(holder.code(app))
        assert found is not None
        assert found.handle == app.handle


def test_a_passkey_that_was_asked_of_anybody_says_whose_it_is(holder: Holder) -> None:
    device, passkey = holder.passkey()
    holder.passkey(OTHER)
    found = holder.prove(device, None)
    assert found == Proved(ME, Method.PASSKEY, Level.AAL2, passkey.handle)
    # Without the name under which it is kept nobody is found by it.
    assert holder.prove(device, None, user=False) is None


def test_nobody_s_passkey_serves_another_owner_or_another_kind_of_owner(holder: Holder) -> None:
    mine, _ = holder.passkey()
    theirs, _ = holder.passkey(OTHER)
    reviewer, _ = holder.passkey(REVIEWER)
    assert holder.prove(theirs) is None
    theirs.user = mine.user
    assert holder.prove(theirs) is None
    offer = holder.factors.ask_passkey(None)
    answer = reviewer.prove(offer.options)
    assert holder.factors.prove(None, Shown(passkey=answer, state=offer.state)) is None
    # Asked as a reviewer, shown as a subscriber, and the other way round.
    offer = holder.factors.ask_passkey(None, "reviewer")
    shown = Shown(passkey=reviewer.prove(offer.options), state=offer.state)
    assert holder.factors.prove(None, shown) is None
    assert holder.factors.prove(None, shown, "reviewer") is not None


def test_what_was_asked_of_one_is_not_answered_for_another(holder: Holder) -> None:
    mine, _ = holder.passkey()
    theirs, _ = holder.passkey(OTHER)
    offer = holder.factors.ask_passkey(OTHER)
    answer = theirs.prove(offer.options)
    for owner in (ME, None):
        shown = Shown(passkey=answer, state=offer.state)
        assert holder.factors.prove(owner, shown) is None
    for state in ("", "x", holder.factors.ask_passkey(ME).state):
        assert holder.factors.prove(OTHER, Shown(passkey=answer, state=state)) is None
    late = holder.factors.ask_passkey(ME)
    answer = mine.prove(late.options)
    holder.later(16 * 60_000)
    assert holder.factors.prove(ME, Shown(passkey=answer, state=late.state)) is None


def test_a_copy_of_a_passkey_is_noticed_and_its_owner_told(holder: Holder) -> None:
    holder.know()
    device, _ = holder.passkey()
    holder.later()
    assert holder.prove(device) is not None
    copy = Authenticator(ORIGIN)
    copy.key, copy.credential, copy.user = device.key, device.credential, device.user
    copy.rp_id = device.rp_id
    holder.later()
    assert holder.prove(copy) is None
    assert holder.orders()[-1].values["change.en"].endswith("there may be a copy of it.")
    holder.later()
    assert holder.prove(device) is not None
    # Whoever has not the key calls nobody.
    before = len(holder.orders())
    stranger = Authenticator(ORIGIN)
    stranger.credential, stranger.user, stranger.rp_id = (
        device.credential,
        device.user,
        device.rp_id,
    )
    assert holder.prove(stranger) is None
    assert len(holder.orders()) == before


def test_a_passkey_s_kind_never_changes(holder: Holder) -> None:
    device, _ = holder.passkey()
    device.flags |= BE
    assert holder.prove(device) is None


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    "shown",
    [
        Shown(),
        Shown(code="123456"),
        Shown(code="x" * 10_000),
        Shown(code="0000-0000-0000-0000"),
        Shown(code="\ud800"),
        Shown(passkey="{}"),
        Shown(passkey="x", state="y"),
        Shown(code="123456", passkey="{}", state="é" * 3_000),
    ],
)
def test_nonsense_proves_nothing_for_anybody(holder: Holder, shown: Shown) -> None:
    holder.totp()
    for owner in (ME, OTHER, None):
        assert holder.factors.prove(owner, shown) is None


def test_as_much_is_done_for_nobody_as_for_somebody(holder: Holder) -> None:
    """The same statements to the database, and as many hashes: time says nothing then."""
    holder.totp()
    holder.factors.new_codes(ME)
    said: list[str] = []
    event.listen(holder.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    for code in ("000000", "ZZZZ-ZZZZ-ZZZZ-ZZZZ"):
        counts = []
        for owner in (ME, OTHER, None):
            said.clear()
            assert holder.by_code(code, owner) is None
            counts.append(list(said))
        assert all(one == other for one, other in pairwise(counts))


def race(holder: Holder, engines: list[Holder], shown: list[Shown]) -> int:
    """How many of all who show the same at once get through."""
    with ThreadPoolExecutor(len(engines)) as pool:
        tries = [pool.submit(one.factors.prove, ME, what) for what in shown for one in engines]
        return sum(one.result() is not None for one in tries)


def raced(databases: Databases, rounds: int) -> list[tuple[int, int, int]]:
    url = databases.url()
    holder = Holder(databases.connect(url))
    others = [
        Holder(databases.connect(url), keyring=holder.keyring, clock=holder.clock) for _ in range(4)
    ]
    device, _ = holder.passkey()
    device.counts = False
    app = holder.totp()
    codes = holder.factors.new_codes(ME)
    found = []
    for number in range(rounds):
        holder.later()
        if not codes:
            codes = holder.factors.new_codes(ME)
        offer = holder.factors.ask_passkey(ME)
        passkey = Shown(passkey=device.prove(offer.options), state=offer.state)
        shown = [Shown(code=holder.code(app)), passkey, Shown(code=codes.pop())]
        found.append(tuple(race(holder, others, [one]) for one in shown))
        assert number < rounds
    return found  # type: ignore[return-value]


def test_of_many_at_once_one_gets_through(databases: Databases) -> None:
    assert raced(databases, 5) == [(1, 1, 1)] * 5


@pytest.mark.soak
def test_of_many_at_once_one_gets_through_a_thousand_times(databases: Databases) -> None:
    found = raced(databases, 1_000)
    assert set(found) == {(1, 1, 1)}
    assert statistics.fmean(sum(one) for one in found) == 3


def test_no_answer_depends_on_what_else_an_id_could_be(holder: Holder) -> None:
    """A credential of nobody is checked as one of somebody is."""
    holder.passkey()
    stranger = Authenticator(ORIGIN)
    stranger.rp_id, stranger.user = "example.com", b"u" * 32
    assert holder.prove(stranger) is None
    stranger.credential = b"\xff" * 1_023
    assert holder.prove(stranger) is None
    assert text_of(stranger.credential)
