"""That a gate was blind is told for a while, with how many passed unseen."""

from monitor.health.rule import ENGINE, Blinded, Running
from monitor.health.rules.gate import judge
from monitor.health.telling import sentence_of

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()


def test_it_stands_with_how_many_passed_and_is_over_where_all_could_tell() -> None:
    running = Running(begun=0, gate=Blinded(NOW - 60_000, NOW, "OperationalError", 7, 2))
    found = judge(running, NOW, NOBODY)[ENGINE]
    assert found.stands
    for language in ("en", "fr"):
        told = sentence_of("gate_blind", found.facts, language)
        assert "1 min" in told
        assert "7" in told
        assert "OperationalError" in told
    assert judge(Running(begun=0), NOW, NOBODY)[ENGINE].stands is False
