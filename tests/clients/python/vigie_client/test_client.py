"""The client that waits keeps what both promise, from many threads at once."""

from concurrent.futures import ThreadPoolExecutor

from vigie_client import Cause, Rest, SignIn, Vigie

from tests.clients.python.asked import KEY, SIGN_IN, directly
from tests.clients.python.promises import ALLOWED, GENEROUS, QUICK, Promises
from tests.clients.python.speaking import Speaker, says


class TestClient(Promises):
    """The same cases for both."""

    ask = staticmethod(directly)


def test_who_does_not_answer_is_left_alone_and_found_again() -> None:
    speeches = [says(500)] * 6 + [says(200, ALLOWED)]
    with (
        Speaker(*speeches) as speaker,
        Vigie(speaker.url, KEY, patience=QUICK, rest=Rest(failures=2, seconds=0.05)) as vigie,
    ):
        causes = []
        while (trouble := vigie.decide(SIGN_IN).trouble) is not None:
            causes.append(trouble.cause)
        assert len(speaker.asked) == 7
    assert causes[:2] == [Cause.BUSY, Cause.BUSY]
    assert set(causes[2:]) == {Cause.RESTING}


def test_many_threads_ask_at_once_by_one_client() -> None:
    with Speaker(says(200, ALLOWED)) as speaker, Vigie(speaker.url, KEY, patience=GENEROUS) as one:
        with ThreadPoolExecutor(16) as pool:
            asked = [SignIn(account=f"u-{number}") for number in range(64)]
            found = list(pool.map(one.decide, asked))
        assert [decision.uid for decision in found] == [sign_in.uid for sign_in in asked]
        assert not any(decision.is_fallback for decision in found)
        assert len(speaker.asked) == 64
