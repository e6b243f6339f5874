"""BuffaLogs: far, fast, and from an address new to the account."""

from monitor.evaluation.baselines.buffalogs import Buffalogs
from tests.monitor.evaluation.worlds import LYON, PARIS, VIENNE, sign_in


def test_it_alerts_at_a_new_address_far_and_fast() -> None:
    rule = Buffalogs()
    rule.observe(sign_in(0, LYON, ip="192.0.2.1"))
    said = rule.observe(sign_in(1, PARIS, ip="192.0.2.2"))
    assert said is not None
    assert said.alert


def test_it_is_silent_at_an_address_it_knows() -> None:
    rule = Buffalogs()
    rule.observe(sign_in(0, LYON, ip="192.0.2.1"))
    rule.observe(sign_in(10, PARIS, ip="192.0.2.2"))
    said = rule.observe(sign_in(11, LYON, ip="192.0.2.1"))
    assert said is not None
    assert not said.alert


def test_it_is_silent_within_100_km() -> None:
    rule = Buffalogs()
    rule.observe(sign_in(0, LYON, ip="192.0.2.1"))
    said = rule.observe(sign_in(0.01, VIENNE, ip="192.0.2.2"))
    assert said is not None
    assert not said.alert
