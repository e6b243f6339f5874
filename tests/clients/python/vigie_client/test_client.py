"""The client that waits keeps what both promise, from many threads at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from vigie_client import Cause, Rest, SignIn, Vigie, client

from tests.clients.python.asked import KEY, SIGN_IN, directly
from tests.clients.python.promises import ALLOWED, GENEROUS, Promises
from tests.clients.python.speaking import Speaker, says


class TestClient(Promises):
    """The same cases for both."""

    ask = staticmethod(directly)


def test_who_does_not_answer_is_left_alone_and_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep)
    monkeypatch.setattr(client, "time", clock)
    speeches = [says(500)] * 6 + [says(200, ALLOWED)]
    with (
        Speaker(*speeches) as speaker,
        Vigie(speaker.url, KEY, patience=GENEROUS, rest=Rest(failures=2, seconds=5)) as vigie,
    ):
        found = [vigie.decide(SIGN_IN).trouble for _ in range(4)]
        assert len(speaker.asked) == 6
        now[0] += 5
        assert vigie.decide(SIGN_IN).trouble is None
        assert len(speaker.asked) == 7
    causes = [trouble and trouble.cause for trouble in found]
    assert causes == [Cause.BUSY, Cause.BUSY, Cause.RESTING, Cause.RESTING]


def test_many_threads_ask_at_once_by_one_client() -> None:
    with Speaker(says(200, ALLOWED)) as speaker, Vigie(speaker.url, KEY, patience=GENEROUS) as one:
        with ThreadPoolExecutor(16) as pool:
            asked = [SignIn(account=f"u-{number}") for number in range(64)]
            found = list(pool.map(one.decide, asked))
        assert [decision.uid for decision in found] == [sign_in.uid for sign_in in asked]
        assert not any(decision.is_fallback for decision in found)
        assert len(speaker.asked) == 64
