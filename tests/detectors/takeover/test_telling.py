"""What is said of a stranger: every sort of finding has its words and its group."""

from typing import Any, get_args, get_type_hints

import pytest

from detectors.core.finding import Weights
from detectors.core.population import Line, Newness
from detectors.takeover.stranger import Intruder
from detectors.takeover.telling import (
    BACK,
    CHANGE,
    CROSS,
    GROUPS,
    OWNER,
    PRESENT_,
    REACH,
    Facts,
    weights_of,
)
from tests.detectors.story import LINUX, MOSCOW
from tests.detectors.takeover.strangers import found, settled


def test_every_sort_has_words_in_both_languages() -> None:
    told: Any = get_args(get_type_hints(Facts, include_extras=True)["what"])[1]
    values = told.extra["values"]
    assert set(values) == set(GROUPS)
    assert all(text.en and text.fr for text in values.values())


def test_who_came_and_from_where_is_said() -> None:
    [first, *_] = found(settled().sign_on(10, 600, MOSCOW, LINUX, "x"))
    facts = first.evidence.facts
    assert (facts["what"], facts["line"]) == ("novelty", "abroad")
    assert (facts["device"], facts["place"]) == ("Firefox / Linux", "Moscow (RU)")
    assert facts["ip"] == MOSCOW.ip


def stranger(
    line: Line, newness: Newness = Newness.NEW, *, housed: bool = False, at_home: bool = True
) -> Intruder:
    """A computer on a line."""
    return Intruder(
        1,
        1,
        line.value,
        newness is Newness.KNOWN,
        False,
        False,
        3.0,
        newness=newness.value,
        housed=housed,
        at_home=at_home,
    )


@pytest.mark.parametrize("what", [OWNER, PRESENT_, BACK, REACH])
@pytest.mark.parametrize("line", [Line.SAME, Line.ELSEWHERE, Line.NEW, Line.CARRIER])
def test_near_home_two_at_once_are_rather_two_people(what: str, line: Line) -> None:
    near = weights_of(what, stranger(line), 4.4)
    far = weights_of(what, stranger(Line.ABROAD), 4.4)
    assert near.taken_over < far.taken_over == 4.4
    assert near.shared >= far.shared
    assert near.shared > 0


def test_a_country_that_was_opened_today_is_not_near_home() -> None:
    fresh = stranger(Line.NEW, at_home=False)
    assert weights_of(OWNER, fresh, 4.4) == weights_of(OWNER, stranger(Line.ABROAD), 4.4)


def test_the_companys_line_speaks_for_no_takeover() -> None:
    housed = stranger(Line.NEW, housed=True)
    assert {weights_of(what, housed, 3.0) for what in (OWNER, PRESENT_, BACK, CROSS, CHANGE)} == {
        Weights()
    }
    assert weights_of(REACH, housed, 3.0).taken_over == 0.0 < weights_of(REACH, housed, 3.0).shared


def test_the_owner_minutes_before_a_copied_browser_counts_in_full() -> None:
    copied = stranger(Line.NEW, Newness.KNOWN)
    assert weights_of(PRESENT_, copied, 3.1).taken_over == 3.1
    assert weights_of(PRESENT_, copied, 1.9).taken_over == 1.8
    assert weights_of(PRESENT_, stranger(Line.NEW, Newness.UNSAID), 3.1).taken_over == 1.0
