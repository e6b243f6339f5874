"""Whether one browser's sessions follow each other, each dropped for the next."""

from detectors.core.event import SignIn
from detectors.core.place import Device
from detectors.core.profile import Profile, session_key
from detectors.sharing.succession import changes_of_line
from tests.detectors.story import CHROME, FIREFOX, LYON_HOME, VPN, Story, Where


def by_turns(
    lines: tuple[Where, ...], device: Device | None = CHROME, *, long: float = 40
) -> Story:
    """One line after the other, each with a session of its own."""
    story = Story()
    for turn, at in enumerate(lines):
        begin = 480 + 50 * turn
        story.sign_on(0, begin, at, device, f"s{turn}")
        story.use(0, begin + long / 3, at, device, f"s{turn}")
        story.use(0, begin + long, at, device, f"s{turn}")
    return story


def changes(story: Story, other: str = "s1") -> int | None:
    """What is said of the last event and another session."""
    *before, event = story.sorted()
    assert isinstance(event, SignIn)
    profile = Profile()
    for one in before:
        profile.learn(one, ())
    sessions = profile.sessions
    own = sessions.get(session_key(event))
    key = next(name for name in sessions if name.endswith(other))
    return changes_of_line(event, own, sessions[key], sessions.values())


def test_who_changes_the_line_signs_on_anew_and_never_comes_back() -> None:
    assert changes(by_turns((LYON_HOME, VPN, LYON_HOME, VPN)), "s2") == 3
    assert changes(by_turns((LYON_HOME, LYON_HOME, LYON_HOME))) == 0


def test_a_session_that_went_on_beside_another_is_somebody_elses() -> None:
    story = by_turns((LYON_HOME, VPN, LYON_HOME))
    story.use(0, 600, VPN, CHROME, "s1").use(0, 625, LYON_HOME, CHROME, "s2")
    assert changes(story) is None
    assert (
        changes(by_turns((LYON_HOME, VPN, LYON_HOME)).use(0, 640, VPN, CHROME, "s1"), "s2") is None
    )


def test_another_browser_is_another_machine() -> None:
    story = by_turns((LYON_HOME, VPN)).sign_on(0, 600, LYON_HOME, FIREFOX, "s2")
    assert changes(story) is None


def test_where_sessions_are_no_more_than_sign_ons_nothing_is_said() -> None:
    assert changes(by_turns((LYON_HOME, VPN, LYON_HOME), long=0)) is None


def test_where_the_log_names_no_browser_nothing_is_said() -> None:
    assert changes(by_turns((LYON_HOME, VPN, LYON_HOME), None)) is None
