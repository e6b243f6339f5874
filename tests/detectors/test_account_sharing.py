"""Account sharing: what the model says and when, and why it says nothing of most."""

import copy
from math import exp

import pytest

from detectors.account_sharing import MODEL, AccountSharing, Parameters
from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, Event
from detectors.core.finding import Finding, Severity
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.sharing.usage import Usage
from tests.detectors.models import MODELS
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    PARIS_MOBILE,
    TANA,
    Story,
    run,
)

CONTEXT = Context(models=MODELS)
ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def heard(
    story: Story, parameters: Parameters | None = None, context: Context = CONTEXT
) -> list[Finding]:
    """What the model says."""
    return [f for f in found(story, parameters, context) if f.evidence.learned]


def found(
    story: Story, parameters: Parameters | None = None, context: Context = CONTEXT
) -> list[Finding]:
    """What account_sharing finds once everything is over."""
    last = story.sorted()[-1].time // DAY - story.sorted()[0].time // DAY
    story.sign_on(last + 1, 1439, LYON, CHROME, "end")
    return run(AccountSharing(parameters), story.sorted(), context)


def two(days: int, device=MAC) -> Story:
    """Two computers at work at once, day after day."""
    story = Story()
    for day in range(days):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        story.work([day], LYON_HOME, device, 500, 920, name="two")
    return story


def hostile() -> list[Event]:
    """What the contract suite runs: two people at once, for a week."""
    return two(7).sorted()


HOSTILE = (hostile,)


def test_it_speaks_of_two_people_and_says_why() -> None:
    findings = heard(two(7))
    assert findings
    first = findings[0]
    assert first.evidence.group == "people"
    assert first.evidence.weights.shared == 4.5
    assert first.severity < Severity.MEDIUM
    facts = first.evidence.facts
    assert facts["first"] == "copresent_days"
    assert facts["days"] == 3
    assert facts["odds"] == 90.02
    assert facts["model"] == MODELS[MODEL].version[:12]
    assert first.time % DAY == 0


def test_whatever_it_says_is_learned() -> None:
    assert {f.evidence.learned for f in found(two(12))} == {True}


def test_it_repeats_itself_only_when_it_has_more_to_say_or_once_a_week() -> None:
    assert len(heard(two(6))) == 1
    assert len(heard(two(16))) <= 3


def test_without_a_model_it_says_nothing_learned() -> None:
    assert not heard(two(7), context=Context())


def test_before_three_active_days_it_is_silent() -> None:
    assert not found(two(1))
    assert heard(two(4), Parameters(days=2))[0].time < heard(two(4))[0].time


def test_its_voice_is_capped() -> None:
    [quiet, *_] = heard(two(7), Parameters(most_for=1.0))
    assert quiet.evidence.weights.shared == 1.0


def test_it_is_measured_against_what_is_usual() -> None:
    detector = AccountSharing()
    [first, *_] = heard(two(7))
    less = detector.against(first, 2.0)
    assert less.id == first.id
    assert less.evidence.weights.shared == pytest.approx(4.5 - 1.4)
    assert less.evidence.facts["usual"] == 4.06
    assert less.evidence.facts["odds"] == pytest.approx(exp(3.1), rel=0.01)
    assert less.severity <= first.severity
    assert less.evidence.learned
    assert detector.against(less, -2.0).evidence.weights.shared == 4.5, "its cap holds"
    assert detector.against(first, 40.0).evidence.weights.shared == -2.0
    off = AccountSharing(Parameters(usual=0.0)).against(first, 3.0)
    assert off.evidence.weights == first.evidence.weights


def test_it_speaks_where_the_log_tells_of_sign_ons_alone() -> None:
    story = Story()
    for day in range(6):
        story.sign_on(day, 480, LYON, CHROME, f"a{day}").sign_on(day, 520, TANA, MAC, f"b{day}")
    findings = found(story)
    assert max(f.evidence.weights.shared for f in findings) > 1.0
    assert findings[0].evidence.facts["model"] == MODELS[MODEL].version[:12]
    assert not found(story, Parameters(most_for=0.0)), "it may be silenced"


def test_one_person_at_one_machine_is_nothing_to_weigh() -> None:
    assert not found(Story().work(range(14), LYON, CHROME))


def test_a_phone_on_the_way_is_nothing_to_weigh() -> None:
    story = Story().work(range(10), LYON, CHROME)
    for day in range(10):
        story.sign_on(day, 470, PARIS_MOBILE, IPHONE, f"p{day}")
        story.use(day, 700, PARIS_MOBILE, IPHONE, f"p{day}")
    assert not found(story)


def test_one_person_with_two_browsers_is_spoken_of_as_one() -> None:
    story = Story()
    for day in range(8):
        story.work([day], LYON, CHROME, 480, 700)
        story.work([day], LYON, FIREFOX, 710, 900)
    weights = [f.evidence.weights.shared for f in found(story, Parameters(most_against=2.0))]
    assert weights
    assert max(weights) < 0


def test_a_journey_with_one_laptop_is_not_spoken_for() -> None:
    story = Story().work(range(5), LYON, MAC).work(range(6, 10), MADRID, MAC)
    assert all(f.evidence.weights.shared < 0 for f in found(story))


def test_a_program_s_account_is_left_alone() -> None:
    kinds = {ALICE: AccountKind.SERVICE}
    assert not found(two(7), context=Context(kinds=kinds, models=MODELS))


def test_many_at_once_are_as_one_by_one() -> None:
    detector = AccountSharing()
    fold = Fold(SubjectKind.ACCOUNT, (detector,), Context())
    cases: list[tuple[Subject, Usage, object]] = []
    for number in range(4):
        cell = fold.fresh(Subject(SubjectKind.ACCOUNT, "acme", f"user-{number}"))
        for event in two(4 + number).sorted():
            fold.observe(cell, event)
        until = (cell.seen // DAY + 1) * DAY
        cases.append((cell.subject, cell.states["account_sharing"], cell.profile))
    again = copy.deepcopy(cases)
    alone = [f for s, state, p in again for f in detector.tick(until, s, state, p, CONTEXT)]
    assert detector.tick_many(until, cases, CONTEXT) == alone
    assert alone
