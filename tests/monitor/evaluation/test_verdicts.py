"""What Vigie's incidents and a rule's alerts say, in one form."""

from collections import Counter

import msgspec
import pytest

from alerts.correlation import DEFAULTS, correlate
from detectors.core.event import HOUR
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.evaluation.baselines.panther import Panther
from monitor.evaluation.curves import UNSCORED
from monitor.evaluation.truth import TAKEOVER
from monitor.evaluation.verdicts import Listening, SignIns, of_incidents, score_sign_ins
from tests.monitor.evaluation.worlds import BEGIN, TENANT, TUNIS, sign_in, truth

ALICE = Subject(SubjectKind.ACCOUNT, TENANT, "alice")
SOURCE = Subject(SubjectKind.SOURCE, TENANT, "192.0.2.9")


def found(
    at: float,
    group: str,
    *,
    anchor: bytes | None = None,
    involved: tuple[Subject, ...] = (),
    **w: float,
) -> Finding:
    time = BEGIN + round(at * HOUR)
    event = anchor or timed_id(time, "event", group)
    evidence = Evidence(group, Weights(**w), {})
    return finding(
        "impossible_travel", ALICE, time, Severity.LOW, evidence, (event,), involved=involved
    )


def nobody(subject: Subject, at: int) -> bool:
    return False


def test_a_reviewer_is_called_at_the_finding_that_made_it_medium() -> None:
    findings = [
        found(1, "a", shared=3.0),
        found(2, "b", shared=2.5),
        found(3, "c", shared=4.0),
    ]
    said = of_incidents(correlate(findings), findings, DEFAULTS, nobody)
    (verdict,) = said.called
    assert verdict.called == BEGIN + 2 * HOUR
    assert verdict.reached == BEGIN + 3 * HOUR, "it grew more severe"
    assert verdict.category == "credential_sharing"
    assert verdict.first_from(BEGIN + 2 * HOUR + 1) == verdict.reached
    assert verdict.first_from(BEGIN + 4 * HOUR) is None


def test_below_medium_nobody_is_called_and_the_score_stands() -> None:
    findings = [found(1, "a", shared=3.0)]
    said = of_incidents(correlate(findings), findings, DEFAULTS, nobody)
    assert said.called == []
    assert 0.1 < said.sharing_scores[TENANT, "alice"] < said.use_scores[TENANT, "alice"] < 0.7


def test_everything_that_an_incident_names_is_named() -> None:
    findings = [found(1, "a", involved=(SOURCE,), attack=6.0)]
    said = of_incidents(correlate(findings), findings, DEFAULTS, nobody)
    assert {(v.kind, v.uid) for v in said.called} == {
        (SubjectKind.ACCOUNT, "alice"),
        (SubjectKind.SOURCE, "192.0.2.9"),
    }
    assert len({v.incident for v in said.called}) == 1
    assert said.use_scores == {}, "an attack says nothing of the account's use"


def test_where_sharing_is_allowed_nobody_is_called_for_it() -> None:
    findings = [found(1, "a", shared=6.0)]
    incidents = correlate(findings, sharing_is_allowed=True)
    said = of_incidents(incidents, findings, DEFAULTS, lambda subject, at: True)
    assert said.called == []


def test_log_ons_are_as_risky_as_what_they_brought() -> None:
    event, stolen = sign_in(1), sign_in(2, account="alice", ip="192.0.2.8")
    findings = [found(2, "a", anchor=stolen.id, taken_over=6.0)]
    said = of_incidents(correlate(findings), findings, DEFAULTS, nobody)
    of = truth()
    of.marked["stolen"] = TAKEOVER
    marked = msgspec.structs.replace(stolen, uid="stolen")
    counted = SignIns(Counter({0.0: 5}), Counter({0.0: 1}))
    score_sign_ins(said, findings, {stolen.id: marked}, counted, of, DEFAULTS)
    (risk,) = [score for score, count in said.sign_ins.stolen.items() if count]
    (usual,) = said.sign_ins.legitimate
    assert event.id not in {one.event_ids[0] for one in findings}
    assert usual < 0.05
    assert risk > 0.7
    assert said.sign_ins.legitimate.total() == 5
    assert said.sign_ins.stolen.total() == 1


def test_a_rule_listens_and_is_scored() -> None:
    listening = Listening([Panther])
    listening.observe(sign_in(0), None)
    listening.observe(sign_in(0.5, TUNIS), TAKEOVER)
    listening.observe(sign_in(9, None), "credential_sharing")
    (said,) = listening.verdicts()
    assert [verdict.category for verdict in said.called] == [None]
    assert said.use_scores[TENANT, "alice"] > 900
    assert said.sign_ins.legitimate == {0.0: 1}
    assert said.sign_ins.stolen.total() == 1


def test_what_a_rule_cannot_judge_is_counted_below_all_else() -> None:
    listening = Listening([Panther])
    listening.observe(sign_in(0, None), None)
    (said,) = listening.verdicts()
    assert said.sign_ins.legitimate == {UNSCORED: 1}


@pytest.mark.parametrize(
    ("behaviour", "counted"), [(None, 1), (TAKEOVER, 1), ("credential_sharing", 0)]
)
def test_sharing_is_neither_legitimate_nor_stolen(behaviour: str | None, counted: int) -> None:
    one = SignIns()
    one.add(1.0, behaviour)
    assert one.legitimate.total() + one.stolen.total() == counted
