"""A source that cannot be read is told after a moment, in both languages, until it can."""

from detectors.core.detector import Text
from monitor.health.rules.trouble import PATIENCE, judge
from monitor.health.seen import Seen
from monitor.sources.source import SourceError

NOW = 1_800_000_000_000


def test_it_stands_after_a_moment_and_until_it_is_over() -> None:
    seen = Seen(NOW)
    seen.note_trouble(SourceError(Text("is a directory", "est un répertoire")), NOW)
    assert judge(seen, NOW + PATIENCE - 1, False).stands is None
    found = judge(seen, NOW + PATIENCE, False)
    assert found.stands
    assert found.facts == {"en": "is a directory", "fr": "est un répertoire"}
    seen.note_trouble(None, NOW + PATIENCE)
    assert judge(seen, NOW + PATIENCE, True).stands is False


def test_what_stood_before_a_restart_goes_on() -> None:
    seen = Seen(NOW)
    seen.note_trouble(SourceError(Text("gone", "parti")), NOW)
    assert judge(seen, NOW, True).stands is True
