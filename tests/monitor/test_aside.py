"""A thing that meets an error of ours each time is left alone, and told; the store's troubles are
nobody's."""

import pytest
from sqlalchemy.exc import OperationalError

from monitor.aside import AGAIN, MOST, STORE_TRIES, TRIES, Aside


def away() -> OperationalError:
    return OperationalError("update", None, Exception("away"))


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000

    def __call__(self) -> int:
        return self.at


def fail(aside: Aside, key: str, error: Exception) -> None:
    with pytest.raises(type(error)), aside.over(key):
        raise error
    assert aside.met(error)


def test_a_thing_is_put_aside_after_a_few_tries_and_tried_again_later() -> None:
    clock = Clock()
    aside = Aside(clock)
    for _ in range(TRIES):
        assert not aside.has("a")
        fail(aside, "a", ZeroDivisionError("of camille"))
    assert aside.has("a")
    assert not aside.has("b")
    told = aside.complaint() or ""
    assert "ZeroDivisionError" in told
    assert "camille" not in told
    clock.at += AGAIN
    assert not aside.has("a")
    fail(aside, "a", ZeroDivisionError())
    assert aside.has("a"), "once is enough then"
    clock.at += AGAIN
    with aside.over("a"):
        pass
    assert aside.complaint() is None


def test_a_clock_that_is_set_back_leaves_nothing_aside_for_ever() -> None:
    clock = Clock()
    aside = Aside(clock)
    for _ in range(TRIES):
        fail(aside, "a", ZeroDivisionError())
    clock.at -= 2 * AGAIN
    assert not aside.has("a")


def test_what_the_store_does_not_take_is_put_aside_unless_it_takes_nothing() -> None:
    aside = Aside()
    for _ in range(STORE_TRIES):
        fail(aside, "a", away())
    assert aside.has("a"), "everything else may be taken"
    error = away()
    assert not aside.met(error), "nor is anything else"
    assert not aside.has("a")


def test_of_very_many_things_the_last_are_remembered() -> None:
    aside = Aside()
    for number in range(MOST + 5):
        for _ in range(TRIES):
            fail(aside, str(number), ZeroDivisionError())
    assert not aside.has("4")
    assert aside.has("5")
