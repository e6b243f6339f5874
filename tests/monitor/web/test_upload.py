"""Files are taken as they were sent, in any pieces, and within their limits."""

import asyncio
import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.web import upload
from monitor.web.upload import LONGEST_FIELD, body_file, upload_of

BOUNDARY = "xYz"
FULL = Path("/dev/full")
"""A device that takes nothing: as a disk that is full."""
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def form(*parts: tuple[str, bytes], end: bytes = b"--\r\n") -> bytes:
    sent = b""
    for headers, content in parts:
        sent += f"--{BOUNDARY}\r\nContent-Disposition: form-data; {headers}\r\n\r\n".encode()
        sent += content + b"\r\n"
    return sent + f"--{BOUNDARY}".encode() + end


def request(pieces: Sequence[bytes], kind: str = TYPE) -> Request:
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        piece = left.pop(0) if left else b""
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def sent(body: bytes, size: int = 1 << 20, kind: str = TYPE) -> tuple[dict[str, str], str, bytes]:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    got = asyncio.run(upload_of(request(pieces, kind)))
    with got.file as file:
        return got.fields, got.name, file.read()


GOOD = form(
    ('name="token"', b"abc"),
    ('name="list"; filename="équipe.csv"', b"uid\r\n--xY\r\nu-1\r\n"),
    ('name="empty"', b""),
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1_000])
def test_a_form_is_taken_in_any_pieces(size: int) -> None:
    fields, name, content = sent(GOOD, size)
    assert fields == {"token": "abc", "empty": ""}
    assert (name, content) == ("équipe.csv", b"uid\r\n--xY\r\nu-1\r\n")


@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_file_comes_as_it_was(content: bytes, size: int) -> None:
    if f"\r\n--{BOUNDARY}".encode() in b"\r\n" + content:
        return
    body = form(('name="list"; filename="a"', content), ('name="b"', b"c"))
    assert sent(body, size) == ({"b": "c"}, "a", content)


@given(st.binary(max_size=200), st.integers(1, 40))
def test_any_body_is_taken_or_refused(body: bytes, size: int) -> None:
    for start in (b"", GOOD[:80], GOOD[:-6]):
        with suppress(HTTPException):
            sent(start + body, size)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (GOOD, "application/json", 415),
        (GOOD, "multipart/form-data", 415),
        (b"", TYPE, 400),
        (GOOD[:-6], TYPE, 400),
        (form(('name="a"', b"b")), TYPE, 400),
        (form(('filename="a"', b"b")), TYPE, 400),
        (form(*[('name="l"; filename="a"', b"b")] * 2), TYPE, 400),
        (form(('name="a"', b"b" * (LONGEST_FIELD + 1))), TYPE, 413),
        (form(*[(f'name="f{n}"', b"") for n in range(40)]), TYPE, 400),
        (b"x" * 10_000, TYPE, 400),
        (f"--{BOUNDARY}\r\n".encode() + b"x" * 10_000, TYPE, 400),
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(HTTPException) as refused:
        sent(body, 1_000, kind)
    assert refused.value.status_code == status


def test_what_is_too_large_is_refused() -> None:
    for take in (upload_of, body_file):
        with pytest.raises(HTTPException) as refused:
            asyncio.run(take(request([b"x" * 90, b"y" * 20]), 100))
        assert refused.value.status_code == 413


def test_a_body_is_a_file() -> None:
    with asyncio.run(body_file(request([b"uid\n", b"u-1\n"], "text/csv"))) as file:
        file.seek(0)
        assert file.read() == b"uid\nu-1\n"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_new_file", lambda: io.FileIO(FULL, "r+"))
    body = form(('name="log"; filename="a.log"', b"x" * 10_000))
    for take in (upload_of(request([body])), body_file(request([body], "text/plain"))):
        with pytest.raises(HTTPException) as refused:
            asyncio.run(take)
        assert refused.value.status_code == 507
