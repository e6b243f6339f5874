"""Proving the audit is work: one at a time in a process, telling how far it is, until nobody
listens any more."""

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from msgspec import Struct

from monitor.services.actor import Actor
from monitor.services.audit import Audit, Proof

_PATIENCE_S: Final = 60.0
"""How long one part of the proof may take: some thousand entries."""
_proving = threading.Lock()


class ProvedAlreadyError(Exception):
    """Somebody else is at it: whoever asks twice gets nothing more by it."""

    def __init__(self) -> None:
        super().__init__("The audit is being proved already: ask again when it is.")


class Step(Struct, frozen=True, kw_only=True):
    """How far a proof is: entries that were looked at, of so many when it began; and, at the end,
    what came of it."""

    looked: int
    of: int
    proof: Proof | None = None


class _StoppedError(Exception):
    """Nobody listens."""


def proved(audit: Audit, actor: Actor) -> Proof:
    """The whole proof. Raises ProvedAlreadyError, and NotAllowedError."""
    if not _proving.acquire(blocking=False):
        raise ProvedAlreadyError
    try:
        return audit.verify(actor)
    finally:
        _proving.release()


def proved_on_the_way(audit: Audit, actor: Actor) -> Iterator[Step]:
    """The same, step by step; where the iterator is closed the proof ends. Raises at once what
    `proved` raises, and while it goes on whatever it meets."""
    of = audit.size(actor)
    if not _proving.acquire(blocking=False):
        raise ProvedAlreadyError
    heard: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    is_over = threading.Event()

    def told(more: int) -> None:
        if is_over.is_set():
            raise _StoppedError
        heard.put(more)

    def ended(_: Future[Proof]) -> None:
        _proving.release()
        heard.put(None)

    pool = ThreadPoolExecutor(1, "audit proof")
    work = pool.submit(audit.verify, actor, told)
    work.add_done_callback(ended)
    pool.shutdown(wait=False)
    return _steps(work, heard, is_over, of)


def _steps(
    work: Future[Proof], heard: queue.SimpleQueue[int | None], is_over: threading.Event, of: int
) -> Iterator[Step]:
    looked = 0
    try:
        yield Step(looked=looked, of=of)
        while (more := heard.get(timeout=_PATIENCE_S)) is not None:
            looked += more
            yield Step(looked=looked, of=of)
        proof = work.result()
        yield Step(looked=proof.verdict.entries, of=of, proof=proof)
    finally:
        is_over.set()
