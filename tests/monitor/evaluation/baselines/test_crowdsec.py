"""CrowdSec: more than 1,000 km within three hours."""

from monitor.evaluation.baselines.crowdsec import Crowdsec
from tests.monitor.evaluation.worlds import LYON, PARIS, TUNIS, sign_in


def test_it_alerts_within_three_hours() -> None:
    rule = Crowdsec()
    rule.observe(sign_in(0, LYON))
    said = rule.observe(sign_in(2.9, TUNIS))
    assert said is not None
    assert said.alert


def test_it_is_silent_later_or_nearer() -> None:
    rule = Crowdsec()
    rule.observe(sign_in(0, LYON))
    later = rule.observe(sign_in(3.1, TUNIS))
    rule.observe(sign_in(9, LYON))
    nearer = rule.observe(sign_in(9.5, PARIS))
    assert later is not None
    assert nearer is not None
    assert not later.alert
    assert not nearer.alert
