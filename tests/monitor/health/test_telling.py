"""Findings are told in both languages, with their facts, whatever is missing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.health.rule import abouts
from monitor.health.telling import remedy_of, sentence_of, title_of


def test_facts_are_told_as_what_they_are() -> None:
    told = sentence_of("silent", {"quiet": 5_400_000}, "en")
    assert told == "Nothing has come for 1 hour 30 minutes, which is long for it at this hour."
    told = sentence_of("rejects", {"share": 0.256, "reason": "not JSON"}, "fr")
    assert told.startswith("26\u202f% de ses dernières lignes")
    assert told.endswith("not JSON")
    assert "1,024 MiB" in sentence_of("disk_low", {"free": 1024}, "en")


def test_a_reason_may_differ_by_language() -> None:
    facts = {"en": "no such file", "fr": "pas de fichier"}
    assert sentence_of("trouble", facts, "en") == "It cannot be read: no such file"
    assert "pas de fichier" in sentence_of("trouble", facts, "fr")


def test_a_finding_of_another_version_is_still_shown() -> None:
    assert title_of("mood", "en") == "mood"
    assert sentence_of("mood", {}, "fr")
    assert remedy_of("mood", "en") == ""


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", sorted(abouts()))
@given(
    facts=st.dictionaries(
        st.sampled_from(["quiet", "share", "reason", "free", "en", "fr", "ahead"]),
        st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()),
    )
)
def test_no_fact_makes_it_fail_or_reach_the_terminal(
    kind: str, language: str, facts: dict[str, Any]
) -> None:
    told = sentence_of(kind, facts, language)
    assert "{" not in told.replace("{", "", sum(str(v).count("{") for v in facts.values()))
    assert "\x1b" not in told
    assert title_of(kind, language)
    assert remedy_of(kind, language)
