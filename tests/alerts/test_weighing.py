"""What moved an assessment sums to what it came to: nothing is shown that was not weighed."""

from math import log

import pytest

from alerts.incident import Assessment, Contribution, Hypothesis
from alerts.weighing import likeliest_harmless, weigh

ONE = (0.01, 0.04, 0.9, 0.05)


def part(name: str, *weights: float, attack: float = 0.0) -> Contribution:
    return Contribution(
        name.encode().ljust(16), name.split("-", maxsplit=1)[0], (0.0, *weights), attack
    )


def test_reasons_and_what_was_believed_before_sum_to_the_odds() -> None:
    parts = (part("a-1", 0.5, 4.0, 0.0), part("a-2", 0.0, 1.0, 0.0), part("b-1", 2.0, 0.0, 0.0))
    found = weigh(Assessment(ONE, 0.1, parts), is_attack=False)
    assert (found.toward, found.against) == (Hypothesis.SHARED, Hypothesis.ROAMING)
    assert found.odds == pytest.approx(log(0.9 / 0.04))
    assert found.prior + sum(one.nats for one in found.reasons) == pytest.approx(found.odds)
    told = [(one.detector, one.findings, round(one.nats, 6)) for one in found.reasons]
    assert told == [("a", 2, 4.5), ("b", 1, -2.0)]
    assert found.reasons[0].finding == b"a-1".ljust(16)


@pytest.mark.parametrize(("posterior", "beyond"), [(ONE, -2.5), ((0.7, 0.04, 0.2, 0.06), 2.5)])
def test_what_is_not_counted_for_sharing_is_told_apart(
    posterior: tuple[float, float, float, float], beyond: float
) -> None:
    """It speaks against sharing, whichever way the question is put."""
    parts = (part("model", 0.0, 3.7, 0.0), part("rule", 0.0, 5.5, 0.0))
    found = weigh(Assessment(posterior, 0.1, parts, (2.5, 0.0)), is_attack=False)
    assert found.beyond == beyond
    assert {abs(one.nats) for one in found.reasons} == {3.7, 5.5}
    told = found.prior + found.beyond + sum(one.nats for one in found.reasons)
    assert told == pytest.approx(found.odds)


def test_what_is_not_counted_of_a_takeover_is_told_as_well() -> None:
    posterior = (0.1, 0.0, 0.1, 0.8)
    found = weigh(Assessment(posterior, 0.1, (), (2.5, 1.5)), is_attack=False)
    assert (found.toward, found.beyond) == (Hypothesis.TAKEN_OVER, -1.5)
    assert weigh(Assessment(posterior, 0.1, (), (2.5, 0.0)), is_attack=False).beyond == 0


def test_what_moves_nothing_is_no_reason() -> None:
    parts = (part("a", 0.0, 0.0, 0.0), part("b", 1.0, 1.0, 0.0))
    assert weigh(Assessment(ONE, 0.1, parts), is_attack=False).reasons == ()


def test_a_harmless_conclusion_is_weighed_against_the_likeliest_harm() -> None:
    found = weigh(Assessment((0.7, 0.1, 0.05, 0.15), 0.1, ()), is_attack=False)
    assert (found.toward, found.against) == (Hypothesis.ONE_PERSON, Hypothesis.TAKEN_OVER)


def test_an_attack_is_weighed_by_itself() -> None:
    found = weigh(Assessment(ONE, 0.98, (part("spray", 0, 0, 0, attack=4.5),)), is_attack=True)
    assert (found.toward, found.against) == (None, None)
    assert found.odds == pytest.approx(log(0.98 / 0.02))
    assert found.prior == pytest.approx(found.odds - 4.5)


def test_certainty_is_no_infinity() -> None:
    assert weigh(Assessment((0.0, 0.0, 1.0, 0.0), 1.0, ()), is_attack=False).odds < 30
    assert weigh(Assessment(ONE, 1.0, ()), is_attack=True).odds < 30


def test_the_likelier_harmless_explanation() -> None:
    shares = dict(zip(Hypothesis, ONE, strict=True))
    assert likeliest_harmless(shares) is Hypothesis.ROAMING
