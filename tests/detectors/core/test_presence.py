"""Where the owner is: at the usual desk, and what is no sign of being there."""

import pytest

from detectors.core.event import SignIn
from detectors.core.place import Device
from detectors.core.population import SHIPPED, Population, address_of
from detectors.core.presence import (
    desk_of,
    hides_itself,
    hours_since_start,
    is_desk_on,
    is_missed,
    is_on_one_line,
    is_owner_at_work,
    is_owners,
    is_usual,
    last_at_desk,
    signed_off_at_desk,
)
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    VPN,
    Story,
    Where,
    learned,
    moment,
)


def act(at: Where, device: Device | None, minute: float, session: str = "x") -> SignIn:
    """Something done on day 10 by whoever has this device."""
    event = Story().use(10, minute, at, device, session).events[0]
    assert isinstance(event, SignIn)
    return event


def sign_off(minute: float, session: str = "desk") -> SignIn:
    """The end of a session at the desk in Lyon on day 10."""
    event = Story().sign_off(10, minute, LYON, CHROME, session).events[0]
    assert isinstance(event, SignIn)
    return event


def morning() -> Story:
    """Ten days in Lyon on one computer, and the morning of another one until 08:20."""
    story = Story().work(range(10), LYON, CHROME).sign_on(10, 480, LYON, CHROME, "desk")
    return story.use(10, 493, LYON, CHROME, "desk").use(10, 500, LYON, CHROME, "desk")


@pytest.mark.parametrize(
    ("at", "device", "owners"),
    [
        (LYON, CHROME, True),
        (LYON, MAC, False),
        (LYON_HOME, CHROME, False),
        (PARIS_MOBILE, CHROME, False),
        (LYON, IPHONE, False),
    ],
)
def test_the_usual_desk_is_the_known_computer_on_the_known_line(
    at: Where, device: Device, owners: bool
) -> None:
    assert is_owners(act(at, device, 510), learned(morning()), moment(10, 510)) is owners


def test_when_and_where_the_owner_last_acted() -> None:
    profile = learned(morning())
    stranger = act(PARIS, MAC, 520)
    assert last_at_desk(stranger, profile, proxied=False) == moment(10, 500)
    assert desk_of(profile, stranger.time) == LYON.place


def test_the_own_next_act_is_nobody_elses() -> None:
    """What is asked is who else was there: the desk itself does not count beside itself."""
    assert last_at_desk(act(LYON, CHROME, 520), learned(morning()), proxied=False) == 0


def test_a_page_left_open_since_yesterday_is_nobody_at_the_desk() -> None:
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 480, LYON, CHROME, "left")
    for minute in range(480, 2_000, 13):
        story.use(9, minute, LYON, CHROME, "left")
    profile = learned(story)
    assert last_at_desk(act(PARIS, MAC, 570), profile, proxied=False) == 0
    assert not is_owner_at_work(act(LYON, CHROME, 572, "left"), profile)


def test_a_desk_behind_a_proxy_counts_where_asked() -> None:
    """Its address says nothing of the place, and yet somebody sits there."""
    story = Story().work(range(10), RELAY, CHROME).sign_on(10, 480, RELAY, CHROME, "desk")
    profile, stranger = learned(story), act(PARIS, MAC, 490)
    assert last_at_desk(stranger, profile, proxied=False) == 0
    assert last_at_desk(stranger, profile, proxied=True) == moment(10, 480)
    assert desk_of(profile, stranger.time) is None


def test_where_no_device_is_said_the_line_has_to_do() -> None:
    story = Story()
    for day in range(10):
        story.sign_on(day, 480, LYON, None, f"s{day}").use(day, 490, LYON, None, f"s{day}")
    profile = learned(story)
    session = profile.sessions["s9"]
    assert is_usual(session, profile, moment(10, 480))
    assert not is_owners(session, profile, moment(10, 480))


@pytest.mark.parametrize(("at", "hidden"), [(VPN, True), (LYON_HOME, False)])
def test_an_account_whose_own_computer_is_seen_behind_a_vpn(at: Where, hidden: bool) -> None:
    story = Story().work(range(10), LYON, CHROME).work(range(5, 10), at, CHROME, 1_100, 1_200)
    assert hides_itself(learned(story), moment(10, 480), SHIPPED) is hidden
    assert at.ip is not None
    company = Population(addresses={address_of(at.ip): 0.2})
    assert not hides_itself(learned(story), moment(10, 480), company)


def test_whoever_signs_off_at_the_desk_is_there() -> None:
    """A page that renewed its tokens evenly all day shows no hand, and closes itself never."""
    story = morning()
    for minute in range(520, 900, 20):
        story.renew(10, minute, LYON, CHROME, "desk")
    profile = learned(story)
    assert signed_off_at_desk(sign_off(905), profile)
    assert not signed_off_at_desk(sign_off(905, "another"), profile)
    assert not signed_off_at_desk(act(LYON, CHROME, 905, "desk"), profile)


def test_a_session_that_is_closed_long_after_it_fell_silent_is_nobody() -> None:
    assert not signed_off_at_desk(sign_off(700), learned(morning()))


def test_where_several_sit_at_the_desk_any_of_them_may_go_home() -> None:
    story = morning().sign_on(10, 490, LYON, CHROME, "colleague")
    assert not signed_off_at_desk(sign_off(510), learned(story))
    gone = story.sign_off(10, 495, LYON, CHROME, "colleague")
    assert not signed_off_at_desk(sign_off(510), learned(gone))
    stranger = morning().sign_on(10, 490, PARIS, CHROME, "x")
    assert signed_off_at_desk(sign_off(510), learned(stranger))


def test_a_desk_is_on_while_it_goes_on_within_the_hour() -> None:
    profile = learned(morning())
    session = is_desk_on(act(LYON, CHROME, 520, "desk"), profile)
    assert session is not None
    assert session.last == moment(10, 500)
    for other in (
        act(LYON, CHROME, 600, "desk"),
        act(LYON, CHROME, 520, "new"),
        act(PARIS, CHROME, 520, "desk"),
    ):
        assert is_desk_on(other, profile) is None


def test_what_goes_through_one_provider_is_on_one_line() -> None:
    story = Story().sign_on(0, 480, LYON, CHROME, "a").sign_on(0, 481, LYON, MAC, "b")
    sessions = learned(story.sign_on(0, 482, LYON_HOME, CHROME, "c")).sessions
    assert is_on_one_line(sessions["a"], sessions["b"])
    assert not is_on_one_line(sessions["a"], sessions["c"])


@pytest.mark.parametrize(
    ("at", "device", "works"),
    [(LYON, None, True), (LYON_HOME, None, False), (PARIS_MOBILE, None, False), (LYON, MAC, False)],
)
def test_where_no_device_is_said_who_works_on_the_usual_line_is_the_owner(
    at: Where, device: Device | None, works: bool
) -> None:
    """By a sitting: a telephone looks in, and its operator may be one of fixed lines as well."""
    story = Story()
    for day in range(11):
        for minute in (480, 487, 491, 494, 499, 501, 506):
            story.use(day, minute, LYON, None, f"s{day}")
        story.use(day, 700, PARIS_MOBILE, None, f"p{day}")
    assert is_owner_at_work(act(at, device, 510, "s10"), learned(story)) is works
    assert not is_owner_at_work(act(LYON, None, 702, "p10"), learned(story))
    assert not is_owner_at_work(act(LYON, None, 510), learned(morning()))


def test_an_account_of_office_hours_is_missed_hours_into_its_day() -> None:
    profile = learned(Story().work([0, 1, 2, 3, 4, 7, 8, 9, 10], LYON, CHROME))
    assert not is_missed(profile, moment(11, 570))
    assert is_missed(profile, moment(11, 690))
    assert not is_missed(profile, moment(11, 1380))
    assert not is_missed(profile, moment(12, 690)), "a Saturday, and none was worked on"


def test_who_is_on_at_a_known_computer_is_not_missed() -> None:
    story = Story().work(range(10), LYON, CHROME)
    assert is_missed(learned(story.sign_on(10, 480, LYON, IPHONE, "phone")), moment(10, 690))
    at_another = Story().work(range(10), LYON, CHROME).sign_on(10, 480, PARIS, CHROME, "a")
    assert not is_missed(learned(at_another), moment(10, 690))
    unsaid = Story().work(range(10), LYON, CHROME).sign_on(10, 480, LYON, None, "a")
    assert not is_missed(learned(unsaid), moment(10, 690))


def test_who_comes_now_and_then_or_at_all_hours_is_not_missed() -> None:
    seldom = learned(Story().work(range(0, 28, 3), LYON, CHROME))
    assert not is_missed(seldom, moment(31, 690))
    new = learned(Story().work(range(3), LYON, CHROME))
    assert not is_missed(new, moment(3, 690))
    story = Story()
    for day in range(10):
        for hour in range(24):
            story.use(day, hour * 60 + 10, LYON, CHROME, f"s{day}")
    assert hours_since_start(learned(story), moment(12, 690)) is None


def test_a_day_of_which_only_the_morning_is_seen_lasts_for_a_shift() -> None:
    story = Story()
    for day in range(10):
        story.sign_on(day, 475, LYON, CHROME, f"s{day}")
    profile = learned(story)
    assert hours_since_start(profile, moment(10, 690)) == 4
    assert hours_since_start(profile, moment(10, 1200)) is None
    assert is_missed(profile, moment(10, 690))
