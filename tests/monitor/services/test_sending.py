"""What is sent arrives whole, once it can, in the same bytes each time; a refusal says why."""

import gzip
from collections.abc import Callable

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.services import sending
from monitor.services.sending import PATH, Sender, SendError, is_safe

LINES = [b'{"a":1}', b"", b"\xff raw"]


class Elsewhere:
    """Answers what it is told to, in turn, the last one again and again."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def bodies(self) -> list[bytes]:
        return [gzip.decompress(request.content) for request in self.requests]


class Waits:
    """Notes how long was waited; told to stop at the last of them."""

    def __init__(self, most: int = 100) -> None:
        self.seconds: list[float] = []
        self._most = most

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return len(self.seconds) >= self._most


def problem(status: int, **headers: str) -> httpx2.Response:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={"detail": "Because."}, headers=told)


TAKEN = httpx2.Response(202, json={})


def sender(
    elsewhere: Elsewhere,
    waits: Waits | None = None,
    source: str | None = None,
    patience: float | None = None,
) -> Sender:
    return Sender(
        "http://127.0.0.1:8320/",
        "vgk_x",
        source=source,
        pause=waits or Waits(),
        patience=patience,
        transport=httpx2.MockTransport(elsewhere),
    )


def test_lines_go_as_they_are_with_the_key_and_the_source() -> None:
    elsewhere = Elsewhere(TAKEN)
    with sender(elsewhere, source="crm") as made:
        assert made.send(LINES)
    (request,) = elsewhere.requests
    assert request.url == f"http://127.0.0.1:8320{PATH}?source=crm"
    assert request.headers["authorization"] == "Bearer vgk_x"
    assert request.headers["content-type"] == "text/plain"
    assert elsewhere.bodies == [b"\n".join(LINES) + b"\n"]


def test_nothing_is_not_sent() -> None:
    elsewhere = Elsewhere(problem(400))
    assert sender(elsewhere).send([])
    assert sender(elsewhere).send([b"", b" \t"])
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "trouble",
    [
        problem(429, retry_after="7"),
        problem(503, retry_after="7"),
        problem(408, retry_after="7"),
        problem(502, retry_after="7"),
    ],
)
def test_what_may_pass_is_waited_out_and_the_same_is_sent_again(trouble: httpx2.Response) -> None:
    elsewhere, waits = Elsewhere(trouble, trouble, TAKEN), Waits()
    assert sender(elsewhere, waits).send(LINES)
    assert waits.seconds == [7.0, 7.0]
    assert len({request.content for request in elsewhere.requests}) == 1


@pytest.mark.parametrize(
    "error", [httpx2.ConnectError("refused"), httpx2.ReadTimeout("late"), httpx2.ReadError("gone")]
)
def test_without_an_answer_it_waits_longer_and_longer(error: Exception) -> None:
    elsewhere, waits = Elsewhere(*[error] * 9, TAKEN), Waits()
    assert sender(elsewhere, waits).send(LINES)
    assert waits.seconds[:3] == [0.5, 1.0, 2.0]
    assert max(waits.seconds) <= sending.LONGEST_WAIT_S


@pytest.mark.parametrize("told", ["x", "", "-1", "99999", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_nobody_can_make_it_wait_for_ever(told: str) -> None:
    elsewhere, waits = Elsewhere(problem(429, retry_after=told), TAKEN), Waits()
    assert sender(elsewhere, waits).send(LINES)
    assert 0 < waits.seconds[0] <= sending.LONGEST_WAIT_S


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 415])
def test_what_would_be_refused_again_is_told_at_once(status: int) -> None:
    elsewhere = Elsewhere(problem(status, location="http://evil.example/"))
    with pytest.raises(SendError, match=f"{status} Because"):
        sender(elsewhere).send(LINES)
    assert len(elsewhere.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"detail":null}'])
def test_an_answer_of_something_else_is_told_by_its_status(body: bytes) -> None:
    with pytest.raises(SendError, match="404"):
        sender(Elsewhere(httpx2.Response(404, content=body))).send(LINES)


def test_it_gives_up_when_its_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 0.0

    def passing(seconds: float) -> bool:
        nonlocal at
        at += seconds
        return False

    monkeypatch.setattr(sending, "monotonic", lambda: at)
    made = sender(Elsewhere(problem(503)), patience=30.0)
    made._pause = passing
    with pytest.raises(SendError, match="given up"):
        made.send(LINES)
    assert 30 < at < 70


def test_told_to_stop_it_stops() -> None:
    waits = Waits(most=2)
    assert not sender(Elsewhere(problem(503)), waits).send(LINES)
    assert len(waits.seconds) == 2


def limited(most: int) -> Callable[[httpx2.Request], httpx2.Response]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        is_small = gzip.decompress(request.content).count(b"\n") <= most
        return TAKEN if is_small else problem(413)

    return answer


@given(st.integers(1, 40), st.integers(1, 5))
def test_what_is_too_large_goes_in_parts_that_are_the_whole(count: int, most: int) -> None:
    taken: list[bytes] = []
    answer = limited(most)

    def take(request: httpx2.Request) -> httpx2.Response:
        told = answer(request)
        if told.status_code == 202:
            taken.append(gzip.decompress(request.content))
        return told

    made = Sender("http://localhost", "k", pause=Waits(), transport=httpx2.MockTransport(take))
    lines = [b"%d" % number for number in range(count)]
    assert made.send(lines)
    assert b"".join(taken).splitlines() == lines


def test_one_line_that_is_too_large_is_refused() -> None:
    made = Sender(
        "http://localhost", "k", pause=Waits(), transport=httpx2.MockTransport(limited(0))
    )
    with pytest.raises(SendError, match="too large"):
        made.send([b"x"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://vigie.example.com", True),
        ("https://vigie.example.com/behind/a/proxy", True),
        ("http://127.0.0.1:8320", True),
        ("http://[::1]:8320", True),
        ("http://localhost", True),
        ("http://vigie.example.com", False),
        ("http://192.168.1.2", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://", False),
        ("https://", False),
        ("ftp://localhost", False),
        ("vigie.example.com", False),
        ("", False),
    ],
)
def test_a_key_goes_out_encrypted_or_not_at_all(url: str, expected: bool) -> None:
    assert is_safe(url) is expected
