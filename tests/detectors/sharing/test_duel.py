"""A day of two machines, and all of them."""

from detectors.core.event import DAY, HOUR
from detectors.sharing.apart import BROWSERS, DESK, FAR, LINES
from detectors.sharing.duel import SEEN_WITHIN, TOGETHER, Duel, Pair

RETURNS = 4


def day(apart: str = LINES, **given: int) -> Duel:
    return Duel(apart, 0, 8 * HOUR, counts=[20, 20], **given)  # type: ignore[arg-type]


def test_turns_are_weighed_against_those_that_chance_brings() -> None:
    assert day(turns=18).worth(RETURNS) > 3.0
    assert day(turns=5).worth(RETURNS) < 0.0


def test_sessions_side_by_side_are_worth_something_where_nothing_tells_of_hands() -> None:
    def renewed(apart: str = LINES, hours: int = 4, slow: int = 2, hands: int = 2) -> float:
        two = Duel(apart, 0, 8 * HOUR, counts=[hands, hands], slow=slow, together=hours * HOUR)
        return two.worth(RETURNS)

    assert renewed() == TOGETHER[LINES]
    assert renewed(BROWSERS) <= 0.0
    assert renewed(hours=2) <= 0.0
    assert renewed(slow=1) <= 0.0, "a page may have been left open there"
    assert renewed(hands=20) <= 0.0, "hands are told of, and say nothing"


def test_days_that_ended_at_a_stroke_leave_little_of_the_others() -> None:
    pair = Pair(0)
    for _ in range(4):
        pair.add(day(DESK, turns=18), RETURNS)
    alone = pair.total(day(DESK, turns=18), RETURNS)
    assert pair.company() == 1.0
    assert pair.total(day(DESK, turns=18, as_one=True), RETURNS) < alone
    for _ in range(4):
        pair.add(day(DESK, turns=18, as_one=True), RETURNS)
    assert pair.total(day(DESK, turns=18), RETURNS) < alone / 2


def test_a_timer_leaves_at_the_same_time_of_every_day() -> None:
    evening = 18 * HOUR
    pair = Pair(0)
    assert pair.is_left(evening, HOUR // 30)
    assert pair.is_left(DAY + evening + HOUR, HOUR // 30)
    assert not pair.is_left(2 * DAY + evening + HOUR, HOUR // 30)
    midnight = Pair(0, struck=DAY - 1)
    assert not midnight.is_left(2 * DAY + 1, HOUR // 30)


def test_now_the_one_is_first_and_now_the_other() -> None:
    pair = Pair(0)
    for number in range(8):
        pair.add(day(together=4 * HOUR, ahead=number % 3 == 0), RETURNS)
    assert pair.ahead == [5, 3]
    assert pair.is_both_ways()


def test_journeys_of_habit_count_for_less_unless_no_way_to_work_is_as_short() -> None:
    pair = Pair(0)
    for number in range(5):
        pair.out.append(number * 10_000)
        pair.legs += 1
        pair.add(day(FAR, legs=1), RETURNS)
    habit = pair.total(day(FAR), RETURNS)
    pair.sudden = pair.legs
    assert habit < pair.total(day(FAR), RETURNS)
    pair.out = [0, 5 * HOUR, 10 * HOUR]
    assert pair.share() == 1.0


def test_what_all_days_come_to_is_bounded() -> None:
    pair = Pair(0)
    for _ in range(400):
        pair.add(day(FAR, turns=30, legs=30, trips=20), RETURNS)
        pair.add(day(FAR, turns=1, legs=30, trips=20), RETURNS)
    assert pair.past <= 12.0
    assert pair.journeys <= 20.0


def test_a_spread_goes_round_the_clock() -> None:
    pair = Pair(0, out=[DAY - HOUR, HOUR, 0], back=[])
    assert pair.is_habitual()


def test_a_server_that_is_always_opened_from_the_desk_is_seen_on_it() -> None:
    """Once a day begins with the server, somebody else sits there."""
    pair = Pair(0)
    for _ in range(3):
        pair.add(day(DESK, turns=18, served=0), RETURNS)
    assert pair.company() == SEEN_WITHIN
    assert pair.company(day(DESK, turns=18, served=1)) == 1.0
    pair.add(day(DESK, turns=18, served=1), RETURNS)
    assert pair.company() == 1.0
