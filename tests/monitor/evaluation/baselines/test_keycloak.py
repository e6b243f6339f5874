"""Keycloak adaptive: four addresses at once in live sessions."""

from detectors.core.event import Activity
from monitor.evaluation.baselines.keycloak import Keycloak
from tests.monitor.evaluation.worlds import sign_in


def test_it_alerts_at_the_fourth_address() -> None:
    rule = Keycloak()
    said = [rule.observe(sign_in(n / 60, ip=f"192.0.2.{n}", session=str(n))) for n in range(4)]
    assert [one is not None and one.alert for one in said] == [False, False, False, True]


def test_sessions_end_by_themselves_and_by_logging_off() -> None:
    rule = Keycloak()
    for n in range(3):
        rule.observe(sign_in(n / 60, ip=f"192.0.2.{n}", session=str(n)))
    rule.observe(sign_in(0.1, ip="192.0.2.0", session="0", activity=Activity.LOGOFF))
    fewer = rule.observe(sign_in(0.2, ip="192.0.2.9", session="9"))
    later = rule.observe(sign_in(5, ip="192.0.2.8", session="8"))
    assert fewer is not None
    assert later is not None
    assert (fewer.score, later.score) == (3.0, 1.0)


def test_one_session_that_moves_is_one_address() -> None:
    rule = Keycloak()
    said = [rule.observe(sign_in(n / 60, ip=f"192.0.2.{n}", session="s")) for n in range(8)]
    assert all(one is not None and one.score == 1.0 for one in said)
