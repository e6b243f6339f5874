"""Starts processes beside the console that try drafts, and ends them with it."""

import logging
import subprocess
import sys
import threading
from typing import Final

import msgspec
from msgspec import Raw

from monitor.settings import Settings, to_json

MODULE: Final = "monitor.rehearsing"
_log = logging.getLogger(__name__)


class Beside:
    """Begins rehearsals under these settings. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        # Nothing that is secret but the way to the database.
        self._settings = Raw(to_json(settings, lambda _: False, serves=False))

    def __call__(self, owner: str, attempt: str) -> None:
        """Try somebody's draft; the process reads it from the database. Raises OSError."""
        told = {"settings": self._settings, "owner": owner, "attempt": attempt}
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(
            target=_attend, args=(process, msgspec.json.encode(told)), daemon=True
        ).start()


def _attend(process: subprocess.Popen[bytes], line: bytes) -> None:
    """Tell it what to do, and wait for its end: what it reads from us ends when we do."""
    if process.stdin is None:
        return
    try:
        process.stdin.write(line + b"\n")
        process.stdin.flush()
        code = process.wait()
    except BrokenPipeError:
        code = process.wait()
    finally:
        process.stdin.close()
    if code:
        _log.warning("a rehearsal ended with %s", code)
