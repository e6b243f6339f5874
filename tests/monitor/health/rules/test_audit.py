"""An audit that is not whole is told with its place, in both languages."""

from monitor.health.rule import ENGINE, Broken, Running
from monitor.health.rules.audit import judge
from monitor.health.telling import sentence_of

NOBODY: frozenset[str] = frozenset()


def test_it_is_told_while_it_is_broken() -> None:
    found = judge(Running(begun=0, broken=Broken(7, "altered")), 0, NOBODY)[ENGINE]
    assert found.stands
    assert "at number 7 (altered)" in sentence_of("audit_broken", found.facts, "en")
    assert "au numéro 7" in sentence_of("audit_broken", found.facts, "fr")
    assert judge(Running(begun=0), 0, NOBODY)[ENGINE].stands is False
