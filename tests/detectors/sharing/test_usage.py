"""What is kept of an account's use: turns, overlaps, waking days, personas; bounded and fading."""

import msgspec
import pytest

from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.event import DAY, HOUR, Event
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.sharing.usage import (
    APART,
    BROWSERS,
    DESK,
    HEAVIEST,
    KEEP,
    MASKED,
    MAXIMUM_PERSONAS,
    MAXIMUM_SEATS,
    TWINS,
    Usage,
    pass_to,
)
from tests.detectors import histories
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    PARIS_MOBILE,
    TANA,
    VPN,
    Story,
    Where,
    where,
)

LARGEST = 8_192
"""Bytes, as MessagePack."""


def used(events: list[Event], *, until: int | None = None) -> Usage:
    """The use of one account after the days of these events."""
    fold = Fold(SubjectKind.ACCOUNT, (AccountSharing(),), Context())
    cell = None
    for event in events:
        if cell is None:
            cell = fold.fresh(_alice(event))
        fold.observe(cell, event)
    assert cell is not None
    fold.advance(cell, until or (cell.seen // DAY + 1) * DAY)
    found: Usage = cell.states["account_sharing"]
    return found


def _alice(event: Event) -> Subject:
    return Subject(SubjectKind.ACCOUNT, event.tenant, event.account)


def two(one: Where, other: Where, first=CHROME, second=MAC, days: int = 4) -> Story:
    """Two people at once, each at their own pace."""
    story = Story()
    for day in range(days):
        story.work([day], one, first, 480, 900, name="one")
        story.work([day], other, second, 500, 920, name="two")
    return story


def test_one_person_at_one_machine_leaves_no_sign() -> None:
    usage = used(Story().work(range(5), LYON, CHROME).sorted())
    assert usage.seen == 5
    assert usage.signs == 0
    assert usage.sums.copresent == 0
    assert not any(usage.sums.turns)
    assert len(usage.personas) == 1


@pytest.mark.parametrize(
    ("other", "device", "relation"),
    [
        (TANA, MAC, APART),
        (LYON_HOME, MAC, APART),
        (VPN, MAC, MASKED),
        (LYON, MAC, DESK),
        (LYON, FIREFOX, BROWSERS),
        (LYON, CHROME, TWINS),
    ],
)
def test_turns_and_overlaps_go_by_what_tells_two_computers_apart(
    other: Where, device, relation: int
) -> None:
    usage = used(two(LYON, other, CHROME, device).sorted())
    assert usage.sums.turns[relation] > 20
    assert sum(usage.sums.turns) == usage.sums.turns[relation]
    assert usage.sums.overlaps[relation] > 20
    ratio = usage.sums.turns[relation] / usage.sums.chances[relation]
    assert 0.5 < ratio < 1.5
    assert (usage.sums.copresent > 3) == (relation != BROWSERS)


def test_a_phone_beside_a_computer_is_no_second_computer() -> None:
    usage = used(two(LYON, PARIS_MOBILE, CHROME, IPHONE).sorted())
    assert not any(usage.sums.turns)
    assert not any(usage.sums.overlaps)
    assert usage.signs == 0


def test_signing_in_anew_at_one_machine_takes_no_turns() -> None:
    story = Story()
    for day in range(4):
        for part in range(4):
            start = 480 + 90 * part
            story.work([day], LYON, CHROME, start, start + 85, name=f"part-{part}")
    usage = used(story.sorted())
    assert not any(usage.sums.turns)
    assert usage.sums.copresent == 0


def test_a_second_shift_makes_a_relay_and_a_long_day_alone_does_not() -> None:
    relay, alone = Story(), Story().work(range(4), LYON, CHROME, 360, 1320)
    for day in range(4):
        relay.work([day], LYON, CHROME, 360, 840, name="early")
        relay.work([day], LYON, CHROME, 845, 1320, name="late")
    assert used(relay.sorted()).sums.relays > 3
    assert used(alone.sorted()).sums.relays == 0


def test_going_back_to_an_older_version_is_counted() -> None:
    agents = ["Mozilla/5.0 Firefox/140.0", "Mozilla/5.0 Firefox/138.0"]
    story = Story()
    for number in range(8):
        story.sign_on(0, 480 + 31 * number, LYON, FIREFOX, f"s{number}")
    events = [
        msgspec.structs.replace(event, user_agent=agents[number % 2])
        for number, event in enumerate(story.sorted())
    ]
    assert used(events).sums.backwards == 4
    assert (
        used([msgspec.structs.replace(e, user_agent=agents[0]) for e in events]).sums.backwards == 0
    )


def test_what_was_four_weeks_ago_counts_a_quarter() -> None:
    story = two(LYON, TANA, days=1)
    then = used(story.sorted())
    later = used(story.sign_on(27, 480, LYON, CHROME, "s").sorted())
    assert then.sums.copresent / then.weight == pytest.approx(KEEP)
    assert 0.2 < later.sums.copresent / later.weight < 0.3


def test_nothing_done_by_a_timer_counts() -> None:
    story = Story().work(range(3), LYON, CHROME)
    for minute in range(0, 1440, 10):
        story.renew(1, minute, TANA, MAC, "app")
    assert not any(used(story.sorted()).sums.turns)


def test_it_stays_small_whatever_happens() -> None:
    for events in (*histories.crowds(), two(LYON, TANA, days=28).sorted()):
        fold = Fold(SubjectKind.ACCOUNT, (AccountSharing(),), Context())
        cell = fold.fresh(_alice(events[0]))
        largest = 0
        for number, event in enumerate(events):
            fold.observe(cell, event)
            usage = cell.states.get("account_sharing")
            if usage is not None and number % 50 == 0:
                assert len(usage.today.seats) <= MAXIMUM_SEATS
                assert len(usage.personas) <= MAXIMUM_PERSONAS
                largest = max(largest, len(msgspec.msgpack.encode(usage)))
        assert 0 < largest <= LARGEST


def test_sums_are_weighed_anew_before_they_grow_without_end() -> None:
    story = two(LYON, TANA, days=1)
    for day in range(30, 1200, 30):
        story.sign_on(day, 480, LYON, CHROME, f"s{day}")
    usage = used(story.sorted())
    assert usage.weight <= HEAVIEST
    assert usage.sums.days / usage.weight < 2
    assert usage.seen == 40


def test_it_goes_to_message_pack_and_back() -> None:
    usage = used(two(LYON, TANA).sorted())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(usage), type=Usage) == usage


def test_a_clock_that_leaps_does_no_harm() -> None:
    story = Story().work([0, 1], LYON, CHROME)
    usage = used(story.sign_on(40, 480, LYON, CHROME, "late").sorted())
    assert usage.seen == 3
    assert usage.sums.days / usage.weight < 1.3
    usage = used(story.sign_on(40_000, 480, LYON, CHROME, "later").sorted())
    assert usage.seen == 1, "what is older than the time to live is forgotten"


def nights(days: int = 6) -> Story:
    """One person who works from eight in the evening (UTC) to five in the morning."""
    story = Story()
    for day in range(days):
        story.work([day], LYON, CHROME, 1_200, 1_740, name=f"night-{day}")
    return story


def test_the_day_of_who_works_at_night_begins_by_day() -> None:
    usage = used(nights(8).sorted())
    assert 7 <= usage.cut // HOUR % 24 <= 18
    # The first nights were cut in two; those since count more, and are one stretch of work each.
    assert 7 < usage.stays.span / usage.stays.days < 9.5
    assert usage.seen <= 11


def test_the_last_day_is_added_though_it_is_not_over_at_midnight() -> None:
    events = nights(9).work([9], LYON, CHROME, 1_200, 1_380, name="evening").sorted()
    midnight = (events[-1].time // DAY + 1) * DAY
    early, late = used(events, until=midnight), used(events, until=midnight + DAY)
    assert early.cut % DAY
    assert early.today.seats
    assert late.seen == early.seen + 1
    assert not late.today.seats
    assert used(events, until=midnight + 9 * DAY) == late, "and quiet days cost nothing"


def test_days_of_office_hours_begin_at_midnight() -> None:
    assert used(Story().work(range(8), LYON, CHROME).sorted()).cut == 0


def test_a_page_open_at_all_hours_moves_no_day() -> None:
    story = Story().work(range(6), LYON, CHROME)
    for day in range(6):
        for minute in range(0, 1440, 10):
            story.renew(day, minute, LYON, CHROME, "page")
    assert used(story.sorted()).cut == 0


def test_days_by_the_own_hour_never_go_back_and_none_is_twice() -> None:
    usage = used(nights(5).sorted())
    before = usage.day
    profile = Profile()
    pass_to(usage, profile, usage.day * DAY + usage.cut - 1)
    assert usage.day == before
    seen = usage.seen
    pass_to(usage, profile, (before + 1) * DAY + usage.cut)
    assert usage.day == before + 1
    assert usage.seen <= seen + 1


SIX = where("2a01:e0a::10", "FR", "Paris", 48.85, 2.35, 3215, "Orange")
"""The other family of addresses of the line in Lyon: databases place it at the operator's."""


@pytest.mark.parametrize("six_first", [500, 440], ids=["IPv4 begins", "IPv6 every other day"])
def test_two_families_of_addresses_are_one_computer(six_first: int) -> None:
    """A database tells another town of either."""
    story = Story()
    for day in range(6):
        story.work([day], LYON, CHROME, 480, 900, name="four")
        story.work([day], SIX, CHROME, six_first if day % 2 else 500, 920, name="six")
    usage = used(story.sorted())
    assert not usage.sums.turns[APART]
    assert not usage.sums.overlaps[APART]
    [persona] = usage.personas.values()
    assert (persona.site, persona.six) == ("FR46,5", False)
    assert usage.sums.computers == usage.sums.days


@pytest.mark.parametrize(
    "other",
    [
        where("2a01:e0a::10", "MG", "Antananarivo", -18.88, 47.51, 3215, "Orange"),
        where("2a01:e0a::10", "FR", "Paris", 48.85, 2.35, 12322, "Free"),
        SIX._replace(network=None),
    ],
    ids=["another country", "another operator", "no operator known"],
)
def test_another_familys_line_is_another_where_it_is_not_the_operators(other: Where) -> None:
    usage = used(two(LYON, other, CHROME, MAC).sorted())
    assert usage.sums.overlaps[APART] > 10


def test_one_session_on_both_families_is_one_seat() -> None:
    """Whose browser takes now the one family, now the other."""
    story = Story()
    for day in range(4):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        story.work([day], SIX, CHROME, 500, 920, name="one")
    usage = used(story.sorted())
    assert not any(usage.sums.turns)
    assert not any(usage.sums.overlaps)
    assert usage.signs == 0


@pytest.mark.parametrize(("lunch", "hours"), [(30, 0.5), (90, 1.5)])
def test_the_longest_pause_of_a_day_is_known(lunch: int, hours: float) -> None:
    story = Story()
    for day in range(4):
        story.work([day], LYON, CHROME, 480, 720, name="morning")
        story.work([day], LYON, CHROME, 720 + lunch, 1020, name="afternoon")
    usage = used(story.sorted())
    assert usage.sums.pause / usage.sums.days == pytest.approx(hours, abs=0.3)


def test_who_relieves_whom_leaves_no_pause() -> None:
    usage = used(two(LYON, TANA).sorted())
    assert usage.sums.pause / usage.sums.days < 0.5
