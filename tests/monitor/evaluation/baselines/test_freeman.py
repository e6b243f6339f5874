"""Freeman et al.: what is unusual for the user scores high, the more so the rarer it is."""

from monitor.evaluation.baselines.freeman import BURN_IN, Freeman
from tests.monitor.evaluation.worlds import TUNIS, sign_in


def trained(days: int = 30) -> Freeman:
    """Five colleagues with their own addresses, over some days."""
    rule = Freeman()
    for day in range(days):
        for n in range(5):
            rule.observe(sign_in(24 * day + n / 60, account=f"u{n}", ip=f"192.0.2.{n}"))
    return rule


def score(rule: Freeman, account: str, ip: str, agent: str = "Firefox") -> float:
    said = rule.observe(sign_in(10_000, account=account, ip=ip, agent=agent))
    assert said is not None
    return said.score


def test_the_first_sign_in_of_a_user_has_no_score() -> None:
    assert Freeman().observe(sign_in(0)) is None


def test_the_usual_is_less_risky_than_another_s_address_than_a_new_one_and_a_new_agent() -> None:
    usual = score(trained(), "u0", "192.0.2.0")
    colleague = score(trained(), "u0", "192.0.2.1")
    both = score(trained(), "u0", "192.0.2.1", "Curl")
    assert usual < 0 < colleague < both


def test_a_new_country_is_riskier_than_a_new_address() -> None:
    rule, other = trained(), trained()
    new = rule.observe(sign_in(10_000, account="u0", ip="192.0.2.77"))
    abroad = other.observe(sign_in(10_000, TUNIS, account="u0", ip="192.0.2.77"))
    assert new is not None
    assert abroad is not None
    assert new.score < abroad.score


def test_a_longer_past_tells_the_unusual_further_from_the_usual() -> None:
    def gap(days: int) -> float:
        odd = score(trained(days), "u0", "192.0.2.0", "Curl")
        return odd - score(trained(days), "u0", "192.0.2.0")

    assert gap(3) < gap(60)


def test_it_asks_at_the_riskiest_once_it_has_seen_enough() -> None:
    rule = trained(BURN_IN // 5 + 2)
    odd = rule.observe(sign_in(100_000, account="u0", ip="198.51.100.1", agent="Curl"))
    usual = rule.observe(sign_in(100_001, account="u1", ip="192.0.2.1"))
    assert odd is not None
    assert usual is not None
    assert odd.alert
    assert not usual.alert


def test_before_that_it_asks_nobody() -> None:
    odd = trained(3).observe(sign_in(10_000, account="u0", ip="198.51.100.1", agent="Curl"))
    assert odd is not None
    assert not odd.alert
