"""Settings that were refused are told until some are taken up."""

from monitor.health.rule import Running
from monitor.health.rules.refusal import SETTINGS, judge
from monitor.health.telling import sentence_of

NOBODY: frozenset[str] = frozenset()


def test_it_stands_until_settings_are_taken_up() -> None:
    running = Running(begun=0, refused="vigie.toml: web.port: expected `int`")
    found = judge(running, 0, NOBODY)[SETTINGS]
    assert found.stands
    assert "web.port" in sentence_of("settings_refused", found.facts, "fr")
    running.refused = None
    assert judge(running, 0, frozenset((SETTINGS,)))[SETTINGS].stands is False
