"""That forgetting waits is told with how much would go, in both languages."""

from detectors.core.event import HOUR
from monitor.health.rule import ENGINE, Postponed, Running
from monitor.health.rules.retention import judge
from monitor.health.telling import sentence_of

NOBODY: frozenset[str] = frozenset()


def test_it_is_told_while_it_waits() -> None:
    running = Running(begun=0, postponed=Postponed(400, 71 * HOUR))
    found = judge(running, 0, NOBODY)[ENGINE]
    assert found.stands
    told = sentence_of("retention_waits", found.facts, "en")
    assert told.startswith("400 more days of data")
    assert told.endswith("Nothing goes for 71 hours more.") or "more." in told
    assert "400 jours" in sentence_of("retention_waits", found.facts, "fr")
    assert judge(Running(begun=0), 0, NOBODY)[ENGINE].stands is False
