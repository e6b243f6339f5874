"""A file is read whatever it is packed with, as exactly as one on disk, and never held whole."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from tempfile import TemporaryFile

import pytest
import zstandard

from monitor.formats.format import MAXIMUM_LINE
from monitor.services import handing_in
from monitor.services.handing_in import HandingInError, parcels_of
from monitor.store.inbox import MOST_LINES, Parcel

LINES = b"one\r\ntwo\n\nthree"


def handed(sent: bytes) -> list[Parcel]:
    with TemporaryFile() as file:
        file.write(sent)
        return list(parcels_of(file, "s", "f1"))


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress],
)
def test_its_lines_come_out_of_whatever_it_is_packed_with(pack: Callable[[bytes], bytes]) -> None:
    parcels = handed(pack(LINES))
    assert [line for one in parcels for line in one.lines] == [b"one", b"two", b"", b"three"]
    assert [one.is_beginning for one in parcels] == [True] + [False] * (len(parcels) - 1)
    assert {one.sender for one in parcels} == {"file/f1"}


def test_long_files_come_in_parts_with_their_line_numbers() -> None:
    parcels = handed(b"x\n" * (MOST_LINES + 5))
    assert [(one.first_line, len(one.lines)) for one in parcels] == [
        (1, MOST_LINES),
        (MOST_LINES + 1, 5),
    ]
    assert [one.is_beginning for one in parcels] == [True, False]


def test_a_line_that_is_too_long_is_put_aside_and_the_others_are_read() -> None:
    parcels = handed(b"a\n" + b"x" * (MAXIMUM_LINE + 9) + b"\nb\n")
    assert [line for one in parcels for line in one.lines] == [b"a", b"b"]
    assert sum(len(one.rejects) for one in parcels) == 1


def test_what_is_no_log_or_damaged_is_refused_in_both_languages() -> None:
    packed = gzip.compress(LINES * 999)
    for sent in (b"PK\x03\x04zip", b"\x7fELF...", packed[: len(packed) // 2]):
        with pytest.raises(HandingInError) as refused:
            handed(sent)
        assert refused.value.text.en != refused.value.text.fr


def test_a_bomb_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_in, "MAXIMUM_READ", 1 << 20)
    with pytest.raises(HandingInError, match="more than"):
        handed(gzip.compress(b"x" * 99 + b"\n" * 1) + gzip.compress(b"y\n" * (2 << 20)))
