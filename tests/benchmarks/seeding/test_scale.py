"""A part of the whole is the same in small: nothing is missing from it, and it is as long."""

import pytest

from benchmarks.seeding.scale import FULL


def test_a_part_is_smaller_and_as_many_days_long() -> None:
    part = FULL.part(0.001)
    assert (part.accounts, part.sign_ins, part.incidents) == (100, 10_000, 100)
    assert (part.days, part.since, part.seed) == (FULL.days, FULL.since, FULL.seed)


def test_the_smallest_part_has_some_of_everything() -> None:
    part = FULL.part(1e-9)
    assert min(part.accounts, part.sign_ins, part.incidents, part.tenants) > 0


@pytest.mark.parametrize("share", [0, -0.1, 1.01])
def test_there_is_no_more_than_the_whole(share: float) -> None:
    with pytest.raises(ValueError, match="no part of the whole"):
        FULL.part(share)
