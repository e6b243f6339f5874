"""Stays: which computers were signed on at once, by turns, amid each other; bounded by day."""

import msgspec
import pytest

from detectors.core.event import Activity
from detectors.sharing.stays import (
    BROWSER,
    MASKED,
    MAXIMUM_STAYS,
    MOVED,
    STRANGER,
    TWIN,
    Stays,
    StaySums,
    span_of,
)
from tests.detectors.sharing.test_usage import used
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    MAC,
    PARIS_MOBILE,
    SOFTPHONE,
    TANA,
    VPN,
    Story,
    Where,
    moment,
    where,
)

LYON_SIX = where("2a01:e0a::10", "FR", "Paris", 48.85, 2.35, 3215, "Orange")
"""The other family of addresses of the line in Lyon: databases place it at the operator's."""


def renewed(story: Story, day: int, at: Where, device, session: str, *minutes: int) -> None:
    """A session that is signed on, whose token is renewed, and signed off at the last minute."""
    story.sign_on(day, minutes[0], at, device, session)
    for minute in minutes[1:-1]:
        story.tell(moment(day, minute), at, device, session, Activity.REFRESH)
    story.tell(moment(day, minutes[-1]), at, device, session, Activity.LOGOFF)


def two(other: Where, device, *, days: int = 3) -> StaySums:
    """Two sessions side by side whose tokens alone are renewed."""
    story = Story()
    for day in range(days):
        renewed(story, day, LYON, CHROME, f"a{day}", 480, 530, 620, 700, 790, 900)
        renewed(story, day, other, device, f"b{day}", 600, 660, 745, 830, 1000)
    return used(story.sorted()).stays


@pytest.mark.parametrize(
    ("other", "device", "relation"),
    [
        (TANA, MAC, STRANGER),
        (TANA, CHROME, MOVED),
        (LYON, FIREFOX, BROWSER),
        (LYON, CHROME, TWIN),
        (VPN, MAC, MASKED),
        (LYON_SIX, FIREFOX, BROWSER),
        (LYON_SIX, CHROME, TWIN),
    ],
)
def test_renewals_show_two_sessions_at_once(other: Where, device, relation: int) -> None:
    sums = two(other, device)
    assert sums.together[relation] == pytest.approx(sums.days)
    assert sum(sums.together) == sums.together[relation]
    assert sums.turned[relation] > 2 * sums.days
    assert sums.amid[relation] == 0
    assert sums.most == pytest.approx(2 * sums.days)
    assert sums.crossed[relation] == pytest.approx(sums.days)


def test_who_signs_on_amid_the_use_of_another_computer_is_noted() -> None:
    story = Story()
    renewed(story, 0, LYON, CHROME, "a", 480, 590, 610, 700)
    renewed(story, 0, TANA, MAC, "b", 600, 650, 690)
    assert used(story.sorted(), until=moment(1, 0)).stays.amid[STRANGER] == 1


def test_one_after_the_other_is_handed_over_and_not_at_once() -> None:
    story = Story()
    renewed(story, 0, LYON, CHROME, "a", 300, 500, 700)
    renewed(story, 0, LYON, FIREFOX, "b", 710, 900, 1100)
    sums = used(story.sorted(), until=moment(1, 0)).stays
    assert sums.handed[BROWSER] == 1
    assert not any(sums.together)
    assert sums.most == 1


def test_a_telephone_is_no_computer() -> None:
    sums = two(PARIS_MOBILE, IPHONE)
    assert not any(sums.together)
    assert sums.stays == pytest.approx(sums.days)


def test_one_session_all_day_is_one_stay() -> None:
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", *range(480, 960, 30))
    sums = used(story.sorted()).stays
    assert sums.stays == pytest.approx(sums.days)
    assert sums.gaps == 0


def test_a_page_that_lives_on_for_long_is_something_to_weigh() -> None:
    """Rules may take it for two shifts; whoever weighs the weeks is to say what it is."""
    for until, unlike in ((960, False), (1320, True)):
        story = Story()
        for day in range(3):
            renewed(story, day, LYON, CHROME, f"a{day}", *range(480, until, 30))
        assert bool(used(story.sorted()).signs) == unlike
    assert span_of(Stays()) == 0


def test_a_day_of_many_sessions_is_bounded() -> None:
    story = Story()
    for number in range(200):
        story.sign_on(0, 300 + number, LYON, CHROME, f"s{number}")
    story.sign_on(1, 300, LYON, CHROME, "next")
    sums = used(story.sorted()).stays
    assert 0 < sums.stays / sums.days <= MAXIMUM_STAYS
    assert len(msgspec.msgpack.encode(Stays())) < 100


def test_long_days_and_the_hours_of_stays_are_added_up() -> None:
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", *range(360, 1320, 25))
    sums = used(story.sorted()).stays
    assert sums.long == pytest.approx(sums.days)
    assert 14 * sums.days < sums.open < 17 * sums.days
    assert sums.hours[3] == 0
    assert sums.hours[12] == pytest.approx(sums.days)


def returns(*signed: tuple[int, Where, object]) -> list[float]:
    """What a day of sign-ons tells of going back, by relation; the log names no sessions."""
    story = Story()
    for minute, at, device in signed:
        story.sign_on(0, minute, at, device, None)
    return used(story.sorted(), until=moment(1, 0)).stays.returned


def test_sign_ons_that_go_back_are_counted_where_the_log_tells_no_more() -> None:
    """Two people in two towns, each signing on twice a day."""
    found = returns((494, LYON, CHROME), (531, TANA, MAC), (975, LYON, CHROME), (1013, TANA, MAC))
    assert found[STRANGER] == 2
    assert sum(found) == 2


@pytest.mark.parametrize(
    "signed",
    [
        ((494, LYON, CHROME), (531, LYON, CHROME), (975, LYON, CHROME)),
        ((494, LYON, CHROME), (975, TANA, MAC)),
        ((494, LYON, CHROME), (531, LYON_SIX, CHROME), (975, LYON, CHROME)),
    ],
    ids=["one computer", "from one to the other", "two families of addresses of one line"],
)
def test_whoever_does_not_go_back_is_not_counted(signed: tuple[tuple[int, Where, object]]) -> None:
    assert not any(returns(*signed))


def test_the_office_left_open_is_no_going_back() -> None:
    """Its page renews all evening, while its owner has signed on at home."""
    story = Story()
    renewed(story, 0, LYON, CHROME, "office", 480, *range(500, 1400, 10))
    renewed(story, 0, TANA, MAC, "home", 1100, *range(1110, 1200, 10))
    sums = used(story.sorted(), until=moment(1, 0)).stays
    assert sums.turned[STRANGER] > 5
    assert not any(sums.returned)


def test_two_towns_of_one_operator_stay_two_lines_beside_an_ipv6() -> None:
    """Whoever signs on once by IPv6 in the morning does not make one line of the two."""
    marseille = where("192.0.2.99", "FR", "Marseille", 43.3, 5.37, 3215, "Orange")
    story = Story()
    for day in range(3):
        renewed(story, day, LYON_SIX, CHROME, f"six{day}", 400, 410)
        renewed(story, day, LYON, CHROME, f"a{day}", 480, 530, 620, 700, 790, 900)
        renewed(story, day, marseille, MAC, f"b{day}", 600, 660, 745, 830, 1000)
    sums = used(story.sorted()).stays
    assert sums.together[STRANGER] == pytest.approx(sums.days)


def shifts(story: Story, days: int = 3) -> tuple[float, float]:
    """The shares of days with a sign-on late in the day, and with one that a shift follows."""
    sums = used(story.sorted(), until=moment(days, 0)).stays
    return sums.late / sums.days, sums.shifts / sums.days


@pytest.mark.parametrize("device", [CHROME, SOFTPHONE, None])
def test_an_early_and_a_late_shift_are_two_shifts(device) -> None:
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, device, f"a{day}", *range(330, 780, 30))
        renewed(story, day, LYON, device, f"b{day}", *range(785, 1220, 30))
    assert shifts(story) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((785, 800, 840), (1.0, 0.0)),
        ((600, 800, 1000), (0.0, 0.0)),
    ],
    ids=["a look in the evening", "after a long break in the morning"],
)
def test_whoever_looks_in_again_keeps_no_second_shift(minutes, expected) -> None:
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", *range(330, 590, 30))
        renewed(story, day, LYON, CHROME, f"b{day}", *minutes)
    assert shifts(story) == expected


def test_who_is_let_in_again_by_the_session_of_the_morning_begins_no_shift() -> None:
    """After lunch, by the same session of single sign-on."""
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", *range(420, 1050, 30))
        story.sign_on(day, 815, LYON, CHROME, f"a{day}")
    assert not used(story.sorted(), until=moment(3, 0)).stays.late


def test_a_session_that_is_signed_off_after_a_silent_day_is_one() -> None:
    """The log tells of sign-ons and sign-offs alone."""
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", 480, 960)
    sums = used(story.sorted(), until=moment(3, 0)).stays
    assert sums.stays == pytest.approx(sums.days)
    assert sums.span == pytest.approx(8 * sums.days)
    assert sums.covered == pytest.approx(8 * sums.days)


def test_a_session_that_is_timed_out_in_the_evening_did_not_last_until_then() -> None:
    """Used for twenty minutes in the morning."""
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", 480, 500, 1180)
    sums = used(story.sorted(), until=moment(3, 0)).stays
    assert sums.covered == pytest.approx(sums.days / 3)


def test_a_renewal_that_names_no_browser_is_its_sessions() -> None:
    story = Story()
    for day in range(3):
        story.sign_on(day, 480, LYON, CHROME, f"a{day}")
        for minute in range(500, 900, 30):
            story.renew(day, minute, LYON, None, f"a{day}")
    sums = used(story.sorted(), until=moment(3, 0)).stays
    assert sums.stays == pytest.approx(sums.days)
    assert not any(sums.together)


@pytest.mark.parametrize(("begins", "relieved"), [(785, 1.0), (930, 0.0)], ids=["at once", "later"])
def test_a_second_shift_relieves_the_first_where_it_comes_soon(
    begins: int, relieved: float
) -> None:
    """Who has a long break between is one person on a split shift, as like as not."""
    story = Story()
    for day in range(3):
        renewed(story, day, LYON, CHROME, f"a{day}", *range(330, 780, 30))
        renewed(story, day, LYON, CHROME, f"b{day}", *range(begins, begins + 300, 30))
    found = used(story.sorted(), until=moment(3, 0))
    assert found.stays.shifts == pytest.approx(found.stays.days)
    assert found.stays.relieved / found.stays.days == relieved


def test_a_short_day_of_two_shifts_is_unlike_one_persons() -> None:
    """Neither long nor with two computers at once."""
    for begins, unlike in ((785, True), (930, False)):
        story = Story()
        for day in range(3):
            renewed(story, day, LYON, CHROME, f"a{day}", *range(420, 780, 30))
            renewed(story, day, LYON, CHROME, f"b{day}", begins, begins + 20, begins + 130)
        assert bool(used(story.sorted()).signs) == unlike


def test_the_hours_of_sittings_are_those_without_a_long_pause() -> None:
    """Sign-ons alone, every two hours; a break of four hours is none of it."""
    story = Story()
    for day in range(3):
        for minute in (360, 470, 590, 840, 960):
            story.sign_on(day, minute, LYON, CHROME, f"s{day}.{minute}")
    sums = used(story.sorted(), until=moment(3, 0)).stays
    assert sums.covered / sums.days == pytest.approx((590 - 360 + 120) / 60)
