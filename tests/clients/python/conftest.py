"""What the client's tests share."""

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def soon() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is so, and fails when it does not become so."""

    def wait(is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 240
        while not is_so():
            assert time.monotonic() < until
            time.sleep(0.01)

    return wait
