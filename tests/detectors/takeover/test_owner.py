"""The owner at the desk around a stranger's visit, and the owner who went home."""

from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    SERVER,
    VPN,
    Story,
    Where,
    moment,
)
from tests.detectors.takeover.strangers import (
    CALLED,
    found,
    groups,
    owner,
    settled,
    shared,
    total,
    what,
)


def test_with_the_owner_at_work_meanwhile_it_is() -> None:
    story = settled(11).sign_on(10, 600, PARIS, LINUX, "x")
    for minute in (604, 611, 619, 627):
        story.use(10, minute, PARIS, LINUX, "x")
    findings = found(story)
    assert total(findings) > CALLED
    assert {"owner_at_work", "travel"} <= {f.evidence.group for f in findings}
    assert findings[-1].evidence.facts["device"] == "Firefox / Linux"


def test_after_the_owner_went_home_it_is_not() -> None:
    """The office until five, the private computer at home at six."""
    story = settled(11).work([10], LYON_HOME, MAC, 1080, 1200)
    assert total(found(story)) < CALLED


def test_a_new_computer_nearby_minutes_after_the_owner_sat_down_is_two_people() -> None:
    """Nobody is at two desks: a colleague's, a friend's, and seldom a stranger's."""
    story = owner(10, 480, 487).sign_on(10, 491, LYON_HOME, MAC, "x")
    findings = found(story)
    assert 3.0 < total(findings) < CALLED
    assert shared(story)["owner_at_work"] >= 2.2
    assert {f.time for f in findings} == {moment(10, 491)}
    assert "present" in what(story)


def test_the_evening_at_home_after_work_is_not() -> None:
    """Two hours after the last gesture at the office, in the same town."""
    story = owner(10, 480, 700, 1020).sign_on(10, 1140, LYON_HOME, MAC, "x")
    assert what(story) == {"novelty"}


def test_two_hours_are_too_little_from_far_off() -> None:
    story = owner(10, 480, 700).sign_on(10, 820, PARIS, MAC, "x")
    assert what(story) == {"novelty", "present", "reach"}


def test_a_phone_beside_the_desk_is_a_phone() -> None:
    story = owner(10, 480, 487).sign_on(10, 489, LYON_HOME, IPHONE, "x")
    assert "present" not in what(story)


def test_a_page_left_open_at_the_office_over_night_is_nobody() -> None:
    """The desk was signed on at yesterday: what it does by itself is no gesture of today's."""
    story = settled().sign_on(9, 480, LYON, CHROME, "left")
    for minute in range(0, 1500, 11):
        story.use(9 + (480 + minute) // 1440, (480 + minute) % 1440, LYON, CHROME, "left")
    assert "present" not in what(story.sign_on(10, 545, LYON_HOME, MAC, "x"))


def test_the_owners_browser_from_a_server_just_after_the_owner_signed_on() -> None:
    """A relaying page copies the browser; the owner's own sign-on is ten minutes old."""
    assert total(found(owner(10, 480).sign_on(10, 490, SERVER, CHROME, "x"))) > CALLED


def test_the_owners_browser_from_a_server_alone_is_not_enough() -> None:
    """A VPN that no list knows of, switched on before work."""
    assert total(found(settled().sign_on(10, 490, SERVER, CHROME, "x"))) < CALLED - 0.3


def test_a_vpn_switched_on_after_sitting_down() -> None:
    assert total(found(owner(10, 480, 485).sign_on(10, 490, VPN, CHROME, "x"))) < 3.0


def test_the_owner_back_at_the_desk_the_same_day() -> None:
    """A visit in the morning from another computer, and the owner comes to work hours later."""
    story = settled().sign_on(10, 420, PARIS, MAC, "x")
    story.sign_on(10, 600, LYON, CHROME, "desk").use(10, 615, LYON, CHROME, "desk")
    assert "back" in what(story)


def test_the_owner_at_the_desk_before_and_after_the_visit() -> None:
    story = (
        owner(10, 480, 520).sign_on(10, 640, LYON_HOME, MAC, "x").use(10, 800, LYON, CHROME, "desk")
    )
    assert groups(story)["owner_at_work"] == 1.4
    assert shared(story)["owner_at_work"] >= 1.9


def test_two_homes_on_different_days_say_nothing() -> None:
    """The second home for days, the office again the next morning."""
    story = settled().work([10, 12], LYON_HOME, MAC, 480, 1000).work([11, 13], LYON, CHROME)
    assert what(story) <= {"novelty", "stay"}


def test_a_copied_browser_far_off_minutes_after_the_owner() -> None:
    """A relaying page shows the owner's browser, from a line of another town."""
    assert groups(owner(10, 480, 487).sign_on(10, 491, PARIS, CHROME, "x"))["owner_at_work"] >= 2.6
    near = what(owner(10, 480, 487).sign_on(10, 510, LYON_HOME, CHROME, "x"))
    assert "present" not in near


def test_the_owner_before_and_after_visits_of_a_copied_browser_add_up() -> None:
    """Once it is a journey to a customer, day after day it is somebody else."""
    story = settled(14)
    for day in (14, 15, 16):
        story.sign_on(day, 480, LYON, CHROME, f"desk{day}")
        story.sign_on(day, 670, PARIS, CHROME, f"x{day}").use(day, 671, PARIS, CHROME, f"x{day}")
        story.use(day, 860, LYON, CHROME, f"desk{day}")
    assert groups(story)["owner_at_work"] == 1.4
    assert shared(story)["owner_at_work"] >= 3.0
    once = owner(10, 480).sign_on(10, 670, PARIS, CHROME, "x").use(10, 860, LYON, CHROME, "desk")
    assert shared(once)["owner_at_work"] < 2.0


def test_an_own_line_beside_the_companys_proxy_once_is_a_proxy_that_fails() -> None:
    story = Story().work(range(10), RELAY, CHROME).sign_on(10, 480, RELAY, CHROME, "desk")
    story.sign_on(10, 600, PARIS, CHROME, "x").use(10, 700, RELAY, CHROME, "desk")
    assert groups(story).get("owner_at_work", 0.0) < 2.0


def test_the_proxy_before_and_after_a_copied_browser_within_minutes() -> None:
    """A relaying page: the owner behind the proxy, the copied browser on a line of its own."""
    story = Story().work(range(10), RELAY, CHROME).sign_on(10, 480, RELAY, CHROME, "desk")
    quick = story.sign_on(10, 490, PARIS, CHROME, "x").use(10, 510, RELAY, CHROME, "desk")
    assert groups(quick)["owner_at_work"] >= 2.4


def test_a_vpn_of_a_day_before_is_switched_on_again_in_the_middle_of_work() -> None:
    """Minutes after the owner's last gesture is when a VPN is switched on, and an exit of it may
    be on no list; the first time it may as well be a relaying page."""
    habit = owner(10, 480).use(8, 700, VPN, CHROME, "v").sign_on(10, 490, SERVER, CHROME, "x")
    assert "present" not in what(habit)
    assert "present" in what(owner(10, 480).sign_on(10, 490, SERVER, CHROME, "x"))


def renewing(last: float) -> Story:
    """The owner signs on in Lyon at eight; from then on the page renews its token every 20 min."""
    story = settled().sign_on(10, 480, LYON, CHROME, "desk")
    for number in range(1, int((last - 480) // 20) + 1):
        story.renew(10, 480 + 20 * number, LYON, CHROME, "desk")
    return story


def test_the_owner_signs_off_at_the_desk_after_the_visit() -> None:
    """Where the log tells of renewals only, signing on and off are all that hands do."""
    story = renewing(900).sign_on(10, 670, PARIS, MAC, "x").sign_off(10, 905, LYON, CHROME, "desk")
    assert "back" in what(story)
    assert groups(story)["owner_at_work"] > 0.0
    assert shared(story)["owner_at_work"] > groups(story)["owner_at_work"]


def test_whoever_left_the_office_for_good_signs_off_before() -> None:
    story = renewing(660).sign_off(10, 665, LYON, CHROME, "desk").sign_on(10, 900, PARIS, MAC, "x")
    assert what(story) <= {"novelty", "present"}


def test_the_desk_far_off_on_all_the_while() -> None:
    """Nobody's hand is seen there, and yet few leave it on, travel, and begin with a new one."""
    story = renewing(1020).sign_on(10, 790, PARIS, MAC, "x")
    assert "still_on" in what(story)
    assert total(found(story)) < CALLED
    assert "still_on" not in what(renewing(1020).sign_on(10, 790, LYON_HOME, MAC, "x"))
    assert "still_on" not in what(renewing(780).sign_on(10, 790, PARIS, MAC, "x"))


def unnamed(at: Where) -> Story:
    """Eleven days in Lyon of a log that names no devices, and on the last somebody elsewhere."""
    story = Story()
    for day in range(11):
        story.sign_on(day, 480, LYON, None, f"s{day}")
        for minute in (493, 512, 533, 561, 577, 604, 622, 640):
            story.use(day, minute, LYON, None, f"s{day}")
    story.sign_on(10, 565, at, None, "x")
    for minute in (571, 590, 611, 615, 629):
        story.use(10, minute, at, None, "x")
    return story


def test_the_owner_is_at_work_where_the_log_names_no_devices_as_well() -> None:
    """The line has to do; by turns with a new one, hour after hour, are two people."""
    story = unnamed(PARIS)
    assert "owner" in what(story)
    assert groups(story)["owner_at_work"] == 1.0
    assert shared(story)["owner_at_work"] >= 2.0


def test_a_telephone_beside_an_unnamed_desk_is_no_stranger() -> None:
    """Its operator may have fixed lines as well, and be the account's already."""
    assert "owner" not in what(unnamed(LYON._replace(place=PARIS.place)))
    assert total(found(unnamed(PARIS_MOBILE))) < 3.5


def test_a_copied_browser_far_off_while_the_desk_is_on_all_the_while() -> None:
    """Day after day; on IPv6 as well, where the operator is another one."""
    for address in (PARIS, PARIS.leased("2001:db8::1")):
        story = renewing(1020).sign_on(10, 790, address, CHROME, "x")
        assert "still_on" in what(story)
        assert total(found(story)) < CALLED - 0.5
        for day in (11, 12):
            story.sign_on(day, 480, LYON, CHROME, f"desk{day}")
            for minute in range(500, 1020, 20):
                story.renew(day, minute, LYON, CHROME, f"desk{day}")
            story.sign_on(day, 790, address, CHROME, f"x{day}")
        assert groups(story)["owner_at_work"] >= 5.5


def test_the_own_browser_nearby_or_at_another_of_the_operators_towns_is_no_copy() -> None:
    near = renewing(1020).sign_on(10, 790, LYON_HOME, CHROME, "x")
    assert "still_on" not in what(near)
    own = LYON._replace(place=PARIS.place).leased("2001:db8::1")
    assert "still_on" not in what(renewing(1020).sign_on(10, 790, own, CHROME, "x"))
    left = renewing(780).sign_on(10, 790, PARIS, CHROME, "x")
    assert "still_on" not in what(left)
