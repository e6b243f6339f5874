"""Each day of an account's use, as the detector itself reckons it: never a number of people."""

from collections.abc import Sequence

import pytest

from detectors.account_sharing import AccountSharing
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import DAY
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.sharing.days import UsedDay, used_days
from monitor.models.store import SHIPPED, load
from tests.detectors.story import CHROME, IPHONE, LYON, MAC, PARIS_MOBILE, TANA, Story

CONTEXT = Context(models=load(SHIPPED))


def days_of(story: Story, context: Context = CONTEXT) -> Sequence[UsedDay]:
    events = story.sorted()
    subject = Subject(SubjectKind.ACCOUNT, events[0].tenant, events[0].account)
    until = (events[-1].time // DAY + 2) * DAY
    return used_days(events, subject, AccountSharing(), context, until)


def shared(days: int) -> Story:
    """Two people at once, each at a computer of their own."""
    story = Story()
    for day in range(days):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        story.work([day], TANA, MAC, 500, 920, name="two")
    return story


def test_two_at_once_are_two_computers_and_speak_for_several_people() -> None:
    found = days_of(shared(5))
    assert [(one.computers, one.at_once) for one in found] == [(2, 2)] * 5
    # The model needs three active days before it says anything.
    assert [one.odds is None for one in found] == [True, True, False, False, False]
    assert (found[-1].odds or 0) > 1
    assert found[-1].is_named


def test_one_person_with_a_telephone_is_one_computer_and_no_word_of_the_model() -> None:
    story = Story()
    story.work(range(4), LYON, CHROME, name="desk")
    story.work(range(4), PARIS_MOBILE, IPHONE, 1_100, 1_160, name="phone")
    found = days_of(story)
    assert {(one.computers, one.handhelds, one.at_once) for one in found} == {(1, 1, 1)}
    assert {one.odds for one in found} == {None}


def test_without_a_model_the_days_stay_and_nothing_is_made_up() -> None:
    found = days_of(shared(4), Context())
    assert [one.computers for one in found] == [2] * 4
    assert {one.odds for one in found} == {None}


def test_it_is_what_the_detector_said_at_the_end_of_that_day() -> None:
    events = shared(6).sorted()
    subject = Subject(SubjectKind.ACCOUNT, events[0].tenant, events[0].account)
    fold = Fold(SubjectKind.ACCOUNT, (AccountSharing(),), CONTEXT)
    cell = fold.fresh(subject)
    told = [one for event in events for one in fold.observe(cell, event)]
    told += fold.advance(cell, (events[-1].time // DAY + 1) * DAY)
    by_day = {one.day + DAY: one.odds for one in days_of(shared(6))}
    assert told
    for one in told:
        assert by_day[one.time] == one.evidence.weights.shared


@pytest.mark.parametrize("end", [1_380, 1_740])
def test_the_last_day_of_who_works_past_midnight_is_told(end: int) -> None:
    """The account's own day ends by day, so that it is not over at the first midnight after it."""
    story = Story()
    for day in range(12):
        story.work([day], LYON, CHROME, 960, 1_600, name=f"{day}")
    assert len(days_of(story)) == 12
    story.work([12], LYON, CHROME, 960, end, name="last")
    found = days_of(story)
    assert len(found) == 13
    assert [one.day for one in found] == sorted({one.day for one in found})


def test_watching_the_detector_makes_no_other_detector_known() -> None:
    assert registry.classes()["account_sharing"] is AccountSharing
