"""Brief looks add up, days of work take back."""

from detectors.core.place import Device
from detectors.sign_in_risk import SignInRisk
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    PARIS,
    SERVER,
    TANA,
    TOKYO,
    VPN,
    Story,
    Where,
    moment,
    run,
)
from tests.detectors.takeover.strangers import CALLED, found, groups, hostile_at_home, settled


def test_many_days_of_work_beside_the_owner_are_rather_sharing() -> None:
    findings = run(SignInRisk(), hostile_at_home())
    stays = [f for f in findings if f.evidence.facts["what"] == "stay"]
    assert stays
    assert all(f.evidence.weights.taken_over < 0 <= f.evidence.weights.shared for f in stays)
    assert any(f.evidence.weights.shared > 0 for f in stays)


def test_days_of_work_take_back_what_was_said() -> None:
    story = settled(22).work(range(10, 21), MOSCOW, LINUX)
    findings = found(story)
    back = [f for f in findings if f.evidence.facts["what"] == "stay"]
    assert back
    assert min(f.evidence.weights.taken_over for f in back) <= -CALLED + 1


def test_three_days_of_brief_visits_take_nothing_back() -> None:
    story = settled(16)
    for day in (10, 12, 14):
        story.sign_on(day, 600, MOSCOW, LINUX, f"x{day}").use(day, 612, MOSCOW, LINUX, f"x{day}")
    assert not [f for f in found(story) if f.evidence.facts["what"] == "stay"]


def test_brief_looks_a_week_apart_are_told_together() -> None:
    """Another incident would not know of the first sign-in."""
    story = settled(25).sign_on(10, 600, PARIS, LINUX, "a").sign_on(19, 600, PARIS, LINUX, "b")
    late = [f for f in found(story) if f.time >= moment(19, 600)]
    assert {"sign_in", "looks"} <= {f.evidence.group for f in late}


def test_one_laptop_in_three_hotels_is_no_crowd() -> None:
    """A month on the road with the own computer: nobody shares it."""
    story = settled()
    for number, at in enumerate((MADRID, MOSCOW, TANA)):
        story.work(range(10 + 6 * number, 15 + 6 * number), at, CHROME, 480, 1000)
    assert all(f.evidence.weights.shared == 0 for f in found(story))


def looks(story: Story) -> float:
    """What brief looks come to."""
    return groups(story).get("looks", 0.0)


def visits(at: Where, device: Device, *minutes: float) -> Story:
    """The owner in Lyon, and a brief look every other day from elsewhere."""
    story = settled(24)
    for number, minute in enumerate(minutes):
        day, name = 12 + 2 * number, f"x{number}"
        story.sign_on(day, minute, at, device, name).use(day, minute + 2, at, device, name)
    return story


def test_brief_looks_from_far_off_by_night_add_up() -> None:
    """Somebody looks in every few days before using it in earnest."""
    assert looks(visits(PARIS, LINUX, 600, 120, 130)) >= 3.0


def test_the_owners_sort_of_computer_by_night_in_the_country_is_on_call() -> None:
    assert looks(visits(PARIS, CHROME, 130, 120, 130)) == 0.0
    assert looks(visits(MOSCOW, CHROME, 130, 120, 130)) >= 2.4


def test_brief_looks_of_another_computer_in_town_are_at_home() -> None:
    assert looks(visits(LYON_HOME, MAC, 600, 610, 620)) == 0.0
    assert looks(visits(MOSCOW, MAC, 600, 610, 620)) > 0.0


def test_looking_in_from_a_second_home_by_day_hardly_does() -> None:
    assert looks(visits(LYON_HOME, MAC, 600, 630, 660)) <= 0.8
    assert looks(visits(LYON_HOME, CHROME, 600, 630, 660)) == 0.0


def test_whoever_is_on_call_looks_in_from_home_by_night() -> None:
    """A private computer on a line of the town: the owner's bed is near."""
    assert looks(visits(LYON_HOME, LINUX, 600, 120, 130)) <= 0.8
    assert looks(visits(PARIS, LINUX, 600, 120, 130)) >= 3.0


def test_a_phone_is_looked_at_by_night_as_well() -> None:
    assert looks(visits(LYON_HOME, IPHONE, 600, 120, 130)) == 0.0


def test_the_owners_days_behind_a_vpn_are_no_work_of_a_strangers() -> None:
    """Somebody looks in from abroad, and the owner works behind a VPN most days: what was said of
    the one is not taken back for the other."""
    story = settled(24)
    story.use(6, 700, VPN, CHROME, "v6")
    for day in range(8, 24):
        story.use(day, 700, VPN, CHROME, f"v{day}")
        for hour in range(8, 16):
            story.sign_on(day, 60 * hour + 7, SERVER, CHROME, f"s{day}")
    for day in (10, 14, 18, 22):
        story.sign_on(day, 120, MOSCOW, LINUX, f"x{day}").use(day, 125, MOSCOW, LINUX, f"x{day}")
    assert not [f for f in found(story) if f.evidence.facts["what"] == "stay"]


def test_a_thief_behind_a_server_is_none_of_those_who_stayed() -> None:
    """The owner travels with one computer and works; meanwhile somebody signs on from a server."""

    def back(story: Story) -> float:
        return max((-f.evidence.weights.taken_over for f in found(story)), default=0.0)

    def journeys() -> Story:
        story = settled(10)
        for first, at in ((10, MADRID), (14, TANA), (18, TOKYO)):
            story.work(range(first, first + 4), at, CHROME, 480, 1000, name=f"t{first}")
        return story

    assert back(journeys()) > 4.0
    assert back(journeys().sign_on(11, 600, SERVER, LINUX, "x")) < 1.0


def test_the_own_sort_of_computer_that_only_looks_in_out_of_reach() -> None:
    """Whose home is located wrongly works there for hours; this one looks in for minutes."""
    brief, long = settled(16), settled(16)
    for day in range(10, 16):
        brief.sign_on(day, 700, PARIS, CHROME, f"x{day}").use(day, 703, PARIS, CHROME, f"x{day}")
        long.work([day], PARIS, CHROME, 690, 1000, name="home")
    assert looks(brief) >= 1.2
    assert looks(long) == 0.0
