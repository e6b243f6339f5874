"""Timers ring when it is time to, in transactions of their own, and none holds up another."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from monitor.responding.duty import Surroundings
from monitor.responding.ringing import AGAIN_S, Clockwork, open_duty
from monitor.responding.timer import MOST, Ringing, Timer, timers
from monitor.settings import Settings
from monitor.store.writing import Writing


class Passing:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def clockwork(database: Engine, *timers: Timer) -> tuple[Clockwork, Passing, Surroundings]:
    passing = Passing()
    around = Surroundings(settings=Settings(), database=database, now=lambda: 7)
    return Clockwork(around, timers, passing), passing, around


def rings(clockwork: Clockwork) -> int:
    count = 0
    while clockwork.step():
        count += 1
    return count


def test_each_rings_at_its_own_times(database: Engine) -> None:
    rung: list[str] = []

    def ring(name: str) -> Callable[[Ringing], int]:
        return lambda ringing: rung.append(name) or ringing.now - 6

    made, passing, around = clockwork(
        database, Timer("often", ring("often"), 1_000), Timer("seldom", ring("seldom"), 60_000)
    )
    assert rings(made) == 2
    passing.now += 1
    assert rings(made) == 1
    passing.now += 60
    assert rings(made) == 2
    assert (rung.count("often"), rung.count("seldom")) == (3, 2)
    assert around.counts.told() == {"timer.often": 3, "timer.seldom": 2}


def test_it_rings_again_at_once_while_there_is_more(database: Engine) -> None:
    left = [MOST, MOST, 3]
    made, _, _ = clockwork(database, Timer("ends", lambda _: left.pop(0), 60_000))
    assert rings(made) == 3


def test_an_error_undoes_its_own_transaction_and_the_others_ring(database: Engine) -> None:
    def fail(ringing: Ringing) -> int:
        Writing(ringing.connection).set_note("half", b"x")
        raise OperationalError("update", None, Exception("away"))

    rung: list[int] = []
    made, _, around = clockwork(
        database, Timer("a", fail, 60_000), Timer("b", lambda _: rung.append(1) or 0, 60_000)
    )
    with pytest.raises(OperationalError):
        made.step()
    assert rings(made) == 1
    assert rung == [1]
    with database.connect() as connection:
        assert Writing(connection).note("half") is None
    assert "timer.a" not in around.counts.told()


def test_without_timers_there_is_nothing_to_do(database: Engine) -> None:
    made, _, _ = clockwork(database)
    assert not made.step()
    made.close()


def test_those_of_the_folder_ring_on_an_empty_database(database: Engine) -> None:
    made = open_duty(Surroundings(settings=Settings(), database=database))
    for _ in timers():
        assert made.step()
    assert not made.step()


def test_a_timer_with_a_bug_is_told_and_the_others_ring(database: Engine) -> None:
    def fail(_ringing: Ringing) -> int:
        raise ZeroDivisionError

    rung: list[int] = []
    made, passing, _ = clockwork(
        database, Timer("a", fail, 1_000), Timer("b", lambda _: rung.append(1) or 0, 1_000)
    )
    for _ in range(3):
        rings(made)
        passing.now += AGAIN_S
    assert len(rung) == 3
    assert "ZeroDivisionError" in (made.complaint() or "")


def test_a_thing_that_a_timer_meets_a_bug_over_holds_up_none_of_its_others(
    database: Engine,
) -> None:
    def ring(ringing: Ringing) -> int:
        for thing in ("bad", "good"):
            if ringing.aside.has(thing):
                continue
            with ringing.aside.over(thing):
                Writing(ringing.connection).set_note(thing, b"x")
                if thing == "bad":
                    raise ZeroDivisionError
        return 1

    made, _, around = clockwork(database, Timer("a", ring, 1_000))
    rings(made)
    with database.connect() as connection:
        assert Writing(connection).note("good") == b"x"
        assert Writing(connection).note("bad") is None
    assert around.counts.told() == {"timer.a": 1}
