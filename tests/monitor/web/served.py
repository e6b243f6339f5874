"""The web process as a browser finds it, from its first page to its end."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
PATIENCE_S: Final = 240.0
"""For what a process does in a second where nothing else is done."""


@contextmanager
def serving(*arguments: str, told: bytes = b"") -> Iterator[tuple[str, int]]:
    """The host and the port that it serves on; `told` are its settings as it is told them.

    When the block is left it ends with its standard input. Whatever happens, nothing of it is left
    to whichever test comes next.
    """
    server = subprocess.Popen(
        [sys.executable, "-m", "monitor.web.serve", *arguments, "--announce"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        server.stdin.write(told)
        server.stdin.flush()
        host, port = server.stdout.readline().decode().split()
        yield host, int(port)
        server.stdin.close()
        assert server.wait(PATIENCE_S) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
        with suppress(OSError):  # what it was told may lie there unread
            server.stdin.close()
