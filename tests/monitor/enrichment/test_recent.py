"""The memory computes once, forgets the oldest first and never outgrows its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.enrichment.recent import Recent


class Counting:
    """Upper-cases, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def make(self, key: str | None) -> str | None:
        self.asked.append(key)
        return None if key is None else key.upper()


def test_a_value_is_computed_once_even_when_it_is_none() -> None:
    counting = Counting()
    recent = Recent(counting.make, limit=10, longest=10)
    assert [recent["a"], recent["a"], recent[None], recent[None]] == ["A", "A", None, None]
    assert counting.asked == ["a", None]


def test_what_is_in_use_survives_a_new_generation_and_the_rest_is_forgotten() -> None:
    counting = Counting()
    recent = Recent(counting.make, limit=2, longest=10)
    for key in ("a", "b", "c", "a", "d", "a"):
        assert recent[key] == key.upper()
    assert counting.asked == ["a", "b", "c", "d"]
    assert recent["b"] == "B"
    assert counting.asked == ["a", "b", "c", "d", "b"]


def test_long_keys_are_answered_and_not_kept() -> None:
    counting = Counting()
    recent = Recent(counting.make, limit=10, longest=3)
    assert recent["long!"] == recent["long!"] == "LONG!"
    assert counting.asked == ["long!", "long!"]
    assert not recent


def test_forgetting_drops_both_generations() -> None:
    counting = Counting()
    recent = Recent(counting.make, limit=1, longest=3)
    for key in ("a", "b"):
        assert recent[key] == key.upper()
    recent.forget()
    assert [recent["a"], recent["b"]] == ["A", "B"]
    assert counting.asked == ["a", "b", "a", "b"]


@given(st.lists(st.text(alphabet="abcdef", max_size=2), max_size=200), st.integers(1, 5))
def test_it_is_right_and_bounded_for_any_sequence(keys: list[str], limit: int) -> None:
    recent = Recent(Counting().make, limit=limit, longest=2)
    for key in keys:
        assert recent[key] == key.upper()
        assert len(recent) <= limit
        assert len(recent._older) <= limit
