"""Logging as it was before: what a test sets up for its whole process meets no other test."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from monitor import logs

_OFTEN_SET: Final = (*logs._QUIET, "uvicorn", "uvicorn.error")
"""Loggers that are set up before anybody has asked for them."""
_Kept = tuple[int, bool, bool, list[logging.Handler]]


@contextmanager
def logging_as_before() -> Iterator[None]:
    """Undo what is done in the block to loggers, and to what is told of an error that ends us."""
    for name in _OFTEN_SET:
        logging.getLogger(name)
    before = {one: _kept(one) for one in _loggers()}
    hooks, is_json = (sys.excepthook, threading.excepthook), logs._State.is_json
    is_off = logging.root.manager.disable
    try:
        yield
    finally:
        for one, (level, one.disabled, one.propagate, handlers) in before.items():
            if one.level != level:
                one.setLevel(level)
            one.handlers[:] = handlers
        for one in _loggers():
            if one not in before:
                one.setLevel(logging.NOTSET)
                one.disabled, one.propagate = False, True
                one.handlers.clear()
        sys.excepthook, threading.excepthook = hooks
        logging.captureWarnings(False)
        logging.disable(is_off)
        logs._State.is_json = is_json


def _loggers() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    return [logging.root, *(one for one in known if isinstance(one, logging.Logger))]


def _kept(one: logging.Logger) -> _Kept:
    return one.level, one.disabled, one.propagate, one.handlers[:]
