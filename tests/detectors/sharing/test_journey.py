"""Legs that nobody could have travelled."""

from detectors.core.event import HOUR, MINUTE, SignIn
from detectors.core.place import Device
from detectors.core.profile import Profile
from detectors.sharing.apart import FAR
from detectors.sharing.duel import Duel, Pair
from detectors.sharing.journey import note_journey
from tests.detectors.story import CHROME, LYON, LYON_HOME, MAC, PARIS, Story, Where


def note(minutes: int, at: Where, device: Device, *, moves: int = 0) -> tuple[Duel, Pair]:
    """From Chrome in Lyon to there, so many minutes later."""
    story = Story().sign_on(0, 480, LYON, CHROME, "a").sign_on(0, 480 + minutes, at, device, "b")
    first, second = story.events
    profile = Profile()
    profile.learn(first, ())
    assert isinstance(second, SignIn)
    duel, pair = Duel(FAR, first.time, first.time, moves=moves), Pair(first.time)
    note_journey(duel, pair, second, None, profile.sessions["a"], first=True)
    return duel, pair


def test_a_leg_is_one_that_no_journey_explains() -> None:
    assert note(30, PARIS, MAC)[0].legs == 1
    assert note(6 * HOUR // MINUTE, PARIS, MAC)[0].legs == 0
    assert note(30, LYON_HOME, MAC)[0].legs == 0


def test_one_laptop_may_go_to_and_fro_but_not_at_once() -> None:
    assert note(60, PARIS, CHROME)[0].legs == 0
    assert note(60, PARIS, CHROME, moves=2)[0].legs == 1
    assert note(30, PARIS, CHROME)[0].legs == 1


def test_no_way_to_work_is_as_short_as_a_sudden_leg() -> None:
    assert note(10, PARIS, MAC)[1].sudden == 1
    assert note(30, PARIS, MAC)[1].sudden == 0
    assert note(10, PARIS, CHROME)[1].sudden == 0
