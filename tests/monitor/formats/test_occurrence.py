"""Identical lines numbered within their second, also by a reader that starts again."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats.occurrence import Occurrences

LINES = st.lists(st.tuples(st.integers(100, 103), st.sampled_from((b"a", b"b"))), max_size=30)


def test_identical_lines_of_a_second_are_numbered() -> None:
    seen = Occurrences()
    assert [seen.occurrence(5, b"x") for _ in range(3)] == [0, 1, 2]
    assert seen.occurrence(5, b"y") == 0
    assert seen.occurrence(6, b"x") == 0
    assert seen(5, b"x") == 3


@given(LINES.map(sorted), st.integers(0, 30))
def test_a_reader_that_starts_again_goes_on_exactly(
    lines: list[tuple[int, bytes]], at: int
) -> None:
    whole = Occurrences()
    expected = [whole.occurrence(*line) for line in lines]
    before, after = Occurrences(), Occurrences()
    first = [before.occurrence(*line) for line in lines[:at]]
    after.restore(before.save())
    assert first + [after.occurrence(*line) for line in lines[at:]] == expected


@given(LINES)
def test_live_and_replay_agree(lines: list[tuple[int, bytes]]) -> None:
    live, replay = Occurrences(), Occurrences(limit=None)
    assert [live(*line) for line in lines] == [replay(*line) for line in lines]


def test_a_clock_far_ahead_does_not_make_the_present_forgotten() -> None:
    before, after = Occurrences(), Occurrences()
    for second, line in ((9_000, b"ahead"), (9_001, b"ahead"), (10, b"x"), (11, b"x"), (11, b"x")):
        before.occurrence(second, line)
    after.restore(before.save())
    assert after.occurrence(11, b"x") == 2
    assert after.occurrence(10, b"x") == 1
    assert after.occurrence(9_001, b"ahead") == 1


def test_only_a_few_seconds_are_saved() -> None:
    seen = Occurrences()
    for second in range(1_000):
        seen.occurrence(second, b"x")
    assert len(seen.save()) < 100


def test_what_a_live_reader_remembers_is_bounded() -> None:
    seen = Occurrences(limit=10)
    for number in range(1_000):
        seen.occurrence(7, b"%d" % number)
    assert len(seen.save()) < 300
    assert seen.occurrence(7, b"999") == 1
    assert seen.occurrence(7, b"0") == 0


def test_restoring_forgets_what_was_and_refuses_what_is_no_save() -> None:
    seen = Occurrences()
    seen.occurrence(1, b"x")
    seen.restore(Occurrences().save())
    assert seen.occurrence(1, b"x") == 0
    with pytest.raises(msgspec.DecodeError):
        seen.restore(b"\xc1")
