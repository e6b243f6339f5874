"""What is said of a stranger: every sort of finding has its words and its group."""

from typing import Any, get_args, get_type_hints

from detectors.takeover.telling import GROUPS, Facts
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
