"""Silence is told when more was missed than the week explains, or after the time that is set."""

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.health.rules.silence import SETTLING, judge
from monitor.health.seen import Expected, Seen
from tests.monitor.health.test_hours import office, watched

START = 1_790_553_600_000 + 21 * DAY


def learned(received: int | None, begun: int = START) -> Seen:
    """A call centre's log, watched for three weeks before."""
    seen = Seen(begun)
    seen.hours, end = watched(office, 3)
    assert end == START
    seen.heard = received
    return seen


def test_it_stands_once_too_much_was_missed_and_until_a_line_comes() -> None:
    seen = learned(START + 11 * HOUR)
    assert judge(seen, START + 11 * HOUR + 10 * MINUTE, False).stands is False
    found = judge(seen, START + 12 * HOUR, False)
    assert found.stands
    assert found.facts == {"quiet": HOUR}
    seen.heard = START + 12 * HOUR
    assert judge(seen, START + 12 * HOUR + MINUTE, True).stands is False


def test_a_night_is_no_silence() -> None:
    assert judge(learned(START - 4 * HOUR), START + 7 * HOUR, False).stands is False


def test_what_came_while_we_were_away_is_given_time() -> None:
    seen = learned(START + 9 * HOUR, begun=START + 12 * HOUR)
    assert judge(seen, START + 12 * HOUR + 5 * MINUTE, False).stands is False
    # Nor is it over before something came.
    assert judge(seen, START + 12 * HOUR + 5 * MINUTE, True).stands is None
    assert judge(seen, START + 12 * HOUR + 20 * MINUTE, False).stands is True


def test_of_one_that_never_sent_nothing_is_known() -> None:
    assert judge(learned(None), START + 15 * HOUR, False).stands is None


def test_a_time_that_is_set_holds_at_any_hour() -> None:
    seen = Seen(START, Expected(silent_after=30 * MINUTE))
    assert judge(seen, START + 30 * MINUTE, False).stands is False
    assert judge(seen, START + 31 * MINUTE, False).stands is True
    seen.heard = START + 31 * MINUTE
    assert judge(seen, START + 32 * MINUTE, True).stands is False


def test_after_a_start_the_time_that_is_set_waits_for_what_is_read_first() -> None:
    seen = Seen(START, Expected(silent_after=30 * MINUTE))
    seen.heard = START - DAY
    assert judge(seen, START + SETTLING - 1, False).stands is None
    assert judge(seen, START + SETTLING, False).stands is True


def test_none_is_wanted_where_it_is_turned_off() -> None:
    seen = learned(START + 9 * HOUR)
    seen.expected = Expected(silent_after=0)
    assert judge(seen, START + 15 * HOUR, True).stands is False
