"""An outlook counts what differs by what it is, and shows first what calls or spares a reviewer."""

from msgspec import structs

from alerts.incident import Category
from alerts.ladder import Step
from alerts.outlook import Pair, examples, outlook
from alerts.policy import SHIPPED, Outcome, Policy
from alerts.trial import Case, Decided, compare, trial
from detectors.core.finding import Severity
from tests.alerts.test_policy import acting, rule
from tests.alerts.test_trial import case

TIME = {"since": 10, "until": 20, "history": 5}


def both(cases: list[Case], other: list[Case], policy: Policy) -> tuple[list[Decided], ...]:
    return list(trial(cases, SHIPPED)), list(trial(other, policy))


def graded(one: Case, severity: Severity) -> Case:
    return structs.replace(one, incident=structs.replace(one.incident, severity=severity))


def test_what_is_done_otherwise_is_counted_by_step_and_conclusion() -> None:
    before, after = both([case("a"), case("b")], [case("a"), case("b")], acting(rule("suspend")))
    found = outlook(before, after, compare(before, after), findings=(4, 4), **TIME)
    assert (found.since, found.until, found.history) == (10, 20, 5)
    assert (found.incidents, found.called) == (Pair(2, 2), Pair(2, 2))
    assert (found.accounts, found.findings) == (Pair(2, 2), Pair(4, 4))
    steps = {(one.step, one.outcome): one.times for one in found.steps}
    assert steps[Step.CHALLENGE, Outcome.SHADOW] == Pair(2, 0)
    assert sum(pair.after for (step, _), pair in steps.items() if step is Step.SUSPEND) == 2
    (kind,) = found.kinds
    assert kind.category is Category.ACCOUNT_TAKEOVER
    assert (kind.answered, kind.added, kind.removed, kind.changed) == (2, 0, 0, 0)
    assert (found.differs, found.same) == (2, 0)


def test_what_calls_a_reviewer_only_on_one_side_comes_first() -> None:
    quiet, loud = graded(case("a"), Severity.LOW), graded(case("a"), Severity.MEDIUM)
    grave = graded(case("b"), Severity.CRITICAL)
    before, after = both([quiet, grave], [loud, grave], acting(rule("suspend")))
    found = compare(before, after)
    told = outlook(before, after, found, findings=(0, 0), **TIME)
    assert told.called == Pair(1, 2)
    shown = examples(found)
    assert [one.subject.uid for one in shown] == ["a", "b"]
    assert (shown[0].before, shown[0].after) == (Severity.LOW, Severity.MEDIUM)
    assert shown[1].removed
    assert shown[1].added[0].rule
    assert examples(found, 1) == shown[:1]


def test_what_is_new_and_what_is_gone_have_one_side() -> None:
    before, after = both([case("a")], [case("b")], SHIPPED)
    found = compare(before, after)
    told = outlook(before, after, found, findings=(1, 1), **TIME)
    (kind,) = told.kinds
    assert (kind.added, kind.removed) == (1, 1)
    sides = {one.subject.uid: (one.before, one.after) for one in examples(found)}
    assert sides["a"][1] is None
    assert sides["b"][0] is None
