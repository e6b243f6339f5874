"""However a test sets up logging, the next finds it as it was."""

import logging
import logging.config
import sys
import threading
from contextlib import suppress

import pytest
import uvicorn

from monitor import logs
from tests.logged import logging_as_before


def state() -> object:
    names = ("", "alembic", "httpx2", "uvicorn", "uvicorn.access", "monitor")
    found = [logging.getLogger(name) for name in names]
    told = [(one.level, one.disabled, one.propagate, one.handlers[:]) for one in found]
    return told, logs.is_json(), sys.excepthook, threading.excepthook, logging.root.manager.disable


def of_ours() -> None:
    logs.configure("json", "debug", "web")


def of_a_server() -> None:
    uvicorn.Config(lambda: None)


def of_a_file() -> None:
    logging.config.dictConfig({"version": 1, "root": {"level": "ERROR"}})
    logging.disable(logging.CRITICAL)
    logging.getLogger("monitor").addHandler(logging.NullHandler())


def test_so_is_what_is_set_up_of_a_logger_that_nobody_knew() -> None:
    with logging_as_before():
        fresh = logging.getLogger("nobody.knew")
        fresh.setLevel(logging.ERROR)
        fresh.propagate = False
        fresh.addHandler(logging.NullHandler())
    assert (fresh.level, fresh.propagate, fresh.handlers) == (logging.NOTSET, True, [])


@pytest.mark.parametrize("done", [of_ours, of_a_server, of_a_file])
def test_what_is_set_up_for_a_process_is_undone(done) -> None:
    before = state()
    with logging_as_before():
        done()
        assert state() != before
    assert state() == before


def test_it_is_undone_after_a_failure_too() -> None:
    before = state()
    with suppress(KeyError), logging_as_before():
        of_ours()
        raise KeyError
    assert state() == before


@pytest.mark.parametrize("level", [logging.DEBUG, logging.ERROR])
def test_each_test_begins_without_what_the_one_before_it_did(level: int) -> None:
    assert logging.root.level == logging.WARNING
    logs.set_level(logging.getLevelName(level))
