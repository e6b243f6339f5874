"""Work that is waited for no longer than a limit, whatever it hangs in."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

T = TypeVar("T")
MOST_LEFT: Final = 32
"""Pieces of work that were given up and have not ended; while there are so many, none begins."""


class Bounded:
    """Each piece of work runs in a thread of its own, since nothing else bounds a name look-up,
    or a server that sends a byte a second. Threads given up do not keep a program from ending."""

    def __init__(self, most_left: int = MOST_LEFT) -> None:
        self._most_left = most_left
        self._left = 0
        self._lock = threading.Lock()

    def run(self, work: Callable[[], T], limit: float) -> T:
        """What the work gives, or raises. Raises TimeoutError when it takes longer than `limit`
        seconds, or too much was given up before and still hangs."""
        if self._left >= self._most_left:
            raise TimeoutError("too many earlier questions still hang")
        ended: Future[T] = Future()
        thread = threading.Thread(target=_do, args=(work, ended), name="vigie-client", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system gives no more threads
            raise TimeoutError(str(error)) from None
        try:
            return ended.result(limit)
        except TimeoutError:
            if ended.done():  # it ended at that very moment, or raised this itself
                return ended.result()
            self._count(1)
            ended.add_done_callback(lambda _: self._count(-1))
            raise TimeoutError(f"no answer within {limit:.3g} s") from None

    def _count(self, more: int) -> None:
        with self._lock:
            self._left += more


def _do(work: Callable[[], T], ended: "Future[T]") -> None:
    try:
        given = work()
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        ended.set_exception(error)
    else:
        ended.set_result(given)
