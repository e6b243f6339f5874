"""Panther: more than 900 km/h, and nothing else."""

from monitor.evaluation.baselines.panther import Panther
from tests.monitor.evaluation.worlds import LYON, PARIS, TUNIS, sign_in


def test_it_alerts_above_its_speed() -> None:
    rule = Panther()
    rule.observe(sign_in(0, LYON))
    said = rule.observe(sign_in(1, TUNIS, ip="192.0.2.9"))
    assert said is not None
    assert said.alert
    assert 1_000 < said.score < 1_200


def test_it_does_not_alert_below_it() -> None:
    rule = Panther()
    rule.observe(sign_in(0, LYON))
    said = rule.observe(sign_in(1, PARIS))
    assert said is not None
    assert not said.alert


def test_the_same_instant_is_a_second() -> None:
    rule = Panther()
    rule.observe(sign_in(0, LYON))
    said = rule.observe(sign_in(0, PARIS))
    assert said is not None
    assert said.alert


def test_accounts_are_apart() -> None:
    rule = Panther()
    rule.observe(sign_in(0, LYON, account="bob"))
    said = rule.observe(sign_in(0.1, TUNIS))
    assert said is not None
    assert not said.alert
