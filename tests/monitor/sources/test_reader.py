"""One open file: blocks in order, and no byte of another file taken for one of this."""

import os
from pathlib import Path

import pytest

from detectors.core.detector import Text
from monitor.sources.compression import Log, open_log
from monitor.sources.mark import HEAD, Mark, Part, Sighting
from monitor.sources.reader import Reader, TruncatedError
from monitor.sources.source import SourceError


def reader(path: Path, offset: int = 0) -> Reader:
    status = path.stat()
    head = path.read_bytes()[:HEAD]
    seen = Sighting(str(path), status.st_dev, status.st_ino, status.st_size, 0, head)
    mark = Mark(status.st_dev, status.st_ino, b"", 0, offset)
    mark.learn(head)
    return Reader(Part(seen, mark), open_log(str(path), offset))


def test_it_reads_on_from_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    one = reader(path, 4)
    assert one.fill()
    assert one.cutter.take(9) == [b"two"]
    assert not one.fill()
    assert one.is_at_end()
    one.note()
    assert (one.mark.offset, one.mark.line) == (8, 1)
    assert one.is_place(path.stat())
    one.log.close()


def test_it_knows_its_file_by_more_as_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\n")
    one = reader(path)
    assert one.fill()
    one.cutter.take(9)
    with path.open("ab") as file:
        file.write(b"x" * 2_000 + b"\n")
    assert one.fill()
    assert one.mark.head == HEAD
    assert one.mark.fits(path.read_bytes()[:HEAD])
    one.log.close()


@pytest.mark.parametrize("now", [b"", b"on", b"two\n", b"a longer line than was there before\n"])
def test_another_content_is_noticed_whatever_its_length(tmp_path: Path, now: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\n")
    one = reader(path)
    assert one.fill()
    one.cutter.take(9)
    path.write_bytes(now)
    with pytest.raises(TruncatedError):
        one.fill()
    one.log.close()


def test_what_was_empty_is_looked_at_again_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    one = reader(path)
    assert not one.fill()
    path.write_bytes(b"one\n")
    with pytest.raises(TruncatedError):
        one.fill()
    one.log.close()


def test_a_block_that_could_not_be_checked_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\n")
    one = reader(path)

    def fail(log: Log, size: int) -> bytes:
        raise SourceError(Text(en="broken disk", fr="disque en panne"))

    with monkeypatch.context() as patched:
        patched.setattr(Log, "head", fail)
        with pytest.raises(SourceError, match="broken disk"):
            one.fill()
    assert one.fill()
    assert one.cutter.take(9) == [b"one"]
    one.log.close()
    assert os.path.exists(path)
