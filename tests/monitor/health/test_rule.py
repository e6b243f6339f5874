"""Rules are found in their folder, and say what they look for in both languages."""

import re
import string

import pytest

from monitor.health.rule import (
    EngineRule,
    Running,
    Verdict,
    abouts,
    detector_subject,
    rules,
    source_of,
    source_subject,
)
from monitor.health.seen import Seen

NOW = 1_800_000_000_000
FIELD = re.compile(r"\{(\w+)")


def test_all_are_found_once() -> None:
    assert {"silent", "clock_ahead", "clock_behind", "rejects", "fruitless", "trouble"} <= set(
        abouts()
    )
    assert len(abouts()) == len(rules())


@pytest.mark.parametrize("kind", sorted(abouts()))
def test_each_says_what_it_is_about(kind: str) -> None:
    about = abouts()[kind]
    assert len(kind) <= 32
    assert set(kind) <= set(string.ascii_lowercase + "_")
    for text in (about.title, about.sentence, about.remedy):
        assert text.en
        assert text.fr
        assert text.en != text.fr
        # In French these are set apart by a space that does not break, or by any at least.
        assert not re.search(r"\w[:;!?](?!\w)", text.fr), text.fr
    assert len(about.title.en) < 40


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.about.kind)
def test_nothing_is_wrong_in_the_beginning(rule: object) -> None:
    if isinstance(rule, EngineRule):
        verdicts = [*rule.judge(Running(begun=NOW), NOW, frozenset()).values()]
    else:
        verdicts = [rule.judge(Seen(NOW), NOW, False)]  # type: ignore[attr-defined]
    assert not any(verdict.stands for verdict in verdicts)
    assert all(isinstance(verdict, Verdict) for verdict in verdicts)


def test_subjects_are_told_apart() -> None:
    assert source_of(source_subject("a:b")) == "a:b"
    assert source_of(detector_subject("a")) is None
    assert source_of("engine") is None
