"""What counts as found, as false and as nothing, case by case."""

from collections import Counter

import pytest

from monitor.evaluation.measures import FALSE_ALARM, Measures, cases, measure
from monitor.evaluation.truth import FATIGUE, HIJACKING, SHARING, TAKEOVER, Truth
from monitor.evaluation.verdicts import Verdict
from tests.monitor.evaluation.worlds import (
    BEGIN,
    TENANT,
    attacker,
    called,
    misdeed,
    trial,
    truth,
)

SPRAYING = "password_spraying"


def of(world: Truth, *verdicts: Verdict) -> Measures:
    return measure("vigie", [trial(world, *verdicts)])


def test_sharing_is_found_under_its_name() -> None:
    found = of(truth(misdeed("a"), misdeed("b")), called("a", SHARING, 5))
    assert (found.sharing.recall.found, found.sharing.recall.total) == (1, 2)
    assert (found.sharing.precision.found, found.sharing.precision.total) == (1, 1)
    assert found.honest.flagged.found == 0


def test_another_category_is_found_at_all_and_not_as_such() -> None:
    found = of(truth(misdeed("a")), called("a", TAKEOVER, 5))
    assert found.sharing.recall.found == 0
    assert found.sharing.any.found == 1
    assert found.takeover.precision.value == 0.0
    assert found.honest.flagged.found == 0, "it is no honest account"
    assert [one.reason for one in found.missed] == ["otherwise"]


def test_what_was_said_before_a_takeover_began_does_not_find_it() -> None:
    found = of(truth(misdeed("a", TAKEOVER, at=10)), called("a", TAKEOVER, 5))
    assert found.takeover.recall.found == 0
    assert [one.reason for one in found.missed] == ["early"]


def test_delay_is_from_the_first_act() -> None:
    world = truth(*(misdeed(f"a{n}", TAKEOVER, at=1) for n in range(8)))
    found = of(world, *(called(f"a{n}", TAKEOVER, 1 + n) for n in range(8)))
    assert found.takeover.median_ms.value == 3.5 * 3_600_000
    assert found.takeover.median_ms.low is not None


def test_an_incident_that_rose_after_the_start_counts_from_when_it_rose() -> None:
    verdict = called("a", TAKEOVER, 5)
    risen = Verdict(verdict.kind, TENANT, "a", verdict.called, BEGIN + 11 * 3_600_000, TAKEOVER)
    found = of(truth(misdeed("a", TAKEOVER, at=10)), risen)
    assert found.takeover.recall.found == 1
    assert found.takeover.median_ms.value == 3_600_000


def test_a_false_alarm_on_an_honest_account() -> None:
    verdicts = (called("h1", SHARING, 5, b"1"), called("h1", SHARING, 6, b"1"))
    found = of(truth(misdeed("a"), honest=10), *verdicts)
    assert (found.honest.flagged.found, found.honest.flagged.total) == (1, 10)
    assert found.honest.personas["agent"].found == 1
    assert found.honest.per_thousand_a_week.value == 100.0, "one incident, however often"
    assert found.sharing.precision.value == 0.0


@pytest.mark.parametrize(
    ("said", "is_false"), [("brute_force", False), (SHARING, True), (TAKEOVER, True)]
)
def test_a_target_of_an_attack_is_honest(said: str, is_false: bool) -> None:
    world = truth(misdeed("target", "brute_force", success=False))
    assert of(world, called("target", said, 5)).honest.flagged.found == int(is_false)


def test_a_takeover_out_of_a_spray_that_got_in_is_true() -> None:
    world = truth(
        misdeed("t1", SPRAYING, account=None, accounts=("t1", "t2"), success=True), honest=3
    )
    found = of(world, called("t2", TAKEOVER, 5))
    assert found.takeover.precision.value == 1.0
    assert found.honest.flagged.found == 0


def test_minor_misdeeds_are_neither_looked_for_nor_false() -> None:
    found = of(truth(misdeed("a", minor=True)), called("a", SHARING, 5))
    assert found.sharing.recall.total == 0
    assert found.sharing.precision.value == 1.0
    assert found.honest.flagged.found == 0


def test_allowed_sharing_is_not_to_be_alerted() -> None:
    found = of(truth(misdeed("team", allowed=True)), called("team", SHARING, 5))
    assert found.honest.flagged.found == 1
    assert found.sharing.precision.value == 0.0


def test_a_rule_that_tells_no_category_is_credited_with_both_and_blamed_for_honest_ones() -> None:
    world = truth(misdeed("a"), misdeed("b", TAKEOVER), honest=5)
    found = of(world, *(called(uid, None, 5) for uid in ("a", "b", "h1")))
    assert found.sharing.recall.value == found.takeover.recall.value == 1.0
    assert (found.sharing.precision.found, found.sharing.precision.total) == (1, 2)
    assert (found.takeover.precision.found, found.takeover.precision.total) == (1, 2)
    assert found.honest.flagged.found == 1


def test_a_push_storm_that_was_refused_is_no_takeover() -> None:
    world = truth(
        misdeed("a", FATIGUE, success=False), misdeed("b", FATIGUE), misdeed("c", TAKEOVER)
    )
    assert of(world, called("b", FATIGUE, 5)).takeover.recall.total == 2


def test_stolen_sessions_stand_apart() -> None:
    found = of(truth(misdeed("a", HIJACKING), misdeed("b", TAKEOVER)), called("a", HIJACKING, 5))
    assert found.hijacking.recall.value == 1.0
    assert found.takeover.recall.value == 0.0


def test_sources_by_address_and_by_attack() -> None:
    spray = misdeed("x", SPRAYING, account=None, accounts=(), sources=("192.0.2.1", "192.0.2.2"))
    other = misdeed("y", "account_enumeration", account=None, accounts=(), sources=("192.0.2.3",))
    verdicts = (
        attacker("192.0.2.1", SPRAYING),
        attacker("192.0.2.3", "account_enumeration"),
        attacker("198.51.100.7", SPRAYING),
    )
    found = of(truth(spray, other), *verdicts).sources
    assert (found.recall.found, found.recall.total) == (1, 2)
    assert (found.precision.found, found.precision.total) == (2, 3)
    assert (found.attacks.found, found.attacks.total) == (1, 1)


def test_strategies_apart_and_held_back_ones_marked() -> None:
    world = truth(
        misdeed("a", strategy="relay"),
        misdeed("b", strategy="relay"),
        misdeed("c", strategy="turns", held_back=True),
    )
    found = of(world, called("a", SHARING, 5)).strategies
    assert [(s.strategy, s.held_back, s.right.found, s.right.total) for s in found] == [
        ("relay", False, 1, 2),
        ("turns", True, 0, 1),
    ]


def test_why_something_was_missed() -> None:
    one = trial(truth(misdeed("a"), misdeed("b")))
    one.verdicts[0].use_scores[TENANT, "a"] = 0.4
    missed = measure("vigie", [one]).missed
    assert Counter({m.reason: m.count for m in missed}) == {"weak": 1, "silent": 1}


def test_scores_give_curves() -> None:
    one = trial(truth(misdeed("a"), honest=9))
    one.verdicts[0].sharing_scores[TENANT, "a"] = 0.9
    one.verdicts[0].sharing_scores[TENANT, "h1"] = 0.1
    found = measure("vigie", [one]).sharing_curve
    assert (found.positives, found.negatives, found.area.value) == (1, 9, 1.0)


def test_reauthentication_is_the_least_that_stops_so_much() -> None:
    one = trial(truth())
    sign_ins = one.verdicts[0].sign_ins
    sign_ins.legitimate.update({0.0: 90, 0.5: 9, 0.9: 1})
    sign_ins.stolen.update({0.9: 6, 0.5: 3, 0.0: 1})
    found = measure("vigie", [one]).reauthentication
    told = {one.stopped: (one.reached, one.asked.found) for one in found.asked}
    assert told == {
        0.5: (0.6, 1),
        0.7: (0.9, 10),
        0.8: (0.9, 10),
        0.9: (0.9, 10),
        0.95: (1.0, 100),
        0.99: (1.0, 100),
    }
    assert found.points[-1] == (1.0, 1.0)


def test_several_logs_are_counted_together() -> None:
    trials = [
        trial(truth(misdeed("a")), called("a", SHARING, 5)),
        trial(truth(misdeed("a"), honest=20), called("h1", SHARING, 5)),
    ]
    found = measure("vigie", trials)
    assert (found.sharing.recall.found, found.sharing.recall.total) == (1, 2)
    assert (found.honest.flagged.found, found.honest.flagged.total) == (1, 30)


def test_a_system_that_heard_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="panther did not hear world"):
        measure("panther", [trial(truth())])


def test_what_went_wrong_case_by_case() -> None:
    world = truth(misdeed("a", strategy="relay"), misdeed("b"), misdeed("c"), honest=3)
    verdicts = (called("b", SHARING, 1), called("c", TAKEOVER, 1), called("h2", TAKEOVER, 2))
    found = list(cases([trial(world, *verdicts)], "vigie"))
    told = [(case.what, case.account, case.strategy, case.called, case.persona) for case in found]
    assert told == [
        ("silent", "a", "relay", (), ""),
        ("otherwise", "c", "", (TAKEOVER,), ""),
        (FALSE_ALARM, "h2", "", (TAKEOVER,), "agent"),
    ]
