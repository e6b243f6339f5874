"""Writes the demonstration's log while it happens: `python -m monitor.simulation.staging FILE`.

First the history, as fast as it is made; then every line when its time comes. Ends when its
standard input does, so that it never outlives whoever started it.
"""

import argparse
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from monitor import clock
from monitor.simulation.demonstration import ACCOUNTS, SEED, Demonstration

_AT_ONCE = 2_000
_WAIT_MS = 200


def stage(path: Path, demonstration: Demonstration, *, is_over: "Ending") -> None:
    """Append the history to the log at `path`, then what happens, until it is over."""
    with path.open("ab") as log:
        for lines in _chunks(record.line for record in demonstration.history()):
            _append(log, lines)
            if is_over(0):
                return
        for due in demonstration.live():
            while (wait := due.time - clock.now_ms()) > 0:
                if is_over(min(wait, _WAIT_MS) / 1000):
                    return
            _append(log, [due.line])


class Ending:
    """Whether the pipe that holds us has been closed."""

    def __init__(self, held: BinaryIO) -> None:
        self._held = held

    def __call__(self, seconds: float) -> bool:
        """Wait so long at most; whether it has been."""
        readable, _, _ = select.select([self._held], [], [], seconds)
        return bool(readable) and self._held.read(1) == b""


def _append(log: BinaryIO, lines: list[bytes]) -> None:
    log.write(b"".join(line + b"\n" for line in lines))
    log.flush()


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _AT_ONCE:
            yield chunk
            chunk = []
    yield chunk


def main(arguments: list[str] | None = None) -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    given = parser.parse_args(arguments)
    # Whoever waits for a page comes first; the history is read slower than it is written anyway.
    os.nice(10)
    demonstration = Demonstration(clock.now_ms(), given.seed, given.accounts)
    stage(given.log, demonstration, is_over=Ending(sys.stdin.buffer))


if __name__ == "__main__":
    main()
