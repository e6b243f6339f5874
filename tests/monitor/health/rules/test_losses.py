"""Messages that are lost are told with why, and no more once none was for a while."""

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from monitor.health.rules.losses import judge
from monitor.health.seen import LOST_WINDOW, Seen

NOW = 1_800_000_000_000
WHY = Text("the buffer was full", "le tampon était plein")


def test_where_nobody_counts_nobody_can_tell() -> None:
    assert judge(Seen(NOW), NOW, True).stands is None


def test_it_stands_while_some_were_lost_of_late() -> None:
    seen = Seen(NOW)
    seen.note_lost(1_000, WHY, NOW)
    assert judge(seen, NOW, False).stands is False, "what was lost before us is no news"
    seen.note_lost(1_007, WHY, NOW + MINUTE)
    found = judge(seen, NOW + MINUTE, False)
    assert found.stands
    assert found.facts == {"lost": 7, "window": LOST_WINDOW, "en": WHY.en, "fr": WHY.fr}
    for after in range(2, 12):
        seen.note_lost(1_007, WHY, NOW + after * MINUTE)
    assert judge(seen, NOW + 11 * MINUTE, True).stands is False
