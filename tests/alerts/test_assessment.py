"""The assessment: its formula against a plain one, and the laws that it keeps."""

from math import exp, fsum, isclose

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerts.assessment import HYPOTHESES, AssessmentParameters, Scales, assess, leading
from alerts.incident import Assessment, Hypothesis
from detectors.core.finding import CAP, Evidence, Finding, Weights
from tests.alerts.evidence import findings, found, health, many

PRIOR = (0.0, -1.0, -3.6, -4.1)
COLUMNS = ("roaming", "shared", "taken_over")


def softmax(logits: list[float]) -> tuple[float, ...]:
    powers = [exp(logit - max(logits)) for logit in logits]
    return tuple(power / fsum(powers) for power in powers)


def logistic(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit >= 0 else exp(logit) / (1 + exp(logit))


def counted(given: list[Finding], name: str) -> list[float]:
    """Of each group the strongest weight for and the strongest against, and the latest of what a
    model says, written as one thinks."""
    parts = []
    for group in {one.evidence.group for one in given}:
        mine = [f for f in given if f.evidence.group == group]
        values = [getattr(f.evidence.weights, name) for f in mine if not f.evidence.learned]
        parts += [max([0.0, *values]), min([0.0, *values])]
        said = sorted((f for f in mine if f.evidence.learned), key=lambda f: (f.time, f.id))
        parts += [getattr(f.evidence.weights, name) for f in said[-1:]]
    return parts


MOST = 2.7
"""What rules may come to beside a model, in nats."""


def beyond(given: list[Finding]) -> tuple[float, float]:
    """What is not counted of what rules say for sharing beside a model, all beyond `MOST`; and for
    a takeover: what speaks for both, as far as the model speaks for sharing."""
    rules = [one for one in given if not one.evidence.learned]
    spoken = counted([one for one in given if one.evidence.learned], "shared")
    found = max(0.0, fsum(counted(rules, "shared")) - MOST) if any(spoken) else 0.0
    both = 0.0
    for group in {one.evidence.group for one in rules}:
        mine = [one for one in rules if one.evidence.group == group]
        strongest = min(mine, key=lambda one: (-one.evidence.weights.taken_over, one.id))
        weights = strongest.evidence.weights
        both += max(0.0, weights.taken_over) if weights.shared > 0 else 0.0
    return found, min(found, both, max(0.0, fsum(spoken)))


def test_a_model_renews_its_opinion_and_a_rule_does_not_take_back() -> None:
    first = found(0, group="people", shared=3.0, learned=True)
    later = found(5, group="people", shared=-1.0, learned=True)
    assert assess([first, later]) != assess([first])
    assert assess([later, first]).posterior == assess([later]).posterior
    one, other = found(0, shared=3.0), found(5, shared=1.0)
    assert assess([one, other]).posterior == assess([one]).posterior


def test_beside_a_model_rules_speak_for_sharing_by_so_much_at_most() -> None:
    rules = [found(0, group="overlap", shared=5.0), found(1, group="travel", shared=4.0)]
    alone, said = assess(rules), found(2, group="people", shared=0.5, learned=True)
    assert alone.posterior[2] > 0.99, "without a model they speak for themselves"
    assert alone.beyond == (0, 0)
    both = assess([*rules, said])
    assert both.posterior == pytest.approx(assess([found(shared=MOST + 0.5)]).posterior)
    moved = {c.finding: c.weights[2] for c in both.contributions}
    assert (moved[said.id], both.beyond) == (0.5, (9.0 - MOST, 0.0)), (
        "its part is its opinion, and no more"
    )
    assert [moved[one.id] for one in rules] == [5.0, 4.0]
    few = assess([rules[0], found(3, group="travel", shared=-3.0), said])
    assert few.posterior[2] == pytest.approx(assess([found(shared=2.5)]).posterior[2], rel=1e-9)
    loud = assess([*rules, found(4, group="people", shared=4.5, learned=True)])
    assert loud.posterior[2] > 0.9
    given = AssessmentParameters(most_beside_model=50.0)
    assert assess([*rules, said], given).posterior[2] > alone.posterior[2]


SEAT = (
    found(0, group="overlap", shared=6.0),
    found(1, group="travel", shared=6.0, taken_over=2.0),
    found(2, group="reach", shared=2.0, taken_over=2.5),
    found(3, group="sign_in", taken_over=4.5),
)
"""A resold seat's sessions, journeys and sign-ins: the two in the middle speak for both."""


def test_the_limit_does_not_decide_whether_it_is_shared_or_taken_over() -> None:
    likely = assess([*SEAT, found(4, group="people", shared=4.5, learned=True)])
    assert leading(likely.posterior) is Hypothesis.SHARED
    assert likely.beyond == (14.0 - MOST, 4.5)
    unlikely = assess([*SEAT, found(4, group="people", shared=-2.0, learned=True)])
    assert leading(unlikely.posterior) is Hypothesis.TAKEN_OVER
    assert unlikely.beyond == (14.0 - MOST, 0.0)


@pytest.mark.parametrize(("said", "left_out"), [(0.01, 0.01), (1.0, 1.0), (6.0, 4.5)])
def test_of_a_takeover_no_more_is_left_out_than_the_model_says_or_speaks_for_both(
    said: float, left_out: float
) -> None:
    opinion = found(4, group="people", shared=said, learned=True)
    assert assess([*SEAT, opinion]).beyond[1] == pytest.approx(left_out)
    assert assess([SEAT[0], SEAT[3], opinion]).beyond[1] == 0, "neither speaks for both"


def test_a_model_of_something_else_takes_nothing_back() -> None:
    rules = [found(0, group="overlap", shared=5.0)]
    other = found(2, group="sign_in_model", taken_over=1.0, learned=True)
    assert assess([*rules, other]).contributions[0].weights[2] in {0.0, 5.0}
    assert assess([*rules, other]).posterior[2] > 0.5


def test_without_evidence_only_the_prior_speaks() -> None:
    assessment = assess([])
    assert assessment.posterior == softmax(list(PRIOR))
    assert assessment.attack == logistic(-3.0)
    assert assessment.contributions == ()
    assert leading(assessment.posterior) is Hypothesis.ONE_PERSON


@given(many)
def test_it_is_the_softmax_of_prior_and_strongest_of_each_group(given: list[Finding]) -> None:
    assessment = assess(given)
    logits = [0.0]
    for prior, name in zip(PRIOR[1:], COLUMNS, strict=True):
        logits.append(fsum([prior, *counted(given, name)]))
    for column, left_out in zip((2, 3), beyond(given), strict=True):
        logits[column] -= left_out
    assert assessment.posterior == pytest.approx(softmax(logits), rel=1e-9)
    assert assessment.attack == logistic(fsum([-3.0, *counted(given, "attack")]))
    assert isclose(sum(assessment.posterior), 1.0)


@given(many)
def test_contributions_and_prior_give_the_posterior_again(given: list[Finding]) -> None:
    assessment = assess(given)
    logits = [
        fsum([prior, *(c.weights[column] for c in assessment.contributions)])
        for column, prior in enumerate(PRIOR)
    ]
    for column, left_out in zip((2, 3), assessment.beyond, strict=True):
        moved = [c.weights[column] for c in assessment.contributions]
        logits[column] = fsum([PRIOR[column], *moved, -left_out])
    assert assessment.posterior == softmax(logits)
    assert assessment.attack == logistic(
        fsum([-3.0, *(c.attack for c in assessment.contributions)])
    )


@given(many)
def test_there_is_one_contribution_per_finding_and_it_is_its_weight_or_nothing(
    given: list[Finding],
) -> None:
    contributions = assess(given).contributions
    assert [c.finding for c in contributions] == sorted(f.id for f in given)
    by_id = {f.id: f for f in given}
    for contribution in contributions:
        own = by_id[contribution.finding].evidence.weights
        assert contribution.detector == by_id[contribution.finding].detector
        assert contribution.weights[0] == 0.0
        for moved, weight in zip(
            (*contribution.weights[1:], contribution.attack),
            (own.roaming, own.shared, own.taken_over, own.attack),
            strict=True,
        ):
            assert moved in (0.0, weight)


@given(st.data(), many)
def test_the_order_and_repetition_of_findings_do_not_matter(
    data: st.DataObject, given: list[Finding]
) -> None:
    other = data.draw(st.permutations(given + given[:3]))
    before = [*other]
    assert assess(other) == assess(given)
    assert other == before


@given(many, findings)
def test_weighing_one_by_one_is_the_same_in_any_order(given: list[Finding], last: Finding) -> None:
    assume(last.id not in {f.id for f in given})
    forth, back = Scales(), Scales()
    for one in [*given, last]:
        forth.add(one)
    for one in [last, *reversed(given)]:
        back.add(one)
    together = [*given, last]
    assert forth.assessment(together) == back.assessment(together) == assess(together)
    for hypothesis in HYPOTHESES:
        assert forth.strongest_for(hypothesis) == back.strongest_for(hypothesis)
    assert not forth.add(last)


@given(many, findings, st.sampled_from(COLUMNS))
def test_evidence_for_an_explanation_never_lowers_it_against_one_person(
    given: list[Finding], more: Finding, name: str
) -> None:
    assume(more.id not in {f.id for f in given} and not more.evidence.learned)
    column = ("one_person", *COLUMNS).index(name)
    before, after = assess(given), assess([*given, more])
    # What a model holds for sharing weighs both ways: then sharing may take from a takeover.
    assume(name != "taken_over" or before.beyond[1] == after.beyond[1])
    risen = after.posterior[column] * before.posterior[0]
    was = before.posterior[column] * after.posterior[0]
    weight = getattr(more.evidence.weights, name)
    if weight >= 0:
        assert risen >= was * (1 - 1e-12)
    if weight <= 0:
        assert risen <= was * (1 + 1e-12)
    if more.evidence.weights.attack >= 0:
        assert after.attack >= before.attack


@given(st.lists(st.floats(0, CAP), min_size=1, max_size=8))
def test_duplicates_of_a_group_do_not_add_up(shared: list[float]) -> None:
    same = [found(hour, shared=weight) for hour, weight in enumerate(shared)]
    apart = [found(h, group=str(h), shared=weight) for h, weight in enumerate(shared)]
    alone = assess([found(shared=max(shared))])
    assert assess(same).posterior == alone.posterior
    assert assess(apart).posterior[2] >= alone.posterior[2] * (1 - 1e-12)
    odds = assess(same).posterior[2] / assess(same).posterior[0]
    assert odds <= exp(-3.6 + CAP) * (1 + 1e-12)


def test_for_and_against_in_one_group_both_count_once() -> None:
    speaks = [
        found(0, shared=3.0),
        found(1, shared=2.0),
        found(2, shared=-1.5),
        found(3, shared=-1.0),
    ]
    moved = [c.weights[2] for c in assess(speaks).contributions]
    assert moved == [3.0, 0.0, -1.5, 0.0]


def test_of_two_as_strong_the_one_of_the_smaller_id_counts() -> None:
    early, late = found(0, shared=3.0), found(1, shared=3.0)
    for given_so in ([early, late], [late, early]):
        assert [c.weights[2] for c in assess(given_so).contributions] == [3.0, 0.0]


def test_of_two_versions_of_one_finding_it_is_always_the_same_that_counts() -> None:
    weak, strong = found(shared=1.0), found(shared=5.0)
    assert weak.id == strong.id
    assert assess([weak, strong]) == assess([strong, weak])
    assert len(assess([weak, strong]).contributions) == 1


def test_a_health_finding_moves_nothing() -> None:
    assert assess([health()]).posterior == assess([]).posterior


def test_extreme_evidence_stays_a_probability() -> None:
    crushing = [
        found(i, group=str(i), roaming=-CAP, shared=-CAP, taken_over=-CAP, attack=-CAP)
        for i in range(400)
    ]
    assessment = assess(crushing)
    assert assessment.posterior == (1.0, 0.0, 0.0, 0.0)
    assert assessment.attack == 0.0
    for_it = [found(i, group=str(i), taken_over=CAP, attack=CAP) for i in range(400)]
    assert assess(for_it).posterior == (0.0, 0.0, 0.0, 1.0)
    assert assess(for_it).attack == 1.0


def test_the_prior_is_a_parameter() -> None:
    trusting = AssessmentParameters(prior_shared=-9.0)
    one = [found(shared=4.0)]
    assert assess(one, trusting).posterior[2] < assess(one).posterior[2]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 50.1, -51.0])
def test_a_senseless_prior_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="prior_shared"):
        AssessmentParameters(prior_shared=value)


def test_every_parameter_says_what_it_is_and_in_what_unit() -> None:
    described = msgspec.inspect.type_info(AssessmentParameters)
    assert isinstance(described, msgspec.inspect.StructType)
    for of in described.fields:
        assert isinstance(of.type, msgspec.inspect.Metadata)
        assert of.type.extra == {"unit": "nats"}
        assert isinstance(of.type.type, msgspec.inspect.FloatType)


def test_the_more_harmless_of_two_as_probable_leads() -> None:
    assert leading((0.1, 0.1, 0.4, 0.4)) is Hypothesis.SHARED
    assert leading((0.4, 0.1, 0.1, 0.4)) is Hypothesis.ONE_PERSON


@given(many)
def test_an_assessment_goes_to_storage_and_back(given: list[Finding]) -> None:
    assessment = assess(given)
    stored = msgspec.msgpack.encode(assessment)
    assert msgspec.msgpack.decode(stored, type=Assessment) == assessment
    assert hash(assessment) == hash(assess(given))


def test_it_does_not_keep_hold_of_facts_that_may_change() -> None:
    facts: dict[str, str | int | float | bool | None] = {"a": 1}
    weights = Weights(shared=2.0)
    one = msgspec.structs.replace(found(), evidence=Evidence("travel", weights, facts))
    before = assess([one])
    facts["a"] = 2
    assert before == assess([one])
