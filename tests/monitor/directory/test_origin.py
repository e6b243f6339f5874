"""Whose word stands against whose."""

from itertools import combinations

import pytest

from monitor.directory.origin import Origin, may_replace


def test_a_persons_word_is_the_strongest_and_a_logs_the_weakest() -> None:
    first, *_, last = Origin
    assert (first, last) == (Origin.LOG, Origin.PERSON)


@pytest.mark.parametrize(("weaker", "stronger"), list(combinations(Origin, 2)))
def test_of_two_origins_one_gives_way(weaker: Origin, stronger: Origin) -> None:
    assert may_replace(stronger, weaker)
    assert not may_replace(weaker, stronger)


@pytest.mark.parametrize("origin", Origin)
def test_everybody_may_correct_themselves_and_say_what_nobody_said(origin: Origin) -> None:
    assert may_replace(origin, origin)
    assert may_replace(origin, None)
