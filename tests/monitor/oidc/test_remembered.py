"""A provider is asked once by all at a time, seldom, and what it said is not believed for ever."""

import asyncio
from collections.abc import Callable

import pytest

from monitor import clock
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.remembered import KEPT_S, LAST_S, REREAD_S, RETRIED_S, Remembered


class Asked:
    """Counts who asks, and fails while it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.fails = False

    async def __call__(self) -> int:
        self.count += 1
        await asyncio.sleep(0)
        if self.fails:
            raise RefusedError(Reason.UNREACHABLE, "down")
        return self.count


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass."""
    now = [1_000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_all_at_once_ask_once() -> None:
    asked = Asked()
    remembered = Remembered(asked)

    async def many() -> list[int]:
        return await asyncio.gather(*(remembered.get() for _ in range(50)))

    assert asyncio.run(many()) == [1] * 50
    assert asked.count == 1


def test_whoever_goes_away_takes_it_from_nobody() -> None:
    asked = Asked()
    remembered = Remembered(asked)

    async def two() -> int:
        first = asyncio.ensure_future(remembered.get())
        second = asyncio.ensure_future(remembered.get())
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(two()) == 1


def test_it_is_asked_again_when_it_is_old(passes: Callable[[float], None]) -> None:
    remembered = Remembered(Asked())
    assert asyncio.run(remembered.get()) == 1
    passes(KEPT_S - 1)
    assert asyncio.run(remembered.get()) == 1
    passes(1)
    assert asyncio.run(remembered.get()) == 2


def test_what_is_missing_is_asked_for_but_not_in_a_flood(passes: Callable[[float], None]) -> None:
    remembered = Remembered(Asked())
    assert asyncio.run(remembered.get()) == 1
    for _ in range(20):
        assert asyncio.run(remembered.get(lambda found: found > 5)) == 1
    passes(REREAD_S)
    assert asyncio.run(remembered.get(lambda found: found > 5)) == 2


def test_while_it_is_down_what_was_said_holds_for_a_day(passes: Callable[[float], None]) -> None:
    asked = Asked()
    remembered = Remembered(asked)
    assert asyncio.run(remembered.get()) == 1
    asked.fails = True
    passes(LAST_S - REREAD_S - 1)
    with pytest.raises(RefusedError):
        asyncio.run(remembered.get())
    assert asyncio.run(remembered.get()) == 1, "until it is asked again"
    passes(REREAD_S + 1)
    for _ in range(2):
        with pytest.raises(RefusedError):
            asyncio.run(remembered.get())


def test_one_that_never_answered_is_left_alone_for_a_moment(
    passes: Callable[[float], None],
) -> None:
    asked = Asked()
    asked.fails = True
    remembered = Remembered(asked)
    for _ in range(5):
        with pytest.raises(RefusedError, match="down"):
            asyncio.run(remembered.get())
    assert asked.count == 1
    asked.fails = False
    passes(RETRIED_S)
    assert asyncio.run(remembered.get()) == 2
