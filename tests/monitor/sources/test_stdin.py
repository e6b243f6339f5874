"""Standard input: a real pipe, a file redirected into it, and a slow reader."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from monitor.clock import monotonic, now_ms
from monitor.formats.format import MAXIMUM_LINE
from monitor.sources.source import Source, SourceError
from monitor.sources.specification import Opening
from monitor.sources.stdin import StdinSource, accepts, opened

READER = """
import sys, time
from monitor.sources.stdin import StdinSource
source = StdinSource("x")
source.resume(None)
lines = rejects = 0
while not source.is_exhausted():
    chunk = source.read(500)
    if chunk is None:
        time.sleep(0.001)
        continue
    assert len(chunk.lines) <= 500
    assert chunk.first_line == lines + rejects + 1
    lines += len(chunk.lines)
    rejects += len(chunk.rejects)
print(lines, rejects)
"""


def test_a_pipe_from_another_process_is_read_to_its_end() -> None:
    text = b"".join(b"line %d\n" % number for number in range(20_000))
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=text + b"x" * (MAXIMUM_LINE + 1) + b"\nlast without newline",
        stdout=subprocess.PIPE,
        check=True,
        cwd=Path(__file__).parents[3],
        timeout=60,
    )
    assert done.stdout.split() == [b"20001", b"1"]


def test_a_pipe_with_nothing_in_it_is_not_waited_for() -> None:
    reading, writing = os.pipe()
    source: Source = StdinSource("x", reading)
    source.resume(None)
    took = []
    for _ in range(5):
        begun = monotonic()
        assert source.read(10) is None
        took.append(monotonic() - begun)
    # A machine that does something else meanwhile does not do so each time.
    assert min(took) < 0.5
    os.write(writing, b"one\r\ntw")
    before = now_ms()
    chunk = source.read(10)
    assert chunk is not None
    assert chunk.lines == [b"one"]
    assert before <= chunk.reference <= now_ms()
    assert chunk.position(0) == "-:1"
    assert not source.is_exhausted()
    os.write(writing, b"o")
    os.close(writing)
    chunk = source.read(10)
    assert chunk is not None
    assert chunk.lines == [b"two"]
    assert chunk.first_line == 2
    assert source.read(10) is None
    assert source.is_exhausted()
    assert source.backlog() is None
    source.close()
    os.close(reading)


def test_a_descriptor_that_does_not_block_is_read_too() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    source = StdinSource("x", reading)
    assert source.read(1) is None
    os.write(writing, b"one\n")
    chunk = source.read(1)
    assert chunk is not None
    assert chunk.lines == [b"one"]
    os.close(writing)
    os.close(reading)


def test_a_file_redirected_into_it_is_read_and_measured(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    descriptor = os.open(path, os.O_RDONLY)
    source = StdinSource("x", descriptor)
    assert source.backlog() == (0, 8)
    chunk = source.read(1)
    assert chunk is not None
    assert chunk.lines == [b"one"]
    assert not source.is_exhausted()
    chunk = source.read(5)
    assert chunk is not None
    assert chunk.lines == [b"two"]
    assert source.is_exhausted()
    assert source.backlog() == (8, 8)
    os.close(descriptor)


def test_a_slow_reader_holds_the_writer_up_and_not_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 99 + b"\n")
    os.truncate(path, 0)
    with path.open("wb") as file:
        file.writelines(b"%099d\n" % number for number in range(200_000))
    descriptor = os.open(path, os.O_RDONLY)
    source = StdinSource("x", descriptor)
    tracemalloc.start()
    for _ in range(1_000):
        assert source.read(3) is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    os.close(descriptor)
    assert peak < 4 << 20


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    source = StdinSource("x", descriptor)
    with pytest.raises(SourceError, match="standard input cannot be read") as caught:
        source.read(1)
    assert "entrée standard" in caught.value.text.fr
    os.close(descriptor)


def test_a_dash_means_it() -> None:
    assert accepts("-")
    assert not accepts("--")
    assert not accepts("auth.log")
    source = opened(Opening("-", "pipe"))
    assert source.name == "pipe"
