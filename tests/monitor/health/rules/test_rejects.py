"""A format that changed is noticed by its rejects, or by events that are no more."""

from monitor.health.rules.rejects import judge_fruitless, judge_rejects
from monitor.health.seen import Seen

NOW = 1_800_000_000_000


def seen_with(lines: float, rejects: float = 0, events: float = 0, usual: float = 0) -> Seen:
    seen = Seen(NOW)
    seen.lines, seen.rejects, seen.events, seen.usual = lines, rejects, events, usual
    seen.reason = "not JSON: 'the secret of a stranger'"
    return seen


def test_a_tenth_of_many_lines_stands_and_a_twentieth_ends_it() -> None:
    found = judge_rejects(seen_with(1_000, 100), NOW, False)
    assert found.stands
    assert found.facts == {"share": 0.1, "reason": "not JSON"}
    assert judge_rejects(seen_with(1_000, 60), NOW, True).stands is None
    assert judge_rejects(seen_with(1_000, 60), NOW, False).stands is False
    assert judge_rejects(seen_with(1_000, 40), NOW, True).stands is False


def test_a_few_lines_say_nothing() -> None:
    assert judge_rejects(seen_with(49, 49), NOW, False).stands is None
    assert judge_rejects(seen_with(100, 15), NOW, False).stands is False


def test_lines_without_events_stand_where_there_used_to_be_some() -> None:
    found = judge_fruitless(seen_with(500, usual=0.4), NOW, False)
    assert found.stands
    assert found.facts == {"lines": 500, "usual": 0.4}
    assert judge_fruitless(seen_with(500, usual=0.001), NOW, False).stands is None
    assert judge_fruitless(seen_with(499, usual=0.4), NOW, True).stands is None
    assert judge_fruitless(seen_with(500, events=1, usual=0.4), NOW, True).stands is False
