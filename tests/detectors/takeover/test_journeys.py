"""Strangers where the owner cannot be, and honest journeys."""

import pytest

from detectors.core.finding import Finding
from detectors.core.place import Device
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    PARIS,
    SERVER,
    VPN,
    Story,
    Where,
    where,
)
from tests.detectors.takeover.strangers import found, groups, settled, shared, what


def reached(story: Story) -> list[Finding]:
    """What is said of places beyond the owner's reach."""
    return [f for f in found(story) if f.evidence.facts["what"] == "reach"]


def test_a_new_computer_where_the_owner_cannot_be_yet() -> None:
    story = settled(11).sign_on(10, 720, PARIS, LINUX, "x")
    assert reached(story)
    assert all(f.evidence.weights.shared > 0 for f in reached(story))


def test_a_journey_that_the_owner_had_time_for_says_nothing() -> None:
    assert not reached(settled().sign_on(10, 720, PARIS, LINUX, "x"))
    assert not reached(settled(11).sign_on(10, 720, LYON_HOME, LINUX, "x"))


def test_the_owners_own_computer_and_phone_may_be_located_anywhere() -> None:
    """A lease that the databases know from elsewhere, IPv6 beside IPv4, a phone."""
    assert not reached(settled(11).use(10, 720, PARIS, CHROME, "x"))
    assert not reached(settled(11).sign_on(10, 720, PARIS.leased("2001:db8::1"), CHROME, "x"))
    assert not reached(settled(11).sign_on(10, 720, PARIS, IPHONE, "x"))


def test_a_copied_browser_signs_on_where_no_machine_of_the_owner_can_be() -> None:
    assert reached(settled(11).sign_on(10, 720, PARIS, CHROME, "x"))
    assert not reached(settled(11).sign_on(10, 720, LYON_HOME, CHROME, "x"))


def test_abroad_the_own_sort_of_computer_counts_less_and_what_is_not_named_more() -> None:
    """A VPN has more exits than any list; what no log names is seldom in another country."""
    unsaid = Story()
    for day in range(11):
        unsaid.sign_on(day, 480, LYON, None, f"s{day}").use(day, 700, LYON, None, f"s{day}")
    unsaid.sign_on(10, 720, MOSCOW, None, "x")
    strange = reached(unsaid)[0].evidence.weights.taken_over
    alike = reached(settled(11).sign_on(10, 720, MOSCOW, CHROME, "x"))[0]
    assert strange > alike.evidence.weights.taken_over >= 1.0


def test_the_ipv6_of_a_line_is_located_elsewhere_than_its_ipv4() -> None:
    """A home line in the capital by its IPv6, and the office in Lyon by its IPv4."""
    assert not reached(settled(11).sign_on(10, 720, PARIS.leased("2001:db8::1"), LINUX, "x"))
    assert reached(settled(11).sign_on(10, 720, PARIS, LINUX, "x"))


def test_a_stranger_from_a_second_country_or_server_is_no_traveller() -> None:
    story = settled().sign_on(10, 600, SERVER, LINUX, "x").sign_on(11, 600, MOSCOW, LINUX, "y")
    assert [f for f in found(story) if f.evidence.group == "lines"]
    once = settled().sign_on(10, 600, SERVER, LINUX, "x").sign_on(11, 600, SERVER, LINUX, "y")
    assert not [f for f in found(once) if f.evidence.group == "lines"]


def test_three_journeys_in_a_week_between_two_countries() -> None:
    """A copied browser abroad and the owner at home by turns: one journey has two ways only."""
    story = settled()
    for day in (10, 11):
        story.work([day], LYON, CHROME, 480, 700, name=f"home-{day}")
        story.sign_on(day, 1200, MOSCOW, CHROME, f"x{day}").use(
            day, 1204, MOSCOW, CHROME, f"x{day}"
        )
    story.work([12], LYON, CHROME, 480, 700, name="home-12")
    assert groups(story)["crossed"] >= 2.6
    assert shared(story)["crossed"] >= 2.4


def test_one_journey_there_and_back() -> None:
    story = settled().work([10], LYON, CHROME, 480, 700)
    story.work([11, 12], MOSCOW, CHROME, 480, 900).work([13, 14], LYON, CHROME)
    assert "crossed" not in what(story)


def test_countries_of_one_journey_count_for_half() -> None:
    """The own sort of computer in two countries, a stranger's in two, and on two servers."""
    journey = settled().sign_on(10, 600, MADRID, CHROME, "a").sign_on(12, 600, MOSCOW, CHROME, "b")
    strangers = settled().sign_on(10, 600, MADRID, MAC, "a").sign_on(12, 600, MOSCOW, MAC, "b")
    assert groups(journey)["lines"] == groups(strangers)["lines"] / 2


def test_a_vpn_switched_on_abroad_is_of_the_same_journey() -> None:
    """The own sort of computer by a hotel's line and then by a VPN, not a stranger's by both."""
    journey = settled().sign_on(10, 600, MADRID, CHROME, "a").sign_on(12, 600, VPN, CHROME, "b")
    strangers = settled().sign_on(10, 600, MADRID, MAC, "a").sign_on(12, 600, VPN, MAC, "b")
    assert groups(journey).get("lines", 0.0) <= groups(strangers)["lines"] / 2
    exits = settled().sign_on(10, 600, SERVER, CHROME, "a").sign_on(12, 600, VPN, CHROME, "b")
    assert groups(exits).get("lines", 0.0) != 0.7


def test_a_vpn_has_many_exits() -> None:
    """Whoever hid before and hides again through another provider is no second stranger."""
    story = settled().use(8, 700, VPN, CHROME, "v")
    story.sign_on(10, 600, SERVER, CHROME, "x").sign_on(
        11, 600, SERVER.leased("192.0.2.99"), CHROME, "y"
    )
    assert not [f for f in found(story) if f.evidence.group == "lines"]


def test_a_new_computer_through_one_providers_line_and_then_anothers() -> None:
    """A proxy through homes changes its lines; an honest new computer has one home."""
    nice = where("198.51.100.77", "FR", "Nice", 43.7, 7.27, 12322, "Free")
    story = settled().sign_on(10, 600, PARIS, LINUX, "x").sign_on(11, 600, nice, LINUX, "y")
    assert groups(story)["lines"] >= 1.4
    two = settled().sign_on(10, 600, PARIS, LINUX, "x").sign_on(11, 600, nice, MAC, "y")
    assert "lines" not in groups(two)
    late = settled().sign_on(10, 600, PARIS, LINUX, "x").sign_on(15, 600, nice, LINUX, "y")
    assert "lines" not in groups(late)
    owners = settled().sign_on(10, 600, PARIS, CHROME, "x").sign_on(11, 600, nice, CHROME, "y")
    assert "lines" not in groups(owners)


def test_two_operators_lines_in_two_countries_are_no_line_of_one() -> None:
    """One line's IPv4 and IPv6 are located apart, but by one operator and in one country."""
    abroad = MOSCOW.leased("2001:db8::1")
    assert reached(settled(11).sign_on(10, 720, abroad, LINUX, "x"))
    orange = where("2001:db8::2", "ES", "Madrid", 40.42, -3.7, 3352, "Orange")
    assert reached(settled(11).sign_on(10, 720, orange, LINUX, "x"))
    assert LYON.network is not None
    own = orange._replace(network=LYON.network)
    assert not reached(settled(11).sign_on(10, 720, own, LINUX, "x"))


HOTEL = where("203.0.113.55", "BE", "Brussels", 50.85, 4.35, 5432, "Proximus")
CARRIED = where("198.18.7.9", "FR", "Lyon", 45.76, 4.84, 3215, "Orange")
"""Where the data of a telephone come out that is on a journey: of its operator, at home."""


def by_turns(at: Where, device: Device | None = None, *, hotel_first: bool = True) -> Story:
    """Days in Lyon, and then a hotel's line and another one by turns."""
    story = Story()
    for day in range(11):
        story.sign_on(day, 480, LYON, device, f"s{day}")
        for minute in (520, 567, 602, 651, 689):
            story.use(day, minute + day * 7 % 11, LYON, device, f"s{day}")
    for turn in range(4):
        minute = 600 + 40 * turn
        if turn or hotel_first:
            story.sign_on(11, minute, HOTEL, device, f"h{turn}")
        story.sign_on(11, minute + 12, at, device, f"p{turn}")
        story.use(11, minute + 15, at, device, f"p{turn}")
    return story


def test_a_hotels_line_and_the_telephones_by_turns_where_no_device_is_named() -> None:
    """Its data come out at home, wherever it is: at a line that nobody was on before."""
    assert not reached(by_turns(CARRIED))


@pytest.mark.parametrize("at", [LYON, LYON.leased("192.0.2.99")])
def test_the_owners_line_of_before_and_a_hotels_by_turns(at: Where) -> None:
    assert len(reached(by_turns(at))) >= 2


def test_a_line_from_before_whoever_is_abroad_came_is_no_telephone_of_theirs() -> None:
    assert reached(by_turns(CARRIED, hotel_first=False))


def test_what_is_named_a_new_computer_is_carried_nowhere() -> None:
    """The hotel's is one, and the owner's own one is at a line of today."""
    story = settled().sign_on(10, 600, HOTEL, LINUX, "h").use(10, 610, HOTEL, LINUX, "h")
    story.sign_on(10, 615, CARRIED, CHROME, "p").use(10, 622, CARRIED, CHROME, "p")
    assert reached(story.use(10, 630, HOTEL, LINUX, "h"))
