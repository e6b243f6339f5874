"""Shift relay: whose hours no one person keeps, and why everybody else's are their own."""

from itertools import pairwise

import pytest

from detectors.core.context import AccountKind, Context
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import Device
from detectors.core.profile import Profile
from detectors.shift_relay import AGAIN, Parameters, ShiftRelay, State
from tests.detectors.story import (
    CHROME,
    DAY,
    HOUR,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    PACE,
    SOFTPHONE,
    Story,
    Where,
    loud,
    moment,
    run,
)


def found(story: Story, parameters: Parameters | None = None) -> list[Finding]:
    """What shift_relay finds."""
    return run(ShiftRelay(parameters), story.sorted())


def relay(days: int, second: Device = CHROME) -> Story:
    """An early shift from 06:00 and a late one from 14:05, each signed in by itself."""
    story = Story()
    for day in range(days):
        story.work([day], LYON, CHROME, 360, 840, name="early")
        story.work([day], LYON, second, 845, 1320, name="late")
    return story


def working_days(days: int) -> list[int]:
    """Five of every seven."""
    return [day for day in range(days) if day % 7 < 5]


def hostile() -> list[Event]:
    """What the contract suite runs: two shifts of one name."""
    return relay(6).sorted()


HOSTILE = (hostile,)


def test_two_shifts_a_day_are_two_people_within_the_week() -> None:
    findings = found(relay(5))
    weights = [f.evidence.weights.shared for f in findings]
    assert weights == sorted(weights)
    assert loud(findings)
    facts = findings[-1].evidence.facts
    assert facts["sign_ons"] == 2
    assert isinstance(facts["work_hours"], float)
    assert facts["work_hours"] > 12
    assert facts["long_days"] >= len({f.time // DAY for f in findings})


def test_a_relay_that_goes_on_is_said_again_every_week() -> None:
    findings = found(relay(30))
    times = [f.time for f in findings]
    assert max(later - earlier for earlier, later in pairwise(times)) <= AGAIN + DAY
    assert times[-1] >= moment(29, 0) - AGAIN - DAY
    assert len(findings) < 12, "and not every day"


def test_in_a_client_that_names_no_system_as_well() -> None:
    story = Story()
    for day in range(5):
        story.work([day], LYON, SOFTPHONE, 360, 840, name="early")
        story.work([day], LYON, SOFTPHONE, 845, 1320, name="late")
    assert loud(found(story))


def test_on_two_workstations_as_well() -> None:
    findings = found(relay(5, MAC))
    assert loud(findings)
    assert findings[-1].evidence.facts["machines"] == 2


def test_one_long_day_calls_nobody() -> None:
    assert not loud(found(relay(1)))


def test_on_one_workstation_without_signing_in_again_it_takes_longer() -> None:
    story = Story().work(range(12), LYON, CHROME, 360, 1380)
    first = loud(found(story))
    assert first
    assert first[0].evidence.facts["long_days"] == 3
    assert loud(found(relay(12)))[0].time < first[0].time


def test_two_thin_shifts_show_by_what_lies_outside_of_ten_hours() -> None:
    """Long pauses in both: hardly more than twelve hours of work, and no one person's day."""
    story = Story()
    for day in range(15):
        for minute in (300, 325, 440, 470, 610, 640, 780, 900, 930, 1060, 1090, 1210, 1240, 1255):
            session = f"early-{day}" if minute < 850 else f"late-{day}"
            if minute in {300, 900}:
                story.sign_on(day, minute, LYON, CHROME, session)
            else:
                story.use(day, minute + PACE[minute % 10], LYON, CHROME, session)
    findings = found(story)
    assert loud(findings)
    facts = findings[-1].evidence.facts
    assert isinstance(facts["work_hours"], float)
    assert facts["work_hours"] < 13
    assert isinstance(facts["hours_a_week"], float)
    assert facts["hours_a_week"] > 20


def test_overtime_on_a_few_days() -> None:
    story = Story()
    for day in range(15):
        story.work([day], LYON, CHROME, 480, 1260 if day % 5 == 0 else 1000)
    assert not loud(found(story))


def test_an_evening_look_at_home() -> None:
    """Eight to six at the office, and an hour at nine in the evening, every working day."""
    story = Story()
    for day in working_days(28):
        story.work([day], LYON, CHROME, 480, 1080, name="day")
        story.work([day], LYON_HOME, MAC, 1260, 1320, name="evening")
    assert not found(story)


def test_a_split_shift() -> None:
    story = Story()
    for day in range(20):
        story.work([day], LYON, CHROME, 480, 720, name="a").work([day], LYON, CHROME, 1020, 1260)
    assert not found(story)


def test_a_night_worker() -> None:
    story = Story()
    for day in working_days(28):
        story.work([day], LYON, CHROME, 1320, 1800)
    assert not found(story)


def test_from_the_late_shift_to_the_early_one() -> None:
    """Seven hours between two shifts: short, and a night's rest all the same."""
    story = Story()
    for day in (d for d in range(0, 28, 2) if d % 7 not in (5, 6)):
        story.work([day], LYON, CHROME, 840, 1320, name="late")
        story.work([day + 1], LYON, CHROME, 360, 840, name="early")
    assert not found(story)


def test_no_day_off_for_three_weeks() -> None:
    """A colleague has the account whenever its owner is off. Alone it calls nobody."""
    story = Story()
    for day in range(21):
        story.work([day], LYON, CHROME if day % 7 < 5 else MAC)
    findings = found(story)
    assert findings[-1].evidence.facts["days_in_a_row"] >= 16
    assert not loud(findings)
    assert 1.5 < max(f.evidence.weights.shared for f in findings) <= 3.0
    opened = Story()
    opened.sign_on(0, 470, LYON, CHROME, "kept")
    for day in range(21):
        for minute in (480, 505, 570, 601, 655, 700, 766, 800):
            opened.use(day, minute + day * 7 % 11, LYON, CHROME, "kept")
    assert not found(opened), "nobody signed on, day by day"


def test_a_page_left_open_that_works_by_the_clock() -> None:
    """The desktop polls all night; its owner worked eight hours."""
    story = Story().work(range(10), LYON, CHROME, 480, 960)
    for day in range(10):
        for step in range(1, 60):
            story.use(
                day,
                965 + step * 15 + step % 2 / 4,
                LYON,
                CHROME,
                f"alice-{CHROME.fingerprint}-{day}",
            )
    assert not loud(found(story))


def test_a_telephone_in_the_evening() -> None:
    story = Story().work(range(15), LYON, CHROME, 480, 1020)
    for day in range(15):
        for step in range(20):
            story.use(day, 1030 + step * 15 + PACE[step % 10], LYON_HOME, IPHONE, f"phone-{day}")
    assert not found(story)


def test_a_service_account() -> None:
    """The directory says that no person uses it."""
    story = relay(8)
    subject = Subject(SubjectKind.ACCOUNT, story.tenant, story.account)
    context = Context(kinds={subject: AccountKind.SERVICE})
    assert not run(ShiftRelay(), story.sorted(), context)


def test_a_program_in_a_log_that_names_no_devices() -> None:
    """It never rests: no shift of people does that."""
    story = Story()
    minute = 0.0
    for step in range(1500):
        minute += PACE[step * 7 % 10] / 1.5
        if step % 20:
            story.use(0, minute, LYON, None, f"s{step // 20}")
        else:
            story.sign_on(0, minute, LYON, None, f"s{step // 20}")
    assert not loud(found(story))


@pytest.mark.parametrize("signs_on", [True, False])
def test_where_no_device_is_named_a_shift_signs_on(signs_on: bool) -> None:
    """An application that rests at night and signs on once a month may be a telephone's."""
    story = Story()
    story.sign_on(0, 290, LYON, None, "kept")
    for day in range(12):
        for shift, start in (("early", 300), ("late", 760)):
            session = f"{shift}-{day}" if signs_on else "kept"
            if signs_on:
                story.sign_on(day, start, LYON, None, session)
            for minute in (9, 31, 44, 85, 103, 160, 188, 230, 271, 333, 340, 402, 445):
                story.use(day, start + minute + day * 3 % 7, LYON, None, session)
    assert bool(loud(found(story))) is signs_on


def test_a_log_that_tells_sign_ons_and_sign_offs_only() -> None:
    """Whoever signs off was there until then."""
    story = Story()
    for day in range(8):
        for start, name in ((360, "early"), (845, "late")):
            story.sign_on(day, start, LYON, CHROME, f"{name}-{day}")
            story.sign_off(day, start + 475, LYON, CHROME, f"{name}-{day}")
    assert loud(found(story))


def test_a_log_that_tells_sign_ons_and_renewals_only() -> None:
    """What a day comes to is known at its end, when nobody signs on any more."""
    story = Story()
    for day in range(8):
        for shift, start in (("early", 240), ("late", 760)):
            story.sign_on(day, start, LYON, CHROME, f"{shift}-{day}")
            for step in range(1, 18):
                story.renew(day, start + 28 * step, LYON, CHROME, f"{shift}-{day}")
    assert loud(found(story))


def renewed(days: list[int], *shifts: tuple[int, int, Device, bool]) -> Story:
    """Shifts that a log tells by sign-ons, renewals every 40 minutes and, where so, sign-offs."""
    story = Story()
    for day in days:
        for number, (start, end, device, signs_off) in enumerate(shifts):
            name = f"{number}-{day}"
            story.sign_on(day, start + PACE[day % 10], LYON, device, name)
            for minute in range(start + 40, end, 40):
                story.renew(day, minute + PACE[day % 10], LYON, device, name)
            if signs_off:
                story.sign_off(day, end + PACE[day % 10], LYON, device, name)
    return story


def test_two_short_shifts_that_renewals_tell_of() -> None:
    """Under twelve hours by what renewals count for: what lies outside of ten hours tells it, at
    two computers, and at one where both shifts are signed off."""
    days = working_days(21)
    assert loud(found(renewed(days, (480, 900, CHROME, False), (930, 1300, MAC, False))))
    assert loud(found(renewed(days, (480, 930, CHROME, True), (945, 1320, CHROME, True))))


def test_a_page_left_open_at_home_is_no_shift() -> None:
    """Opened at seven before the way to the office, and read again in the evening."""
    days = working_days(21)
    at_home = (420, 1290, CHROME, False)
    assert not loud(found(renewed(days, at_home, (510, 1020, MAC, False))))


def over_night(days: list[int], at: Where, device: Device, opened: int) -> Story:
    """Eight hours at the office, and a page that renews its token until the next afternoon."""
    story = Story().work(days, LYON, CHROME, 540, 1020)
    for day in days:
        story.sign_on(day, opened, at, device, f"tab-{day}")
        for step in range(1, 35):
            story.renew(day, opened + step * 40 + PACE[step % 10] / 2, at, device, f"tab-{day}")
    return story


@pytest.mark.parametrize("opened", [420, 1080, 1140, 1180])
@pytest.mark.parametrize(("at", "device"), [(LYON_HOME, MAC), (LYON, CHROME)])
def test_a_tab_left_open_over_night_makes_no_relay(opened: int, at: Where, device: Device) -> None:
    """At home or at the desk, from the evening on, or from before the way to the office."""
    assert not loud(found(over_night(working_days(28), at, device, opened)))


def test_a_screen_on_a_wall_makes_no_relay() -> None:
    """It is switched on every morning, also when nobody comes, and its owner works from noon on."""
    for machine in (LINUX, CHROME):
        story = Story().work(working_days(28), LYON, CHROME, 720, 1200)
        for day in range(28):
            story.sign_on(day, 355, LYON, machine, f"wall-{day}")
            for minute in range(360, 1200, 40):
                story.renew(day, minute + PACE[minute % 10] / 2, LYON, machine, f"wall-{day}")
        assert not loud(found(story))


def test_what_a_page_renewed_before_anybody_could_know_is_taken_back() -> None:
    """On a day that is long but for it, and by night, when no hand shows meanwhile."""
    state = State()
    events = over_night([0], LYON_HOME, MAC, 1180).sorted()
    detector, profile = ShiftRelay(), Profile()
    subject = Subject(SubjectKind.ACCOUNT, "acme", "alice")
    for event in events:
        assert not list(detector.observe(event, subject, state, profile, Context()))
        profile.learn(event, ())
    assert state.left_open
    assert state.last == moment(0, 1180)
    assert state.work <= 12 * HOUR


def test_two_people_by_turns_at_pages_that_renew_their_tokens() -> None:
    """A computer each, and one after the other at one: each signs on to its shift."""
    days = working_days(21)
    for second in (MAC, CHROME):
        story = renewed(days, (360, 840, CHROME, True), (850, 1330, second, True))
        for day in days:
            for number, start in enumerate((360, 850)):
                for step in range(1, 9):
                    minute = start + 53 * step + PACE[(day + step) % 10]
                    story.use(day, minute, LYON, (CHROME, second)[number], f"{number}-{day}")
        assert loud(found(story))


def test_a_page_of_the_early_shift_that_the_late_one_leaves_open_is_of_a_machine_in_use() -> None:
    """It renews its token for longer than anybody sits, and somebody signs on meanwhile."""
    story = Story()
    for day in working_days(21):
        for name, start, end in (("early", 360, 1320), ("late", 840, 1320)):
            story.sign_on(day, start, LYON, CHROME, f"{name}-{day}")
            for minute in range(start + 40, end, 40):
                story.renew(day, minute + PACE[day % 10], LYON, CHROME, f"{name}-{day}")
    assert loud(found(story))


def test_a_program_that_renews_its_token_every_few_hours_has_no_shift() -> None:
    """Day and night, beside one person's days at the same computer."""
    days = working_days(28)
    for every in (4, 5, 6):
        story = renewed(days, (480, 960, CHROME, False)).sign_on(0, 49, LYON, CHROME, "program")
        for hour in range(every, 28 * 24, every):
            story.renew(hour // 24, hour % 24 * 60 + 49, LYON, CHROME, "program")
        assert not loud(found(story)), every


def test_one_person_whose_pages_renew_their_tokens() -> None:
    """Nine hours at the office, and at home in the evening; a split shift, its page left open."""
    days = working_days(28)
    assert not found(renewed(days, (480, 1080, CHROME, False), (1230, 1320, MAC, True)))
    assert not loud(found(renewed(days, (480, 900, CHROME, False), (960, 1200, CHROME, True))))
    assert not found(renewed(days, (480, 720, CHROME, True), (980, 1220, CHROME, True)))


def test_what_a_full_day_is_can_be_set() -> None:
    story = Story().work(range(12), LYON, CHROME, 480, 1080)
    assert not found(story)
    assert found(story, Parameters(full_day=6 * HOUR))
