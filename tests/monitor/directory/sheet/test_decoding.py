"""A list is read however it was saved, and a guess is told."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.decoding import decode

LIST = "identifiant;prénom\r\nu-1;Zoé\r\n"


@pytest.mark.parametrize(
    ("saved", "encoding"),
    [
        (LIST.encode(), "utf-8"),
        (LIST.encode("utf-8-sig"), "utf-8"),
        (LIST.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + LIST.encode("utf-16-be"), "utf-16"),
        (LIST.encode("utf-16-le"), "utf-16"),
        (LIST.encode("utf-16-be"), "utf-16"),
        (LIST.encode("utf-32"), "utf-32"),
    ],
)
def test_it_is_read_as_it_was_saved(saved: bytes, encoding: str) -> None:
    read = decode(io.BytesIO(saved))
    assert (read.text.read(), read.encoding, read.remark) == (LIST, encoding, None)


def test_windows_is_guessed_and_told_with_the_line() -> None:
    read = decode(io.BytesIO(("uid;a\r\n1;b\r\n" + LIST).encode("cp1252")))
    assert read.text.read().endswith(LIST)
    assert read.encoding == "windows-1252"
    assert read.remark is not None
    assert "line 3" in read.remark.en
    assert "ligne 3" in read.remark.fr


def test_a_slip_far_behind_is_told_with_its_line() -> None:
    saved = b"uid\n" + b"u-1\n" * 50_000 + b"\xe9t\xe9\n"
    read = decode(io.BytesIO(saved))
    assert read.remark is not None
    assert "line 50002" in read.remark.en


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"PK\x03\x04rest", "save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "save the sheet as CSV"),
        (b"uid\nu-1\n\xff\x81\n", "line 3 is neither"),
        (b"\xef\xbb\xbfuid\n\xff\n", "line 2 is neither"),
        (b"\xff\xfeu\x00i", "is neither"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(saved: bytes, told: str) -> None:
    with pytest.raises(DirectoryError, match=told):
        decode(io.BytesIO(saved))


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(saved: bytes) -> None:
    with suppress(DirectoryError):
        decode(io.BytesIO(saved)).text.read()
