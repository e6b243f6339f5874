"""Concurrent sessions: who is found, and why everybody else is not."""

import pytest
from msgspec import structs

from detectors.concurrent_sessions import (
    MAXIMUM_PAIRS,
    ConcurrentSessions,
    Parameters,
    State,
)
from detectors.core.context import AccountKind, Context
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.fold import Fold, subject_of
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import Device
from detectors.core.population import Population, address_of
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPAD,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    PACE,
    PARIS,
    PARIS_MOBILE,
    VPN,
    Story,
    Where,
    loud,
    run,
)


def found(story: Story, parameters: Parameters | None = None) -> list[Finding]:
    """What concurrent_sessions finds."""
    return run(ConcurrentSessions(parameters), story.sorted())


def by_turns(
    days: int, first: tuple[Where, Device], second: tuple[Where, Device], *, tag: str = "b"
) -> Story:
    """Two at work in the same hours, each at a person's pace, each signed in by itself."""
    story = Story()
    for day in range(days):
        begin = 478 if day % 2 else 483
        story.work([day], *first, 480, 720, name="a").work([day], *second, begin, 720, name=tag)
    return story


def hostile() -> list[Event]:
    """What the contract suite runs: two cities, by turns."""
    return by_turns(3, (LYON, CHROME), (PARIS, MAC)).sorted()


HOSTILE = (hostile, lambda: by_turns(6, (LYON, CHROME), (LYON_HOME, MAC)).sorted())


def test_two_cities_by_turns_are_two_people_within_two_days() -> None:
    findings = found(by_turns(2, (LYON, CHROME), (PARIS, MAC)))
    weights = [f.evidence.weights.shared for f in findings]
    assert weights == sorted(weights)
    assert loud(findings)
    assert findings[0].evidence.facts["apart"] == "far"
    assert not loud(found(by_turns(1, (LYON, CHROME), (PARIS, MAC))))


@pytest.mark.parametrize("second", [(PARIS, MAC), (LYON, MAC), (LYON_HOME, MAC), (LYON, FIREFOX)])
def test_who_opens_the_one_and_then_the_other_every_morning_is_one_person(
    second: tuple[Where, Device],
) -> None:
    """A remote desktop in another city, a second screen, a laptop on a telephone's line."""
    story = Story()
    for day in range(10):
        story.work([day], LYON, CHROME, 480, 720, name="a")
        story.work([day], *second, 483, 720, name="b")
    assert not loud(found(story))


def test_two_browsers_of_an_office_with_two_providers() -> None:
    """Many of the tenant's people come from either address: no two lines tell two people there."""
    lines = {address_of(at.ip): 0.3 for at in (LYON, LYON_HOME) if at.ip}
    context = Context(populations={"acme": Population(addresses=lines)})
    events = by_turns(6, (LYON, CHROME), (LYON_HOME, FIREFOX)).sorted()
    first, second = (
        max(f.evidence.weights.shared for f in run(ConcurrentSessions(), events, given))
        for given in (context, None)
    )
    assert first < second


def on_and_off(days: int, one: Where, other: Where) -> Story:
    """One browser that goes from line to line every half hour, and signs on anew each time."""
    story = Story()
    for day in range(days):
        minute, turn = 480.0 + day, 0
        while minute < 960:
            at, name = (one, other)[turn % 2], f"{day}-{turn}"
            long = 3 * PACE[(turn + day) % len(PACE)]
            story.sign_on(day, minute, at, CHROME, name)
            for part in (0.3, 0.7, 1.0):
                story.use(day, minute + part * long, at, CHROME, name)
            minute, turn = minute + long + 9, turn + 1
    return story


@pytest.mark.parametrize("other", [VPN, LYON_HOME])
def test_a_vpn_on_and_off_by_turns(other: Where) -> None:
    """Each session is dropped for the next: two people would each go on in their own."""
    assert not found(on_and_off(8, LYON, other))
    assert loud(found(by_turns(8, (LYON, CHROME), (VPN, CHROME))))


def test_a_companys_exit_in_another_city_on_and_off_by_turns() -> None:
    """Colleagues come from there too: where it is says nothing of where this one sits."""
    population = Population(exits=frozenset({address_of(PARIS.ip)} if PARIS.ip else ()))
    context = Context(populations={"acme": population})
    assert not run(ConcurrentSessions(), on_and_off(8, LYON, PARIS).sorted(), context)
    two = by_turns(4, (LYON, CHROME), (PARIS, CHROME)).sorted()
    assert loud(run(ConcurrentSessions(), two, context))


def test_an_exit_in_another_city_that_nobody_else_has() -> None:
    """Nobody hands an account over all day long."""
    assert not loud(found(on_and_off(8, LYON, PARIS)))
    handed = Story()
    for day in range(8):
        start = 420 + day * 53 % 240
        handed.work([day], LYON, CHROME, start, start + 100, name="a")
        handed.work([day], PARIS, CHROME, start + 115, start + 170, name="b")
        handed.work([day], LYON, CHROME, start + 180, start + 260, name="c")
    assert loud(found(handed))


def test_a_companys_server_is_seen_from_the_desk() -> None:
    """A colleague's computer or a remote desktop: it takes more days to tell, one that begins with
    it among them."""
    population = Population(exits=frozenset({address_of(VPN.ip)} if VPN.ip else ()))
    context = Context(populations={"acme": population})
    events = by_turns(8, (LYON, CHROME), (VPN, FIREFOX)).sorted()
    first, second = (run(ConcurrentSessions(), events, given) for given in (context, None))
    assert loud(first)
    assert first[0].evidence.facts["apart"] == "browsers"
    assert loud(first)[0].time > loud(second)[0].time
    always = Story()
    for day in range(12):
        always.work([day], LYON, CHROME, 480, 720, name="a")
        always.work([day], VPN, FIREFOX, 520 + day * 7 % 30, 700, name="b")
    assert not loud(run(ConcurrentSessions(), always.sorted(), context))
    assert loud(run(ConcurrentSessions(), always.sorted()))


def test_what_comes_to_nothing_says_nothing_of_others() -> None:
    """Another session of a browser, after its first one, speaks for no other pair of machines."""
    story = by_turns(4, (LYON, CHROME), (PARIS, MAC))
    story.sign_on(4, 480, LYON_HOME, LINUX, "p").use(4, 500, LYON_HOME, LINUX, "p")
    events = story.sign_on(4, 600, LYON_HOME, LINUX, "q").sorted()
    assert all(f.event_ids[0] != events[-1].id for f in run(ConcurrentSessions(), events))


def test_two_cities_with_identical_browsers() -> None:
    assert loud(found(by_turns(2, (LYON, CHROME), (PARIS, CHROME))))


def test_two_lines_of_one_town_add_up_over_days() -> None:
    findings = found(by_turns(6, (LYON, CHROME), (LYON_HOME, MAC)))
    weights = [f.evidence.weights.shared for f in findings]
    assert weights == sorted(weights)
    assert loud(findings)
    assert min(f.evidence.facts["days"] for f in loud(findings)) >= 2


def test_two_machines_of_one_office_add_up_more_slowly() -> None:
    findings = found(by_turns(6, (LYON, CHROME), (LYON, MAC)))
    assert loud(findings)
    assert min(f.evidence.facts["days"] for f in loud(findings)) >= 3


def test_two_at_identical_computers_of_one_office() -> None:
    """One address, one browser: only the sessions tell that two hands are at work."""
    findings = found(by_turns(8, (LYON, CHROME), (LYON, CHROME)))
    assert loud(findings)
    assert findings[0].evidence.facts["apart"] == "twins"


def test_a_colleague_behind_a_vpn() -> None:
    findings = found(by_turns(8, (LYON, CHROME), (VPN, FIREFOX)))
    assert loud(findings)
    assert findings[0].evidence.facts["apart"] == "masked"


def test_turns_at_a_distance_that_nobody_travels() -> None:
    """Never together: an hour here, an hour there, at no fixed times, and back again."""
    story = Story()
    for day in range(8):
        start = 420 + day * 53 % 240
        story.work([day], LYON, CHROME, start, start + 100, name="a")
        story.work([day], PARIS, MAC, start + 115, start + 170, name="b")
        story.work([day], LYON, CHROME, start + 180, start + 260, name="c")
    assert loud(found(story))


def test_lunch_at_a_home_that_is_located_wrongly() -> None:
    """The same journey at the same hours every day is a habit, and the place an error."""
    story = Story()
    for day in range(8):
        story.work([day], LYON, CHROME, 480, 720, name="a")
        story.work([day], PARIS, MAC, 740, 790, name="b")
        story.work([day], LYON, CHROME, 810, 1020, name="c")
    assert not loud(found(story))


def test_three_computers_at_once_weigh_more() -> None:
    three = by_turns(4, (LYON, CHROME), (LYON, MAC))
    for day in range(4):
        three.work([day], LYON, LINUX, 486, 720, name="c")
    findings = found(three)
    assert findings[-1].evidence.facts["machines"] == 3
    assert loud(findings)


def test_it_speaks_again_only_when_it_is_surer() -> None:
    findings = found(by_turns(4, (LYON, CHROME), (PARIS, MAC)))
    assert len(findings) <= 2 * 4


def by_blocks(
    days: int, first: tuple[Where, Device], second: tuple[Where, Device], every: int = 55
) -> Story:
    """One person, who works now here and now there, with both sessions open all day."""
    story = Story()
    for day in range(days):
        for place, device, name in ((*first, "a"), (*second, "b")):
            story.sign_on(day, 480 + (name == "b"), place, device, f"{name}-{day}")
        minute, step = 483.0, day
        while minute < 960:
            here = int(minute / every) % 2
            place, device = second if here else first
            story.use(day, minute, place, device, f"{'ab'[here]}-{day}")
            minute += PACE[step % len(PACE)] * 0.6
            step += 1
    return story


def test_two_windows_of_one_browser() -> None:
    """One device, one address, two session ids, now the one and now the other."""
    assert not found(by_blocks(15, (LYON, CHROME), (LYON, CHROME)))


def test_two_browsers_of_one_computer() -> None:
    """Chrome for an hour, then Firefox for an hour: one person goes between them."""
    assert not found(by_blocks(15, (LYON, CHROME), (LYON, FIREFOX)))


def test_a_second_browser_for_half_an_hour() -> None:
    """A few clicks in Firefox every day, while Chrome is at work."""
    story = Story().work(range(12), LYON, CHROME, name="a")
    for day in range(12):
        story.sign_on(day, 600, LYON, FIREFOX, f"b-{day}")
        for minute in (611, 622, 633):
            story.use(day, minute, LYON, FIREFOX, f"b-{day}")
    assert not loud(found(story))


def test_a_laptop_beside_the_desktop() -> None:
    """Two computers of one person on one desk, now the one and now the other."""
    assert not found(by_blocks(15, (LYON, CHROME), (LYON, MAC)))


@pytest.mark.parametrize("device", [IPHONE, IPAD])
def test_a_phone_beside_a_computer(device: Device) -> None:
    """A phone in the hand and a computer on the desk are one person."""
    assert not found(by_turns(10, (LYON, CHROME), (PARIS_MOBILE, device)))


@pytest.mark.parametrize(
    "other", [VPN, PARIS_MOBILE, LYON.leased("2001:db8::5")], ids=["vpn", "mobile", "ipv6"]
)
def test_one_computer_on_two_networks(other: Where) -> None:
    """A VPN, a telephone's line, a privacy address: one browser, now on this one, now on that."""
    assert not found(by_blocks(15, (LYON, MAC), (other, MAC)))


def test_morning_at_home_then_the_office() -> None:
    """One after the other: no turns."""
    story = Story()
    for day in range(10):
        story.work([day], LYON_HOME, MAC, 420, 520).work([day], LYON, CHROME, 560, 1000)
    assert not found(story)


def test_a_desktop_left_open_while_at_home() -> None:
    """The office desktop polls by the clock and renews its token while its owner is at home."""
    story = Story().sign_on(0, 470, LYON, CHROME, "open").sign_on(0, 475, LYON, MAC, "tab")
    for day in range(10):
        for step in range(1, 36):
            story.use(day, 470 + step * 15 + step % 2 / 4, LYON, CHROME, "open")
            story.renew(day, 477 + step * 15, LYON, MAC, "tab")
        story.work([day], LYON_HOME, MAC, 490, 990)
    assert not found(story)


def signed_on_at(
    days: int,
    first: tuple[Where, Device],
    second: tuple[Where, Device],
    *,
    again: tuple[str, ...] = ("a", "b"),
) -> Story:
    """Two who sign on every morning, and `again` at noon; the log tells of renewed tokens only."""
    story = Story()
    for day in range(days):
        for (at, device), tag, minute in ((first, "a", 480), (second, "b", 500)):
            start = minute + day % 7
            story.sign_on(day, start, at, device, f"{tag}-{day}")
            for step in range(1, 8):
                is_new = step > 4 and tag in again
                name = f"{tag}-{day}-noon" if is_new else f"{tag}-{day}"
                if is_new and step == 5:
                    story.sign_on(day, start + 250, at, device, name)
                story.renew(day, start + step * 60, at, device, name)
    return story


def test_two_who_sign_on_every_morning_and_renew_side_by_side() -> None:
    """Nobody's hand is told of after the sign-on; both stay all day, on lines no one desk has."""
    findings = found(signed_on_at(14, (LYON, CHROME), (LYON_HOME, MAC)))
    assert loud(findings)
    hours = findings[-1].evidence.facts["hours_together"]
    assert isinstance(hours, float)
    assert hours >= 3
    assert not loud(found(signed_on_at(3, (LYON, CHROME), (LYON_HOME, MAC))))


def test_a_page_left_open_at_the_office_every_noon() -> None:
    """Signed on there, then at home, where the owner stays; the page renews until the evening."""
    lines = ((LYON, CHROME), (LYON_HOME, MAC))
    assert not found(signed_on_at(20, *lines, again=()))
    assert not loud(found(signed_on_at(20, *lines, again=("b",))))


def mornings(
    days: int,
    first: tuple[Where, Device],
    second: tuple[Where, Device],
    *,
    apart: int,
    off: bool = False,
    timed: bool = False,
    swap: bool = False,
) -> Story:
    """Two sign on `apart` minutes from each other and renew for six hours.

    `off`: the first is then signed off, the other goes on, `timed` by a timer; `swap`: every other
    day the other is first.
    """
    story = Story()
    for day in range(days):
        start = 480 + day % 7
        two = [(first, "a"), (second, "b")]
        if swap and day % 2:
            two.reverse()
        for ((at, device), tag), begin in zip(two, (start, start + apart), strict=True):
            story.sign_on(day, begin, at, device, f"{tag}-{day}")
            for step in range(1, 13):
                story.renew(day, begin + step * 30, at, device, f"{tag}-{day}")
        if off:
            (at, device), tag = two[0]
            age = apart + 340 + (0 if timed else day * 11 % 30)
            story.sign_off(day, start + age, at, device, f"{tag}-{day}")
    return story


def test_nobody_is_at_both_ends_of_a_journey_and_no_page_is_left_open_on_the_way() -> None:
    """Signed on in Paris within the hour: two hands, though neither is told of again."""
    paris = ((LYON, CHROME), (PARIS, MAC))
    assert loud(found(mornings(6, *paris, apart=50)))
    assert not loud(found(mornings(20, *paris, apart=220))), "he may have gone there"


def test_who_signs_off_came_back_to_what_was_not_left_open() -> None:
    lines = ((LYON, CHROME), (LYON_HOME, MAC))
    assert not loud(found(mornings(20, *lines, apart=60)))
    assert loud(found(mornings(12, *lines, apart=60, off=True)))
    assert not loud(found(mornings(20, *lines, apart=60, off=True, timed=True))), "a time-out"


def test_a_page_is_left_open_at_the_same_end_always() -> None:
    """Now the one signs on first and now the other: they are two who come to work. At home and at
    the office one may be left open now here, now there."""
    assert loud(found(mornings(20, (LYON, CHROME), (VPN, FIREFOX), apart=60, swap=True)))
    assert not loud(found(mornings(20, (LYON, CHROME), (LYON_HOME, MAC), apart=60, swap=True)))


def test_a_remote_desktop_is_opened_as_soon_as_one_sits_down() -> None:
    """A machine in a data centre beside the one that it is seen on, every morning."""
    for far in ((VPN, FIREFOX), (LYON_HOME, MAC)):
        assert not loud(found(mornings(20, (LYON, CHROME), far, apart=6, off=True)))
    assert loud(found(mornings(20, (LYON, CHROME), (VPN, FIREFOX), apart=60, off=True)))


@pytest.mark.parametrize("second", [CHROME, FIREFOX, MAC])
def test_who_leaves_both_at_a_stroke_was_one_person_at_both(second: Device) -> None:
    """Two windows, browsers or computers on one desk, turn by turn: both signed off within a
    minute, day by day. Two colleagues do not leave so."""

    def at_one_desk(minutes: int) -> Story:
        story = by_turns(12, (LYON, CHROME), (LYON, second))
        for day in range(12):
            end = 725 + day * 7 % 30
            story.sign_off(day, end, LYON, CHROME, f"{story.account}-a-{day}")
            story.sign_off(day, end + minutes, LYON, second, f"{story.account}-b-{day}")
        return story

    assert loud(found(at_one_desk(25)))
    assert not loud(found(at_one_desk(1)))


def test_who_leaves_together_from_two_lines_are_two() -> None:
    """The end of the shift: no one desk has both lines."""
    story = by_turns(8, (LYON, CHROME), (LYON_HOME, MAC))
    for day in range(8):
        for tag, at, device in (("a", LYON, CHROME), ("b", LYON_HOME, MAC)):
            story.sign_off(day, 725 + day * 7 % 30, at, device, f"{story.account}-{tag}-{day}")
    assert loud(found(story))


def test_three_windows_that_are_left_at_a_stroke_were_one_persons() -> None:
    """Each pair of them, though the third was signed off just after the first two."""
    story = by_turns(12, (LYON, CHROME), (LYON, FIREFOX))
    for day in range(12):
        story.work([day], LYON, MAC, 486, 720, name="c")
        for number, (tag, device) in enumerate((("a", CHROME), ("b", FIREFOX), ("c", MAC))):
            end = 725 + day * 7 % 30 + number * 0.5
            story.sign_off(day, end, LYON, device, f"{story.account}-{tag}-{day}")
    assert not loud(found(story))


def test_two_screens_of_a_board_on_the_wall() -> None:
    """Signed on to three times a day by whoever is there, and at work by turns day and night."""
    board = Story()
    for day in range(10):
        for shift in range(3):
            for device, name, late in ((CHROME, "left", 0), (FIREFOX, "right", 2)):
                start = 480 * shift + late
                board.work([day], LYON, device, start, start + 470, name=f"{name}-{shift}")
    assert not loud(found(board))


def test_people_do_not_keep_to_one_machine_each() -> None:
    """What one pair of machines came to counts in part beside the next pair."""
    fresh, moved = Story(), Story()
    for day in range(6):
        for story in (fresh, moved):
            story.work([day], LYON, CHROME, 480, 720, name="a")
            if day >= 4:
                story.work([day], LYON, LINUX, 483, 720, name="b")
    moved.work([0, 1], LYON, MAC, 483, 720, name="b")
    few, more = (max(f.evidence.weights.shared for f in found(s)) for s in (fresh, moved))
    assert few < more


def test_two_browsers_that_come_along_are_on_one_laptop() -> None:
    """By turns at the office one day and at home the next: nobody carries a colleague home."""
    carried, apart = Story(), Story()
    for day in range(14):
        for story, at in ((carried, LYON if day % 2 else LYON_HOME), (apart, LYON)):
            story.work([day], at, CHROME, 480, 720, name="a")
            story.work([day], at, FIREFOX, 478 if day % 4 < 2 else 483, 720, name="b")
    assert loud(found(apart))
    assert not loud(found(carried))


def test_two_homes_with_one_provider() -> None:
    """No lease goes from one block of addresses to another and back while both go on."""
    home = LYON_HOME.leased("198.18.4.4")
    assert loud(found(signed_on_at(14, (LYON_HOME, CHROME), (home, MAC))))
    assert not found(signed_on_at(14, (LYON_HOME, CHROME), (LYON_HOME.leased("192.0.9.9"), MAC)))


def test_two_computers_on_one_desk_renew_side_by_side() -> None:
    assert not found(signed_on_at(14, (LYON, CHROME), (LYON, MAC)))


def test_a_computer_on_a_mobile_line_beside_another_on_a_fixed_one() -> None:
    """Who has a line at hand does not share his telephone's; one laptop goes from this to that."""
    assert loud(found(by_turns(4, (LYON, CHROME), (PARIS_MOBILE, MAC))))
    findings = found(by_turns(4, (MADRID, CHROME), (PARIS_MOBILE, MAC)))
    assert {f.evidence.facts["apart"] for f in findings} == {"far"}
    assert not found(by_blocks(15, (LYON, MAC), (PARIS_MOBILE, MAC)))


def test_hand_overs_between_two_cities_that_no_way_to_work_explains() -> None:
    """Every day at one, ten minutes after the other's last sign of life, four hundred km away."""
    story = Story()
    for day in range(16):
        story.work([day], LYON, CHROME, 420, 780, name="early")
        story.work([day], PARIS, MAC, 788, 1140, name="late")
    findings = found(story)
    assert findings
    commute = Story()
    for day in range(16):
        commute.work([day], LYON, CHROME, 420, 780, name="home")
        commute.work([day], PARIS, MAC, 830, 1140, name="office")
    weights = [f.evidence.weights.shared for f in found(commute)]
    assert max(weights, default=0.0) < findings[-1].evidence.weights.shared


def test_both_addresses_of_one_line() -> None:
    """Its IPv6 is told of in Paris, its IPv4 in Lyon."""
    assert PARIS.network is not None
    assert LYON_HOME.network is not None
    away = PARIS._replace(ip="2001:db8:7::9", network=LYON_HOME.network)
    story = Story()
    for day in range(8):
        story.work([day], LYON_HOME, CHROME, 480, 720, name="a")
        story.work([day], away, CHROME, 483, 720, name="b")
    assert not any(f.evidence.facts["apart"] == "far" for f in found(story))


def test_one_laptop_is_not_carried_to_another_city_in_a_quarter_of_an_hour() -> None:
    """One browser here and there by turns, at no fixed hours: two who have the same."""
    story = Story()
    for day in range(12):
        start = 420 + day * 97 % 400
        first, second = ((LYON, "a"), (PARIS, "b"))[:: 1 if day % 2 else -1]
        story.work([day], first[0], CHROME, start, start + 200, name=first[1])
        story.work([day], second[0], CHROME, start + 215, start + 400, name=second[1])
    assert loud(found(story))


def test_a_desktop_left_open_for_days_weighs_little() -> None:
    """Uneven activity, but nobody signed in there for days: half as much."""
    story = Story().sign_on(0, 480, LYON, CHROME, "open")
    for day in range(1, 3):
        for step in range(30):
            story.use(day, 480 + step * 15 + PACE[step % 10] / 2, LYON, CHROME, "open")
        story.work([day], LYON_HOME, MAC, 490, 900)
    assert not loud(found(story))


def kept(days: int, pairs: tuple[tuple[Where, Device], ...]) -> Story:
    """Sessions that are signed on to once and kept, on machines that sleep at night and work
    uneven hours by day."""
    story = Story()
    for number, (at, device) in enumerate(pairs):
        story.sign_on(0, 480 + 10 * number, at, device, f"kept-{number}")
        for day in range(1, days):
            for step in range(24):
                minute = 490 + 17 * number + step * 18 + PACE[(step + day + number) % 10] / 2
                story.use(day, minute, at, device, f"kept-{number}")
    return story


def test_two_colleagues_who_stay_signed_on_for_weeks() -> None:
    """Of two computers on one line that wake in the morning each was opened by somebody, as if
    signed on to; elsewhere one of them may wake by itself while its owner is away."""
    near = found(kept(7, ((LYON, CHROME), (LYON, MAC))))
    assert loud(near)
    far = found(kept(7, ((LYON, CHROME), (LYON_HOME, MAC))))
    first = min(f.evidence.weights.shared for f in far)
    assert first <= 0.5 * 3.5


def test_who_moves_between_two_kept_sessions_in_blocks_is_one() -> None:
    """Mornings at the computer, afternoons at the laptop, and never a sign-on."""
    story = Story()
    for device, start in ((CHROME, 480), (MAC, 780)):
        story.sign_on(0, start, LYON, device, device.fingerprint)
        for day in range(1, 20):
            for step in range(15):
                minute = start + step * 17 + PACE[(step + day) % 10] / 2
                story.use(day, minute, LYON, device, device.fingerprint)
    assert not found(story)


def test_a_service_account() -> None:
    """The directory says that no person uses it."""
    story = by_turns(6, (LYON, CHROME), (PARIS, MAC))
    subject = Subject(SubjectKind.ACCOUNT, story.tenant, story.account)
    context = Context(kinds={subject: AccountKind.SERVICE})
    assert not run(ConcurrentSessions(), story.sorted(), context)


def test_an_application_that_never_sleeps_in_a_log_without_devices() -> None:
    """It signs in anew every few hours, day and night, and its owner works beside it."""
    story = Story()
    for hour in range(12 * 24):
        session = f"app-{hour // 5}"
        if hour % 5:
            story.use(0, hour * 60 + hour % 3, LYON, None, session)
        else:
            story.sign_on(0, hour * 60, LYON, None, session)
    for day in range(3, 12):
        story.sign_on(day, 485, LYON, None, f"me-{day}")
        for step in range(1, 9):
            story.use(day, 485 + step * 55, LYON, None, f"me-{day}")
    assert not loud(found(story))


def test_sessions_without_ids_and_devices_tell_nothing() -> None:
    """sshd names neither session nor device."""
    story = Story()
    for step in range(60):
        story.sign_on(0, step * 3, PARIS if step % 2 else LYON, None)
    assert not found(story)


def test_one_browser_at_two_addresses_without_session_ids() -> None:
    """Where the log does not tell sessions apart, one browser may be one laptop."""
    story = Story()
    for step in range(60):
        story.sign_on(step // 20, 480 + step % 20 * 3, LYON_HOME if step % 2 else LYON, CHROME)
    assert not found(story)


def test_from_one_desk_to_the_other_within_an_hour() -> None:
    """Signed out here, signed in there, and back: somebody fetches something."""
    story = Story()
    for turn in range(10):
        device = (CHROME, MAC)[turn % 2]
        story.sign_on(0, turn * 6, LYON, device, f"s{turn}")
        story.use(0, turn * 6 + 2, LYON, device, f"s{turn}")
        story.sign_off(0, turn * 6 + 4, LYON, device, f"s{turn}")
    assert not loud(found(story))


def test_turns_must_be_quick() -> None:
    """The pace of the story has pauses of up to half an hour; a stricter turn sees little."""
    story = by_turns(3, (LYON, CHROME), (LYON, MAC))
    assert not loud(found(story, Parameters(turn=60_000)))


def test_pairs_are_bounded() -> None:
    story = Story()
    for step in range(150):
        machine = structs.replace(CHROME, fingerprint=f"machine-{step}", os=f"OS {step}")
        base = step * 8
        story.sign_on(0, base, LYON, CHROME, "mine").sign_on(0, base + 1, PARIS, machine, f"{step}")
        for turn in range(4):
            story.use(0, base + 2 + turn, LYON, CHROME, "mine")
            story.use(0, base + 2.5 + turn, PARIS, machine, f"{step}")
    detector = ConcurrentSessions()
    fold = Fold(detector.about.keyed_by, (detector,), Context())
    events = story.sorted()
    subject = subject_of(fold.kind, events[0])
    assert subject is not None
    cell = fold.fresh(subject)
    for event in events:
        fold.observe(cell, event)
        state = cell.states.get("concurrent_sessions", State())
        assert len(state.pairs) <= MAXIMUM_PAIRS
    assert len(cell.states["concurrent_sessions"].pairs) == MAXIMUM_PAIRS
