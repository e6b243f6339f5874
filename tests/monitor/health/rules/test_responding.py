"""Who responds to incidents is missed once it was there, when it does not keep up, or cannot."""

from detectors.core.event import MINUTE, SECOND
from monitor.health.rule import ENGINE, Responding, Running
from monitor.health.rules.responding import (
    BEHIND_AFTER,
    SILENT,
    judge_absent,
    judge_behind,
    judge_trouble,
)
from monitor.health.telling import sentence_of

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()
STANDS = frozenset((ENGINE,))


def running(told: Responding | None, begun: int = 0) -> Running:
    return Running(begun=begun, responding=told)


def test_where_nobody_ever_responded_nobody_is_missed() -> None:
    assert judge_absent(running(None), NOW, NOBODY)[ENGINE].stands is False


def test_who_tells_nothing_is_missed_after_a_while_and_is_back_when_it_tells() -> None:
    told = Responding(NOW - SILENT - SECOND, False, None)
    found = judge_absent(running(told), NOW, NOBODY)[ENGINE]
    assert found.stands
    assert "no ticket is opened" in sentence_of("nobody_responds", found.facts, "en")
    assert "aucun ticket" in sentence_of("nobody_responds", found.facts, "fr")
    back = Responding(NOW, False, None)
    assert judge_absent(running(back), NOW, STANDS)[ENGINE].stands is False


def test_when_all_begins_it_has_time_to_begin_as_well() -> None:
    told = Responding(NOW - 60 * MINUTE, True, None)
    begun = running(told, NOW - MINUTE)
    assert judge_absent(begun, NOW, NOBODY)[ENGINE].stands is False
    assert judge_absent(begun, NOW, STANDS)[ENGINE].stands is None, "not heard of yet"
    assert judge_absent(begun, NOW + SILENT, NOBODY)[ENGINE].stands


def test_who_follows_without_an_end_is_behind() -> None:
    late = Responding(NOW, False, NOW - BEHIND_AFTER - 1)
    assert judge_behind(running(late), NOW, NOBODY)[ENGINE].stands
    for told in (None, Responding(NOW, False, None), Responding(NOW, False, NOW - BEHIND_AFTER)):
        assert judge_behind(running(told), NOW, STANDS)[ENGINE].stands is False


def test_each_duty_in_trouble_is_told_by_itself_until_it_is_not() -> None:
    told = Responding(NOW, False, None, (("delivery", "the disk is full"), ("policy", "unread")))
    found = judge_trouble(running(told), NOW, frozenset(("duty:following",)))
    assert {name: one.stands for name, one in found.items()} == {
        "duty:delivery": True,
        "duty:policy": True,
        "duty:following": False,
    }
    said = sentence_of("responding_trouble", found["duty:delivery"].facts, "en")
    assert "the disk is full" in said
    assert judge_trouble(running(None), NOW, NOBODY) == {}
