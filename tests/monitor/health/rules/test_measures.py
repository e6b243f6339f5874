"""What was not finished stands until somebody finished it or took it back."""

import pytest

from monitor.health.rule import ENGINE, Running
from monitor.health.rules.measures import judge_stuck
from monitor.health.telling import sentence_of

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()


def test_it_stands_while_there_is_one() -> None:
    found = judge_stuck(Running(begun=0, stuck=2), NOW, NOBODY)[ENGINE]
    assert found.stands
    for language in ("en", "fr"):
        assert "2" in sentence_of("measures_unfinished", found.facts, language)


@pytest.mark.parametrize("stuck", [None, 0])
def test_without_one_it_is_over(stuck: int | None) -> None:
    assert judge_stuck(Running(begun=0, stuck=stuck), NOW, NOBODY)[ENGINE].stands is False
