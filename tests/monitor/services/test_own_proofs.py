"""A passkey lets its subscriber in, a factor of one's own makes a session worth more, and nobody
guesses codes here or locks anybody out by trying."""

from pathlib import Path

import pytest

from detectors.core.event import MINUTE
from monitor.services.factors import Shown
from monitor.services.own_proofs import CHANGES, Trouble
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import Way
from monitor.store.factors import Owner
from tests.monitor.services.reviewing import AWAY, DESK
from tests.monitor.services.subscribing import MARIE, Place, copied

JEAN = Subscriber(MARIE.tenant, "u-jean")


@pytest.fixture
def place(tmp_path: Path, migrated_file: Path) -> Place:
    return Place(copied(migrated_file, tmp_path))


def passkey(place: Place, whose: Subscriber, asked: Owner | None) -> Shown:
    """What a new passkey of somebody's answers when one of these is asked for."""
    device, _ = place.holder.passkey(whose.owner)
    offer = place.factors.ask_passkey(asked)
    return Shown(passkey=device.prove(offer.options), state=offer.state)


def test_whoever_shows_a_passkey_is_in_as_whose_it_is(place: Place) -> None:
    key = place.own.proofs.come_in(passkey(place, MARIE, None), DESK)
    visit = place.own.sessions.visit(key or "")
    assert visit is not None
    assert (visit.subscriber, visit.way, visit.level) == (MARIE, Way.FACTOR, 2)
    assert visit.is_fresh(place.clock())
    assert visit.app_session is None


def test_what_was_shown_once_lets_nobody_in_again(place: Place) -> None:
    shown = passkey(place, MARIE, None)
    assert place.own.proofs.come_in(shown, DESK) is not None
    assert place.own.proofs.come_in(shown, AWAY) is None


def test_nobody_says_by_a_code_who_they_are(place: Place) -> None:
    app = place.holder.totp(MARIE.owner)
    assert place.own.proofs.come_in(Shown(code=place.holder.code(app)), DESK) is None


def test_a_reviewers_passkey_lets_no_subscriber_in(place: Place) -> None:
    owner = Owner("reviewer", "r-1")
    device, _ = place.holder.passkey(owner)
    for kind in ("account", "reviewer"):
        offer = place.factors.ask_passkey(None, kind)
        shown = Shown(passkey=device.prove(offer.options), state=offer.state)
        assert place.own.proofs.come_in(shown, DESK) is None


def test_a_factor_makes_the_session_worth_more_under_a_new_key(place: Place) -> None:
    app, visit = place.holder.totp(MARIE.owner), place.visit()
    key = place.own.proofs.step_up(visit, Shown(code=place.holder.code(app)))
    assert isinstance(key, str)
    proved = place.own.sessions.visit(key)
    assert proved is not None
    assert proved.is_fresh(place.clock())
    assert place.own.sessions.visit(visit.key) is None


def test_somebody_else_s_factor_proves_nothing(place: Place) -> None:
    app = place.holder.totp(JEAN.owner)
    place.holder.totp(MARIE.owner)
    visit = place.visit()
    assert place.own.proofs.step_up(visit, Shown(code=place.holder.code(app))) is Trouble.WRONG
    for asked in (None, JEAN.owner):
        shown = passkey(place, JEAN, asked)
        assert place.own.proofs.step_up(visit, shown) is Trouble.WRONG


def test_codes_are_not_guessed_in_one_session_or_many(place: Place) -> None:
    place.holder.totp(MARIE.owner)
    told = []
    for _ in range(3):
        visit = place.visit()
        told += [place.own.proofs.step_up(visit, Shown(code="000000")) for _ in range(6)]
    assert told.count(Trouble.WRONG) == 10
    assert told[5] is Trouble.TOO_MANY


def test_who_used_up_the_tries_keeps_nobody_from_a_passkey(place: Place) -> None:
    app, intruder = place.holder.totp(MARIE.owner), place.visit()
    for _ in range(2):
        for _ in range(6):
            place.own.proofs.step_up(intruder, Shown(code="000000"))
        intruder = place.visit()
    visit = place.visit()
    code = Shown(code=place.holder.code(app))
    assert place.own.proofs.step_up(visit, code) is Trouble.TOO_MANY
    assert isinstance(place.own.proofs.step_up(visit, passkey(place, MARIE, MARIE.owner)), str)
    place.clock.now += 30 * MINUTE
    code = Shown(code=place.holder.code(app))
    assert isinstance(place.own.proofs.step_up(place.visit(), code), str)


def test_a_right_code_counts_for_nothing(place: Place) -> None:
    app = place.holder.totp(MARIE.owner)
    for _ in range(12):
        key = place.own.proofs.step_up(place.visit(), Shown(code=place.holder.code(app)))
        assert isinstance(key, str)
        place.holder.later()


def test_changes_are_as_many_as_somebody_makes_and_no_storm(place: Place) -> None:
    first, second = place.visit(), place.visit()
    assert all(place.own.proofs.may_change(first) for _ in range(CHANGES.at_once))
    assert not place.own.proofs.may_change(second)
    assert place.own.proofs.may_change(place.visit(JEAN))
    place.clock.now += CHANGES.pause
    assert place.own.proofs.may_change(second)
