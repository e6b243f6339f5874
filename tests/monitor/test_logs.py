"""What is told is one line for each thing, whoever tells it, and controls nothing."""

import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import logs
from monitor.logs import LONGEST, configure
from tests.logged import logging_as_before


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logging_as_before():
        yield


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_how_bad_what_who_and_where() -> None:
    stream = io.StringIO()
    configure("auto", "info", "engine", stream)
    logging.getLogger("monitor.pipeline").warning("source %s: %s", "ssh", "gone")
    (line,) = told(stream)
    assert list(line)[:3] == ["time", "level", "event"]
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "event": "source ssh: gone",
        "process": "engine",
        "logger": "monitor.pipeline",
    }


def test_fields_are_kept_apart() -> None:
    stream = io.StringIO()
    configure("json", "info", "web", stream)
    logging.getLogger("x").info("opened", extra={"link": "http://127.0.0.1:1/enter#abc", "n": 3})
    (line,) = told(stream)
    assert (line["event"], line["link"], line["n"]) == ("opened", "http://127.0.0.1:1/enter#abc", 3)


def test_what_is_below_the_level_is_not_told() -> None:
    stream = io.StringIO()
    configure("json", "warning", "engine", stream)
    logging.getLogger("x").info("small")
    logging.getLogger("x").error("great")
    assert [line["event"] for line in told(stream)] == ["great"]


def test_an_error_with_its_traceback_is_one_line() -> None:
    stream = io.StringIO()
    configure("json", "info", "engine", stream)
    try:
        int("first\nsecond")
    except ValueError:
        logging.getLogger("x").exception("failed")
    (line,) = told(stream)
    assert "Traceback" in line["exception"].splitlines()[0]
    assert "ValueError" in line["exception"].splitlines()[-1]


def test_other_packages_and_warnings_go_the_same_way() -> None:
    stream = io.StringIO()
    configure("json", "info", "engine", stream)
    logging.getLogger("alembic.runtime.migration").info("every step")
    logging.getLogger("uvicorn.error").error("it failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("careful", UserWarning, stacklevel=1)
    events = [line["event"] for line in told(stream)]
    assert events[0] == "it failed"
    assert "careful" in events[1]
    assert len(events) == 2


@pytest.mark.parametrize("kind", ["json", "console"])
@given(text=st.text(max_size=200), value=st.text(max_size=200))
def test_whatever_a_stranger_wrote_a_line_stays_one_line(kind: str, text: str, value: str) -> None:
    stream = io.StringIO()
    configure(kind, "info", "engine", stream)
    logging.getLogger("x").info("%s", text, extra={"field": value})
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert len(written.splitlines()) == 1
    assert not any(ord(c) < 32 or c in "\x7f\u202e\u2028" for c in written.rstrip("\n"))
    if kind == "json":
        json.loads(written)


def test_a_line_does_not_fill_the_disk() -> None:
    stream = io.StringIO()
    configure("json", "info", "engine", stream)
    logging.getLogger("x").info("x" * 10 * LONGEST)
    assert len(stream.getvalue()) < LONGEST + 500


def test_words_are_told_where_they_are_wanted() -> None:
    stream = io.StringIO()
    configure("console", "info", "engine", stream)
    assert not logs.is_json()
    logging.getLogger("x").warning("gone")
    assert stream.getvalue().endswith("Z warning engine: gone\n")


def test_before_a_terminal_nothing_is_json_and_what_is_there_stays() -> None:
    stream, kept = Terminal(), logging.StreamHandler(io.StringIO())
    logging.getLogger().handlers[:] = [kept]
    configure("auto", "debug", "engine", stream, is_rich=True)
    assert not logs.is_json()
    assert logging.getLogger().handlers == [kept]
    configure("auto", "debug", "web", stream)
    logging.getLogger("x").info("here")
    assert stream.getvalue().endswith("info web: here\n")


def test_what_nobody_foresaw_is_one_line_too() -> None:
    program = (
        "import threading\n"
        "from monitor.logs import configure\n"
        "configure('json', 'info', 'engine')\n"
        "one = threading.Thread(target=lambda: 1 / 0)\n"
        "one.start(); one.join()\n"
        "raise KeyError('no such thing')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    first, second = map(json.loads, done.stderr.splitlines())
    assert "ZeroDivisionError" in first["exception"]
    assert "no such thing" in second["exception"]
    assert second["level"] == "critical"


@pytest.mark.parametrize(("kind", "starts"), [("json", "{"), ("console", "the port is taken")])
def test_a_process_that_cannot_go_on_says_why(kind: str, starts: str) -> None:
    program = (
        "from monitor import logs\n"
        f"logs.configure({kind!r}, 'info', 'web')\n"
        "logs.end('the port is taken')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(starts)
    assert len(done.stderr.splitlines()) == 1


def test_a_filter_makes_text_harmless_for_any_handler() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "a %s", ("\x1b[31m",), None)
    assert logs.harmless(record)
    assert record.getMessage() == "a \\x1b[31m"
