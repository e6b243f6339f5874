"""Days behind servers and VPNs: one count a day, and only of the account's own devices."""

from detectors.core.event import SignIn
from detectors.core.population import SHIPPED, Population, address_of
from detectors.core.profile import Profile
from detectors.takeover.habit import hid_before, note_hiding
from detectors.takeover.stranger import State
from tests.detectors.story import CHROME, LINUX, LYON, RELAY, VPN, Story, moment


def hidden(story: Story, population: Population = SHIPPED) -> int:
    """The days counted."""
    state, profile = State(), Profile()
    for event in story.sorted():
        assert isinstance(event, SignIn)
        note_hiding(state, event, profile, population)
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


def test_a_relays_exits_are_some_of_them_on_no_list() -> None:
    """Whoever is behind a relay one day may be behind an unlisted exit of it another day."""
    story = Story().work(range(10), LYON, CHROME).use(8, 600, RELAY, CHROME, "a")
    assert hidden(story) == 1


def test_the_first_day_behind_one_has_none_before_it() -> None:
    """It would clear itself otherwise."""
    state = State(hidden_days=1, hidden_at=moment(8, 600))
    assert not hid_before(state, moment(8, 700))
    assert hid_before(state, moment(9, 600))
    assert not hid_before(State(), moment(9, 600))


def test_a_companys_own_way_out_is_nobodys_habit() -> None:
    """Whoever goes through the company's proxy all day has no more to do with other servers."""
    story = Story().work(range(10), LYON, CHROME)
    for day in (7, 8):
        story.use(day, 600, RELAY, CHROME, "a")
    assert RELAY.ip is not None
    assert hidden(story, Population(addresses={address_of(RELAY.ip): 0.2})) == 0
    assert hidden(story, Population(addresses={address_of(RELAY.ip): 0.02})) == 2


def test_the_first_day_of_a_log_counts_as_well() -> None:
    """The computer that the log begins with came in good order, though it is not known for long."""
    story = Story().sign_on(0, 480, LYON, CHROME, "a").use(0, 600, VPN, CHROME, "a")
    assert hidden(story) == 1


def test_what_was_counted_before_the_company_was_known_is_taken_back() -> None:
    assert RELAY.ip is not None
    company = Population(addresses={address_of(RELAY.ip): 0.2})
    story = Story().sign_on(0, 480, RELAY, CHROME, "a").sign_on(1, 480, RELAY, CHROME, "b")
    again = story.sorted()[-1]
    assert isinstance(again, SignIn)
    for days, left in ((0, 0), (8, 2)):
        state, profile = State(hidden_days=2, hidden_at=moment(days, 480)), Profile()
        profile.learn(story.sorted()[0], ())
        note_hiding(state, again, profile, company)
        assert state.hidden_days == left
