"""What is seen of a source: shares of its last lines, lag of what comes live, rate, trouble."""

from detectors.core.detector import Text
from detectors.core.event import MINUTE, AccountChange, Change
from monitor.engine import Intake
from monitor.health.seen import LAGS, LIVE, LOST_WINDOW, WINDOW, Seen
from monitor.sources.source import SourceError
from monitor.store.writing import Reject

NOW = 1_800_000_000_000


def _change(at: int) -> AccountChange:
    return AccountChange(id=bytes(16), time=at, tenant="t", account="a", change=Change.OTHER)


def intake(
    lines: int = 1,
    at: int | None = None,
    rejects: int = 0,
    backlog: tuple[int, int] | None = None,
) -> Intake:
    """So many lines, the last of which is an event at `at`."""
    events = [] if at is None else [_change(at)]
    return Intake(
        "s",
        "sshd",
        "s",
        None,
        list(events),
        lines=lines,
        rejects=[Reject("s:1", f"reason {n}", b"") for n in range(rejects)],
        backlog=backlog,
    )


def test_losses_are_of_late_and_counts_may_begin_anew_or_the_clock_be_set() -> None:
    seen, why = Seen(NOW), Text("full", "plein")
    assert seen.lost() is None
    for after, total, lost in (
        (0, 5, 0),
        (MINUTE, 8, 3),
        (LOST_WINDOW, 9, 4),
        (LOST_WINDOW + 1, 9, 1),
        (LOST_WINDOW + 2, 2, 0),
        (LOST_WINDOW + 3, 4, 2),
        (-MINUTE, 6, 0),
        (0, 7, 1),
    ):
        seen.note_lost(total, why, NOW + after)
        assert seen.lost() == lost
    assert seen.lost_by is why


def test_lag_is_the_middle_one_of_what_came_live() -> None:
    seen = Seen(NOW)
    assert seen.lag is None
    for lag in (1_000, 900_000, 2_000):
        seen.take(intake(at=NOW - lag), NOW)
    assert seen.lag == 2_000
    for _ in range(2 * LAGS):
        seen.take(intake(at=NOW + 5_000), NOW)
    assert seen.lag == -5_000


def test_a_backlog_says_nothing_of_the_clock() -> None:
    seen = Seen(NOW)
    seen.take(intake(at=0, backlog=(0, LIVE)), NOW)
    assert seen.lag is None
    seen.take(intake(at=NOW - 7, backlog=(1, LIVE)), NOW)
    assert seen.lag == 7


def test_shares_are_of_the_last_lines() -> None:
    seen = Seen(NOW)
    seen.take(intake(lines=WINDOW, rejects=100), NOW)
    assert seen.rejects / seen.lines == 0.1
    assert seen.reason == "reason 99"
    for _ in range(8):
        seen.take(intake(lines=WINDOW), NOW)
    assert seen.rejects / seen.lines < 0.01
    assert seen.lines < 3 * WINDOW


def test_a_rate_is_of_whole_minutes() -> None:
    seen = Seen(NOW)
    start = NOW // MINUTE * MINUTE
    for minute in range(6):
        seen.take(intake(lines=10), start + minute * MINUTE)
    assert seen.per_minute(start + 5 * MINUTE) == 10
    assert seen.per_minute(start + 8 * MINUTE) == 6
    assert seen.per_minute(start + 60 * MINUTE) == 0
    assert seen.per_minute(start - 60 * MINUTE) == 0


def test_progress_without_lines_is_no_sign_of_life() -> None:
    seen = Seen(NOW)
    seen.take(intake(lines=0), NOW)
    assert seen.received is None


def test_trouble_has_a_beginning() -> None:
    seen = Seen(NOW)
    trouble = SourceError(Text("gone", "parti"))
    seen.note_trouble(trouble, NOW)
    seen.note_trouble(SourceError(Text("still gone", "encore")), NOW + 5)
    assert seen.troubled == NOW
    seen.note_trouble(None, NOW + 9)
    assert seen.trouble is None
