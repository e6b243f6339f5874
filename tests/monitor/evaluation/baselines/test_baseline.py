"""Baselines are discovered, say what they are, and look at successful log-ons."""

import pytest

from detectors.core.event import Activity, Outcome
from monitor.evaluation.baselines.baseline import account_of, baselines, is_logon
from tests.monitor.evaluation.worlds import TENANT, TUNIS, sign_in


def test_all_published_rules_are_there() -> None:
    assert [*baselines()] == ["buffalogs", "crowdsec", "freeman", "keycloak", "panther"]


@pytest.mark.parametrize("name", [*baselines()])
def test_each_says_what_it_does_and_where_that_was_published(name: str) -> None:
    kind = baselines()[name]
    assert kind.title
    assert len(kind.rule.en) > 20
    assert len(kind.rule.fr) > 20
    assert kind.credit.startswith("https://")


@pytest.mark.parametrize("name", [*baselines()])
def test_none_alerts_at_one_sign_in_or_at_the_same_again(name: str) -> None:
    rule = baselines()[name]()
    said = [rule.observe(sign_in(hour, session="s")) for hour in range(10)]
    assert not any(one is not None and one.alert for one in said)


@pytest.mark.parametrize("name", [*baselines()])
def test_none_looks_at_failures(name: str) -> None:
    rule = baselines()[name]()
    rule.observe(sign_in(0))
    assert rule.observe(sign_in(1, TUNIS, ip="192.0.2.9", outcome=Outcome.FAILURE)) is None


@pytest.mark.parametrize("name", [*baselines()])
def test_a_sign_in_from_nowhere_breaks_none(name: str) -> None:
    rule = baselines()[name]()
    said = rule.observe(sign_in(0, None))
    assert said is None or not said.alert


def test_what_a_logon_is() -> None:
    assert is_logon(sign_in(0))
    assert not is_logon(sign_in(0, activity=Activity.OTHER))
    assert account_of(sign_in(0)) == (TENANT, "alice")
