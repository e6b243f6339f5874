"""Days behind servers and VPNs: one count a day, and only of the account's own devices."""

from detectors.core.event import SignIn
from detectors.core.profile import Profile
from detectors.takeover.habit import note_hiding
from detectors.takeover.stranger import State
from tests.detectors.story import CHROME, LINUX, LYON, VPN, Story


def hidden(story: Story) -> int:
    """The days counted."""
    state, profile = State(), Profile()
    for event in story.sorted():
        assert isinstance(event, SignIn)
        note_hiding(state, event, profile)
        profile.learn(event, ())
    return state.hidden_days


def test_days_behind_a_vpn_are_counted_once_each() -> None:
    story = Story().work(range(10), LYON, CHROME)
    for day in (7, 8):
        story.use(day, 600, VPN, CHROME, "a").use(day, 620, VPN, CHROME, "a")
    assert hidden(story) == 2


def test_a_strangers_computer_makes_no_habit() -> None:
    story = Story().work(range(10), LYON, CHROME)
    for day in (7, 8):
        story.sign_on(day, 600, VPN, LINUX, f"x{day}")
    assert hidden(story) == 0
