"""What a detector is worth is what is lost without it."""

import pytest

from detectors.core.event import HOUR
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.enrichment.enricher import Enricher
from monitor.enrichment.location import NOWHERE, Whereabouts
from monitor.evaluation.ablation import (
    group_of,
    without_detectors,
    without_features,
    without_findings,
)
from monitor.evaluation.measures import measure
from monitor.evaluation.trial import Judge, Trial
from monitor.settings import load
from tests.monitor.evaluation.worlds import BEGIN, TENANT, misdeed, trial, truth

SETTINGS = load(None)


class Nowhere:
    """Knows no address and no device."""

    version = "nowhere"

    def look_up(self, ip: str | None) -> Whereabouts:
        return None, NOWHERE

    def read(self, user_agent: str | None) -> None:
        return None


def found(detector: str, uid: str, group: str, shared: float) -> Finding:
    subject = Subject(SubjectKind.ACCOUNT, TENANT, uid)
    event = timed_id(BEGIN + HOUR, detector, uid, group)
    evidence = Evidence(group, Weights(shared=shared), {})
    return finding(detector, subject, BEGIN + HOUR, Severity.LOW, evidence, (event,))


def judged() -> Trial:
    judge = Judge(SETTINGS, Enricher(Nowhere(), Nowhere()))
    one = trial(truth(misdeed("a"), misdeed("b"), honest=5))
    one.findings = [
        found("impossible_travel", "a", "travel:FR-TN", 6.0),
        found("concurrent_sessions", "b", "overlap", 3.0),
        found("concurrent_sessions", "b", "turns", 3.0),
        found("session_hijacking", "h1", "session", 6.0),
    ]
    one.verdicts = [judge.verdicts(one, one.findings)]
    one.judge = judge
    return one


def test_each_detector_is_off_in_turn_and_each_group_of_one_that_has_several() -> None:
    one = judged()
    full = measure("vigie", [one])
    assert (full.sharing.recall.found, full.honest.flagged.found) == (2, 1)
    ablated = {(a.off, a.group): a for a in without_findings([one])}
    assert [*ablated] == [
        ("concurrent_sessions", None),
        ("concurrent_sessions", "overlap"),
        ("concurrent_sessions", "turns"),
        ("impossible_travel", None),
        ("session_hijacking", None),
    ]
    told = {
        key: (a.findings, a.measures.sharing.recall.found, a.measures.honest.flagged.found)
        for key, a in ablated.items()
    }
    assert told["concurrent_sessions", None] == (2, 1, 1)
    assert told["concurrent_sessions", "turns"] == (1, 1, 1)
    assert told["impossible_travel", None] == (1, 1, 1)
    assert told["session_hijacking", None] == (1, 2, 0), "it found nothing but a false alarm"


def test_each_feature_of_the_model_is_off_in_turn() -> None:
    """What the model says without it takes the place of what it said."""
    one = judged()
    learned = found("account_sharing", "h2", "people", 6.0)
    weaker = found("account_sharing", "h2", "people", 0.1)
    one.findings = [*one.findings, learned]
    one.variants = {"turns": [learned], "hours": [weaker], "lines": []}
    ablated = {a.group: a for a in without_features([one])}
    assert [*ablated] == ["hours", "lines", "turns"]
    assert {a.off for a in ablated.values()} == {"account_sharing"}
    assert [a.findings for a in ablated.values()] == [1, 1, 0]
    assert ablated["turns"].measures == measure("vigie", [rejudged(one)])
    one.variants = {}
    assert without_features([one]) == []


def rejudged(one: Trial) -> Trial:
    assert one.judge is not None
    one.verdicts = [one.judge.verdicts(one, one.findings)]
    return one


def test_the_trial_itself_is_left_as_it_was() -> None:
    one = judged()
    before = measure("vigie", [one])
    without_findings([one])
    assert measure("vigie", [one]) == before


def test_the_chain_is_run_again_for_each_detector_that_found_anything() -> None:
    one = judged()
    asked: list[frozenset[str]] = []

    def again(off: frozenset[str]) -> list[Trial]:
        asked.append(off)
        return [one]

    ablated = without_detectors(again, [one])
    assert [{a.off} for a in ablated] == [set(off) for off in asked]
    assert [a.findings for a in ablated] == [2, 1, 1]


def test_a_trial_that_cannot_be_judged_again_is_refused() -> None:
    one = judged()
    one.judge = None
    with pytest.raises(ValueError, match="nothing can judge world again"):
        without_findings([one])


def test_a_group_is_named_without_its_instance() -> None:
    assert group_of(found("x", "a", "travel:FR-TN", 1.0)) == "travel"
