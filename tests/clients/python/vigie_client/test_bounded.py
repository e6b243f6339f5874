"""What hangs is not waited for: neither a name look-up nor a server that drips."""

import threading
from collections.abc import Callable

import pytest
from vigie_client.bounded import Bounded


def test_it_gives_what_the_work_gives_and_raises_what_it_raises() -> None:
    assert Bounded().run(lambda: 7, 5.0) == 7
    with pytest.raises(ZeroDivisionError):
        Bounded().run(lambda: 1 // 0, 5.0)


def test_a_time_out_of_the_works_own_is_the_works() -> None:
    def late() -> None:
        raise TimeoutError("of a socket")

    with pytest.raises(TimeoutError, match="of a socket"):
        Bounded().run(late, 5.0)


def test_what_hangs_is_given_up_and_only_so_much_of_it(
    soon: Callable[[Callable[[], bool]], None],
) -> None:
    go_on = threading.Event()
    bounded = Bounded(most_left=2)
    for _ in range(2):
        with pytest.raises(TimeoutError, match="no answer within"):
            bounded.run(go_on.wait, 0.01)
    with pytest.raises(TimeoutError, match="still hang"):
        bounded.run(lambda: True, 5.0)
    go_on.set()

    def is_free() -> bool:
        try:
            return bounded.run(lambda: True, 5.0)
        except TimeoutError:
            return False

    soon(is_free)


def test_where_the_system_gives_no_thread_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none)
    with pytest.raises(TimeoutError, match="new thread"):
        Bounded().run(lambda: True, 5.0)
