"""Whoever is asked sees nothing that an attacker could use; whoever asks sees what became of it."""

import pytest
from msgspec import structs

from detectors.core.identity import as_uuid
from monitor.mfa import challenge as machine
from monitor.mfa.challenge import REASONS, State
from monitor.services.challenge_views import (
    ChallengeError,
    Wanted,
    asked_of,
    check,
    new_mark,
    veiled,
    view_of,
    words_of,
)
from monitor.services.factors import Method
from monitor.services.subscriber import Subscriber
from monitor.store.challenges import Whence
from tests.monitor.services.challenged import NOW
from tests.monitor.store.test_challenges import ONE


def test_whoever_is_asked_is_told_why_and_about_which_session() -> None:
    view = view_of(ONE, NOW)
    assert view.reason == REASONS[ONE.reason]
    assert (view.device, view.place, view.time) == ("Firefox, Linux", "Lyon, FR", NOW)
    assert (view.left, view.wrong, view.methods) == (4, 0, tuple(Method))
    assert ONE.account not in str(view)


def test_nobody_goes_on_before_it_was_passed_and_only_where_it_was_asked() -> None:
    assert view_of(ONE, NOW).return_to == ""
    passed = machine.settle(machine.begin(ONE.challenge, NOW), NOW, right=True)
    done = structs.replace(ONE, challenge=passed, number=42)
    assert view_of(done, NOW).return_to == ONE.return_to
    there = view_of(done, NOW, is_elsewhere=True)
    assert (there.return_to, there.number) == ("", None)


def test_what_is_over_by_its_time_is_shown_so_before_it_is_written_down() -> None:
    view = view_of(ONE, ONE.challenge.expires)
    assert (view.state, view.left) == (State.EXPIRED, 0)
    assert asked_of(ONE, ONE.challenge.expires).state is State.EXPIRED


def test_whoever_asks_sees_whom_about_unless_they_may_not_look_at_people() -> None:
    told = asked_of(ONE, NOW)
    assert (told.account, told.incident) == (ONE.account, as_uuid(ONE.incident or b""))
    hidden = veiled(told)
    assert hidden.account != ONE.account
    assert hidden.session == ""


@pytest.mark.parametrize(
    ("whence", "words"),
    [
        (Whence(), ("", "")),
        (Whence(program="curl"), ("curl", "")),
        (Whence(country="FR"), ("", "FR")),
    ],
)
def test_what_is_not_known_is_left_out(whence: Whence, words: tuple[str, str]) -> None:
    assert words_of(whence) == words


def test_marks_are_long_and_no_two_alike() -> None:
    assert len({new_mark() for _ in range(100)}) == 100
    assert len(new_mark()) >= 43


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(subscriber=Subscriber("acme", "")),
        Wanted(subscriber=Subscriber("a\0", "u")),
        Wanted(subscriber=Subscriber("acme", "u"), session="s" * 257),
    ],
)
def test_what_no_application_says_is_refused(wanted: Wanted) -> None:
    with pytest.raises(ChallengeError, match="account and session"):
        check(wanted)
