"""Days go whole, what cannot be reckoned yet goes not at all, and details go before events."""

from detectors.core.event import DAY, HOUR
from monitor.retention.periods import Periods

NOW = 20_000 * DAY + 5 * HOUR


def test_limits_are_days_back_from_the_time_that_is_reckoned() -> None:
    limits = Periods().at(NOW)
    assert limits.time == NOW
    assert limits.folded == (20_000 - 30) * DAY
    assert limits.events == (20_000 - 90) * DAY
    assert limits.incidents == limits.accounts == NOW - 365 * DAY
    assert limits.rejects == NOW - 30 * DAY
    assert limits.health == NOW - 90 * DAY
    assert limits.hygiene == NOW - 3 * 365 * DAY
    assert limits.orders == NOW - 90 * DAY
    assert limits.order_details == NOW - 30 * DAY
    assert limits.truncates


def test_events_that_go_before_their_details_are_not_truncated() -> None:
    periods = Periods(events=10 * DAY, details=30 * DAY)
    limits = periods.at(NOW)
    assert periods.folded == 10 * DAY
    assert limits.folded == limits.events
    assert not limits.truncates


def test_at_the_beginning_of_time_nothing_is_old() -> None:
    limits = Periods().at(DAY)
    assert {limits.folded, limits.events, limits.incidents, limits.accounts} == {0}
