"""What the daemon tells a process of its own: settings, a line each, until it is gone itself."""

import logging
import os
import threading
from collections.abc import Callable
from typing import IO

from monitor.settings import Settings, from_json

log = logging.getLogger(__name__)


class Lines:
    """Settings, line by line; unbuffered, so that the end is seen as soon as it is there."""

    def __init__(self, watched: IO[bytes]) -> None:
        self._watched = watched
        self._rest = bytearray()

    def next(self) -> Settings | None:
        """Those of the next line; None at the end. Raises ValueError for what are none."""
        while b"\n" not in self._rest:
            part = os.read(self._watched.fileno(), 1 << 16)
            if not part:
                return None
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return from_json(bytes(line))


def listen(
    lines: Lines, told: Callable[[Settings], object], gone: Callable[[], object]
) -> threading.Thread:
    """Have `told` called for each further line, on a thread of its own, and `gone` at the end."""
    thread = threading.Thread(target=_listen, args=(lines, told, gone), daemon=True)
    thread.start()
    return thread


def _listen(lines: Lines, told: Callable[[Settings], object], gone: Callable[[], object]) -> None:
    while True:
        try:
            settings = lines.next()
        except ValueError as error:
            log.warning("new settings cannot be used, the former ones hold: %s", error)
            continue
        if settings is None:
            gone()
            return
        told(settings)
