"""What is asked again, what is not, and that every question comes to an end by itself."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vigie_client.exchange import Answer, Attempt, Failure, Met, Pause, Step, exchange
from vigie_client.patience import Patience
from vigie_client.trouble import Cause, Trouble

GOOD = Answer(200, b'{"decision": "allow"}')
GONE = Failure(Cause.UNREACHABLE, "ConnectError")
SLOW = Failure(Cause.TOO_SLOW, "ReadTimeout")


class World:
    """A clock, and what each attempt meets after how many seconds."""

    def __init__(self, *meets: tuple[Met, float], patience: Patience | None = None) -> None:
        self.now = 100.0
        self.meets = list(meets)
        self.patience = patience or Patience(jitter=lambda: 1.0)
        self.steps: list[Step] = []

    def run(self) -> object:
        steps = exchange(self.patience, lambda: self.now)
        met: Met = None
        try:
            while True:
                step = steps.send(met)
                self.steps.append(step)
                if isinstance(step, Pause):
                    self.now += step.seconds
                    met = None
                else:
                    met, seconds = self.meets.pop(0)
                    self.now += min(seconds, step.limit)
        except StopIteration as ended:
            return ended.value

    @property
    def attempts(self) -> int:
        return sum(isinstance(step, Attempt) for step in self.steps)


def test_a_good_answer_is_the_end() -> None:
    world = World((GOOD, 0.01))
    assert world.run() == {"decision": "allow"}
    assert world.steps == [Attempt(0.8)]


@pytest.mark.parametrize(
    "met", [GONE, SLOW, *(Answer(status, b"") for status in (408, 425, 429, 500, 502, 503, 504))]
)
def test_what_may_pass_is_asked_again(met: Met) -> None:
    world = World((met, 0.01), (met, 0.01), (GOOD, 0.01))
    assert world.run() == {"decision": "allow"}
    assert world.attempts == 3


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 413, 422])
def test_a_refusal_is_not_asked_again_and_says_why(status: int) -> None:
    problem = {"title": "Whoever asks may not do this", "detail": "The key lacks\nits scope."}
    world = World((Answer(status, json.dumps(problem).encode()), 0.01))
    found = world.run()
    assert isinstance(found, Trouble)
    assert (found.cause, found.status, found.attempts) == (Cause.REFUSED, status, 1)
    assert found.detail == "Whoever asks may not do this: The key lacks its scope."


def test_a_server_that_asks_for_a_pause_is_given_it() -> None:
    world = World((Answer(429, b"", 1.0), 0.01), (GOOD, 0.01))
    assert world.run() == {"decision": "allow"}
    assert world.steps[1] == Pause(1.0)


def test_where_the_pause_would_pass_the_deadline_nobody_waits_for_it() -> None:
    world = World((Answer(503, b"", 5.0), 0.01))
    found = world.run()
    assert isinstance(found, Trouble)
    assert (found.cause, found.retry_after) == (Cause.BUSY, 5.0)
    assert world.now < 100.1


def test_the_deadline_is_for_everything_together() -> None:
    world = World(*[(SLOW, 99.0)] * 9, patience=Patience(attempts=9, jitter=lambda: 1.0))
    found = world.run()
    assert isinstance(found, Trouble)
    assert found.cause is Cause.TOO_SLOW
    assert world.now - 100.0 <= 2.0


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in to the network</html>", b"[]", b"[" * 99_999]
)
def test_what_is_no_object_is_no_answer(body: bytes) -> None:
    found = World((Answer(200, body), 0.01)).run()
    assert isinstance(found, Trouble)
    assert found.cause is Cause.UNREADABLE


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [GONE, SLOW, Answer(503, b""), Answer(503, b"", 0.3), Answer(400, b"x")]
            ),
            st.floats(0, 3),
        ),
        min_size=6,
        max_size=6,
    )
)
def test_whatever_is_met_it_ends_within_the_deadline(meets: list[tuple[Met, float]]) -> None:
    world = World(*meets, patience=Patience(attempts=6, jitter=lambda: 0.5))
    assert isinstance(world.run(), Trouble)
    assert world.now - 100.0 <= 2.0 + 1e-9
