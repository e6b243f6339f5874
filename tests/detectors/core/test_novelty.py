"""What is new to an account: devices, lines and hours, and what only looks so."""

import pytest
from msgspec import structs

from detectors.core.event import Activity, SignIn
from detectors.core.novelty import (
    discount,
    home_countries,
    hours_apart,
    is_start,
    novelty,
    novelty_among,
    youth,
)
from detectors.core.place import Device
from detectors.core.population import Line, Newness, Population
from detectors.core.profile import Profile
from tests.detectors.story import (
    ANDROID,
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    NOWHERE,
    OFFICE_LAN,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    SERVER,
    TOR,
    VPN,
    Story,
    Where,
    learned,
    moment,
)


def sign_in(at: Where, device: Device | None, day: int = 10, minute: float = 600) -> SignIn:
    """A sign-on."""
    event = Story().sign_on(day, minute, at, device, "x").events[0]
    assert isinstance(event, SignIn)
    return event


SETTLED = learned(Story().work(range(10), LYON, CHROME))


@pytest.mark.parametrize(
    ("at", "device", "newness", "line"),
    [
        (LYON, CHROME, Newness.KNOWN, Line.SAME),
        (LYON, MAC, Newness.NEW, Line.SAME),
        (PARIS, LINUX, Newness.NEW, Line.NEW),
        (LYON_HOME, CHROME, Newness.KNOWN, Line.NEW),
        (PARIS_MOBILE, IPHONE, Newness.NEW, Line.CARRIER),
        (MOSCOW, LINUX, Newness.NEW, Line.ABROAD),
        (SERVER, CHROME, Newness.KNOWN, Line.HOSTING),
        (VPN, CHROME, Newness.KNOWN, Line.VPN),
        (TOR, LINUX, Newness.NEW, Line.TOR),
        (RELAY, CHROME, Newness.KNOWN, Line.RELAY),
        (NOWHERE, None, Newness.UNSAID, Line.UNSAID),
        (OFFICE_LAN, CHROME, Newness.KNOWN, Line.UNSAID),
        (LYON._replace(place=PARIS.place), LINUX, Newness.NEW, Line.ELSEWHERE),
    ],
)
def test_device_and_line(at: Where, device: Device | None, newness: Newness, line: Line) -> None:
    found = novelty(sign_in(at, device), SETTLED)
    assert found is not None
    assert (found.device, found.line) == (newness, line)


def test_before_anything_is_known_nothing_is_new() -> None:
    assert novelty(sign_in(MOSCOW, LINUX, 1), learned(Story().work([0], LYON, CHROME))) is None


def test_a_carrier_that_surfaces_in_the_capital_does_not_make_the_capital_home() -> None:
    """A provider is the account's where it serves it, and not where another one does."""
    story = Story().work(range(8), LYON, CHROME)
    for day in range(8):
        story.sign_on(day, 700, PARIS_MOBILE, ANDROID, f"p{day}")
    found = novelty(sign_in(LYON._replace(place=PARIS.place), LINUX), learned(story))
    assert found is not None
    assert found.line is Line.ELSEWHERE


FRENCH = Population(networks={"3215": 0.6}, countries={"FR": 1.0}, days=30)


@pytest.mark.parametrize(
    ("at", "device", "newness", "line"),
    [
        (MOSCOW, LINUX, Newness.NEW, Line.ABROAD),
        (MADRID, CHROME, Newness.KNOWN, Line.ABROAD),
        (MOSCOW, None, Newness.UNSAID, Line.ABROAD),
        (SERVER, LINUX, Newness.NEW, Line.HOSTING),
        (TOR, CHROME, Newness.KNOWN, Line.TOR),
    ],
)
def test_of_a_new_account_the_tenants_other_people_tell(
    at: Where, device: Device | None, newness: Newness, line: Line
) -> None:
    young = learned(Story().work([0], LYON, CHROME))
    found = novelty_among(sign_in(at, device, 1), young, FRENCH)
    assert found is not None
    assert (found.device, found.line) == (newness, line)


@pytest.mark.parametrize("at", [PARIS, LYON_HOME, PARIS_MOBILE, VPN, RELAY, OFFICE_LAN, NOWHERE])
def test_of_what_colleagues_may_have_they_tell_nothing(at: Where) -> None:
    young = learned(Story().work([0], LYON, CHROME))
    assert novelty_among(sign_in(at, LINUX, 1), young, FRENCH) is None


def test_of_an_account_that_is_known_or_a_tenant_that_is_not_they_tell_nothing() -> None:
    young = learned(Story().work([0], LYON, CHROME))
    assert novelty_among(sign_in(MOSCOW, LINUX, 10), SETTLED, FRENCH) is None
    assert novelty_among(sign_in(MOSCOW, LINUX, 1), young, Population()) is None


def test_an_older_program_on_a_new_account_is_another_machine_too() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/{}.0.0.0 Safari/537.36"
    story = Story().work([0], LYON, CHROME).sorted()
    young = Profile()
    for event in story:
        assert isinstance(event, SignIn)
        young.learn(structs.replace(event, user_agent=agent.format(137)), ())
    for version, newness in ((120, Newness.TWIN), (138, Newness.KNOWN)):
        new = structs.replace(sign_in(MOSCOW, CHROME, 1), user_agent=agent.format(version))
        found = novelty_among(new, young, FRENCH)
        assert found is not None
        assert found.device is newness


def test_the_same_program_an_older_one_is_another_machine() -> None:
    agent = "Mozilla/5.0 (Windows) Chrome/{}.0.0.0"
    profile = Profile()
    for event in Story().work(range(6), LYON, CHROME).sorted():
        assert isinstance(event, SignIn)
        profile.learn(structs.replace(event, user_agent=agent.format(131)), ())
    older = structs.replace(sign_in(PARIS, CHROME), user_agent=agent.format(128))
    newer = structs.replace(sign_in(PARIS, CHROME), user_agent=agent.format(132))
    for event, newness in ((older, Newness.TWIN), (newer, Newness.KNOWN)):
        found = novelty(event, profile)
        assert found is not None
        assert found.device is newness


def test_a_journey_makes_its_country_one_of_the_accounts() -> None:
    profile = learned(Story().work(range(6), LYON, CHROME).work([6], MADRID, CHROME))
    assert home_countries(profile, moment(8, 0)) == {"FR", "ES"}


def test_a_strangers_country_is_not() -> None:
    profile = learned(Story().work(range(6), LYON, CHROME).work([6], MADRID, LINUX))
    assert home_countries(profile, moment(8, 0)) == {"FR"}


def test_where_the_account_begins_to_be_used() -> None:
    assert is_start(sign_in(LYON, CHROME), SETTLED)
    story = Story().use(9, 1000, LYON, CHROME, "alice-chrome-windows-9")
    story.use(9, 1001, LYON, CHROME, "never seen").renew(9, 1002, LYON, CHROME, "never seen")
    going_on, appearing, renewing = story.events
    assert isinstance(going_on, SignIn)
    assert isinstance(appearing, SignIn)
    assert isinstance(renewing, SignIn)
    assert not is_start(going_on, SETTLED)
    assert is_start(appearing, SETTLED)
    assert not is_start(renewing, SETTLED), "its log tells of sign-ons"
    [unnamed] = Story().tell(moment(9, 1002), LYON, CHROME, None, Activity.REFRESH).events
    assert isinstance(unnamed, SignIn)
    assert not is_start(unnamed, SETTLED)


def test_where_a_log_tells_no_sign_ons_a_session_begins_by_its_first_renewal() -> None:
    story = Story()
    for day in range(10):
        story.renew(day, 600, LYON, CHROME, f"s{day}").renew(day, 900, LYON, CHROME, f"s{day}")
    profile = learned(story)
    [appearing] = Story().renew(9, 1002, MOSCOW, CHROME, "never seen").events
    [going_on] = Story().renew(9, 1002, MOSCOW, CHROME, "s9").events
    assert isinstance(appearing, SignIn)
    assert isinstance(going_on, SignIn)
    assert is_start(appearing, profile)
    assert not is_start(going_on, profile)


def test_an_account_that_was_made_long_ago_and_hardly_used_is_young() -> None:
    profile = learned(Story().sign_on(0, 600, LYON, CHROME).work([40], LYON, CHROME))
    assert youth(moment(41, 0), profile) > 1.0


def test_the_first_days_show_something_new_more_often() -> None:
    ages = [youth(moment(day, 0), SETTLED) for day in (1, 2, 5, 10, 20, 40)]
    assert ages == sorted(ages, reverse=True)
    assert ages[0] <= 3.7
    assert ages[-1] < 0.1
    assert youth(0, SETTLED) == ages[0], "a clock set back is the first day"


def test_hours() -> None:
    assert hours_apart(moment(10, 600), SETTLED).away == 0
    night, evening = hours_apart(moment(10, 120), SETTLED), hours_apart(moment(10, 1260), SETTLED)
    assert night.is_night
    assert not evening.is_night
    assert night.away > evening.away > 2
    assert hours_apart(moment(10, 120), Profile()).away == 0


def test_an_account_with_many_devices_is_given_some_off() -> None:
    story = Story()
    for day in range(12):
        story.work([day], LYON, Device(f"d{day % 8}", "Chrome", "Windows", CHROME.form))
    profile = learned(story)
    found = novelty(sign_in(LYON, LINUX, 13), profile)
    assert found is not None
    assert discount(found, profile, moment(13, 600)) > 1.0
    settled = novelty(sign_in(LYON, LINUX), SETTLED)
    assert settled is not None
    assert discount(settled, SETTLED, moment(10, 600)) == 0.0


def test_between_the_morning_and_the_evening_is_no_night() -> None:
    """An account that signs on at eight and at eight in the evening rests twice as long."""
    story = Story()
    for day in range(30):
        for minute in (480, 540, 1200):
            story.sign_on(day, minute, LYON, CHROME, f"{day}-{minute}")
    seldom = learned(story)
    assert not hours_apart(moment(30, 990), seldom).is_night
    assert not hours_apart(moment(30, 960), seldom).rest
