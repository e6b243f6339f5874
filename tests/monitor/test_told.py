"""Settings that come line by line: each is taken, bad ones are not, and the end is noticed."""

import logging
import os
import threading

import pytest
from msgspec import structs

from monitor.settings import Settings, to_json
from monitor.told import Lines, listen

FIRST = Settings(tenant="acme")
SECOND = structs.replace(FIRST, tenant="globex")


def line(settings: Settings) -> bytes:
    return to_json(settings, lambda _: True) + b"\n"


def test_each_line_is_told_but_bad_ones_and_then_the_end(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    gone = threading.Event()
    read, write = os.pipe()
    with open(read, "rb") as watched, open(write, "wb", buffering=0) as told:
        lines = Lines(watched)
        # A line comes in as many pieces as the pipe makes of it.
        whole = line(FIRST)
        told.write(whole[:10])
        told.write(whole[10:] + b"{}}\n")
        first = lines.next()
        assert first is not None
        assert first.tenant == "acme"
        with caplog.at_level(logging.WARNING):
            thread = listen(lines, lambda settings: heard.append(settings.tenant), gone.set)
            told.write(line(SECOND))
            told.close()
            assert gone.wait(240)
            thread.join(240)
    assert heard == ["globex"]
    assert "the former ones hold" in caplog.text


def test_the_end_comes_also_in_the_middle_of_a_line() -> None:
    read, write = os.pipe()
    with open(read, "rb") as watched:
        os.write(write, b'{"tenant":')
        os.close(write)
        assert Lines(watched).next() is None
