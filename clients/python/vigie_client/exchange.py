"""One question from its first attempt to its end, without a socket: both clients drive it."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from vigie_client.patience import AGAIN, Patience
from vigie_client.trouble import Cause, Trouble

MOST: Final = 256 << 10
"""Bytes of an answer; what is longer is none of Vigie's."""
_TOLD = 300


@dataclass(frozen=True, slots=True)
class Attempt:
    """Ask now, for at most so many seconds."""

    limit: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Ask nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back whole; `retry_after` in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing came back, or not all of it."""

    cause: Cause
    detail: str


Step: TypeAlias = Attempt | Pause
Met: TypeAlias = Answer | Failure | None
Document: TypeAlias = dict[str, Any]


def exchange(
    patience: Patience, clock: Callable[[], float]
) -> Generator[Step, Met, Document | Trouble]:
    """Says what to do next and is sent what came of it (None of a pause); ends with the answer's
    JSON object, or why there is none. `clock` is steady, in seconds."""
    began, made = clock(), 0
    while (limit := patience.limit(clock() - began)) > 0:
        made += 1
        met = yield Attempt(limit)
        spent = clock() - began
        if isinstance(met, Answer) and met.status // 100 == 2:
            return _document(met, made, spent)
        trouble = _trouble(met, made, spent)
        if trouble.cause is Cause.REFUSED:
            return trouble
        wait = patience.wait(made, spent, trouble.retry_after)
        if wait is None:
            return trouble
        yield Pause(wait)
    detail = f"no answer within {patience.deadline:g} s"
    return Trouble(Cause.TOO_SLOW, detail, attempts=made, seconds=clock() - began)


def _document(answer: Answer, made: int, spent: float) -> Document | Trouble:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    return Trouble(
        Cause.UNREADABLE, "what answered sent no JSON object", answer.status, made, spent
    )


def _trouble(met: Met, made: int, spent: float) -> Trouble:
    if isinstance(met, Answer):
        cause = Cause.BUSY if met.status in AGAIN else Cause.REFUSED
        detail = _detail(met.body) or "no reason given"
        return Trouble(cause, detail, met.status, made, spent, met.retry_after)
    cause, detail = (
        (met.cause, met.detail) if isinstance(met, Failure) else (Cause.UNREACHABLE, "not asked")
    )
    return Trouble(cause, detail, attempts=made, seconds=spent)


def _detail(body: bytes) -> str:
    """What a problem document (RFC 9457) says, as one line."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    said = [found[name] for name in ("title", "detail") if isinstance(found.get(name), str)]
    text = ": ".join(said)[:_TOLD]
    return "".join(character if character.isprintable() else " " for character in text)
