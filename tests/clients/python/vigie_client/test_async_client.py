"""The client under asyncio keeps what both promise, and lets others go on meanwhile."""

import asyncio

import pytest
from vigie_client import AsyncVigie, Cause, Rest, SignIn

from tests.clients.python.asked import KEY, SIGN_IN, by_asyncio
from tests.clients.python.promises import ALLOWED, GENEROUS, Promises
from tests.clients.python.speaking import Speaker, hangs, says


class TestAsyncClient(Promises):
    """The same cases for both."""

    ask = staticmethod(by_asyncio)


def test_who_does_not_answer_is_left_alone() -> None:
    async def ask(url: str) -> list[Cause | None]:
        rest = Rest(failures=1, seconds=60)
        async with AsyncVigie(url, KEY, patience=GENEROUS, rest=rest) as vigie:
            found = [await vigie.decide(SIGN_IN) for _ in range(3)]
        return [decision.trouble and decision.trouble.cause for decision in found]

    with Speaker(says(500)) as speaker:
        assert asyncio.run(ask(speaker.url)) == [Cause.BUSY, Cause.RESTING, Cause.RESTING]
        assert len(speaker.asked) == 3


def test_many_ask_at_once_by_one_client() -> None:
    async def ask(url: str) -> list[str]:
        async with AsyncVigie(url, KEY, patience=GENEROUS) as vigie:
            asked = [SignIn(account=f"u-{number}") for number in range(64)]
            found = await asyncio.gather(*map(vigie.decide, asked))
        assert [decision.uid for decision in found] == [sign_in.uid for sign_in in asked]
        return [decision.uid for decision in found if not decision.is_fallback]

    with Speaker(says(200, ALLOWED)) as speaker:
        assert len(asyncio.run(ask(speaker.url))) == 64


def test_whoever_gives_up_asking_is_not_answered() -> None:
    async def ask(url: str) -> None:
        async with AsyncVigie(url, KEY, patience=GENEROUS) as vigie:
            task = asyncio.create_task(vigie.decide(SIGN_IN))
            while not speaker.asked:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with Speaker(hangs) as speaker:
        asyncio.run(ask(speaker.url))
