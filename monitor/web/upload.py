"""A file that a page or a program sends: kept on disk while it is read, never larger than is said.

Of a form (multipart/form-data, RFC 7578) one file is taken, and small fields beside it; of a body
of another type, all of it.
"""

import errno
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.web.intake import FILE

IN_MEMORY: Final = 1 << 20
"""Bytes of a file beyond which it is written to disk."""
MOST_FIELDS: Final = 32
LONGEST_FIELD: Final = 4_096
"""Bytes of a field, and of the headers of a part."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BOUNDARY: Final = re.compile(r'boundary="?([^";,\s]{1,70})"?\s*(?:;|$)', re.IGNORECASE)
_NAME: Final = re.compile(r'\bname="([^"\r\n]{1,100})"', re.IGNORECASE)
_FILE: Final = re.compile(r'\bfilename="([^"\r\n]{0,300})"', re.IGNORECASE)


class Upload(Struct, frozen=True):
    """What was sent: the fields, and the file with its name. Whoever takes it closes it."""

    fields: dict[str, str]
    name: str
    file: IO[bytes]


async def upload_of(request: Request, most: int = FILE) -> Upload:
    """The file of a form and its fields, `most` bytes in all. Raises HTTPException for what is no
    such form, or larger, and where the disk is full."""
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    if found is None or not request.headers["content-type"].lower().startswith(
        "multipart/form-data"
    ):
        raise HTTPException(415)
    parts = _Parts(b"\r\n--" + found[1].encode("latin-1", "replace"))
    try:
        async for piece in _pieces(request, most):
            with _room():
                parts.feed(piece)
        with _room():
            return parts.end()
    except BaseException:
        parts.close()
        raise


async def body_file(request: Request, most: int = FILE) -> IO[bytes]:
    """A whole body as a file, `most` bytes. Raises HTTPException for one that is larger, and where
    the disk is full."""
    file = _new_file()
    try:
        async for piece in _pieces(request, most):
            with _room():
                file.write(piece)
    except BaseException:
        file.close()
        raise
    return file


class _Parts:
    """Cuts a form into its parts as it comes."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        # The first mark begins the body, without an end of line before it.
        self._rest = b"\r\n"
        self._fields: dict[str, str] = {}
        self._file = _new_file()
        self._name: str | None = None
        self._field: str | None = None
        self._value = b""
        self._is_over = False
        self._is_begun = False

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._rest += piece
        while not self._is_over:
            at = self._rest.find(self._mark)
            if at < 0:
                # What might be the beginning of a mark waits.
                keep = len(self._mark) - 1
                if len(self._rest) > keep and self._is_begun:
                    self._put(self._rest[:-keep])
                    self._rest = self._rest[-keep:]
                elif len(self._rest) > LONGEST_FIELD and not self._is_begun:
                    raise HTTPException(400)
                return
            if not self._begin_next(at):
                return

    def end(self) -> Upload:
        """What was sent. Raises HTTPException where it ends too early, or without a file."""
        if not self._is_over or self._name is None:
            raise HTTPException(400)
        self._file.seek(0)
        return Upload(self._fields, self._name, self._file)

    def close(self) -> None:
        """Let go of what was kept."""
        self._file.close()

    def _begin_next(self, at: int) -> bool:
        """Whether the mark at `at` is whole, with the headers of the part behind it."""
        after = self._rest[at + len(self._mark) :]
        if after.startswith(b"--"):
            self._finish(at)
            self._is_over = True
            return True
        end = after.find(b"\r\n\r\n")
        if end < 0:
            if len(after) > LONGEST_FIELD:
                raise HTTPException(400)
            return False
        self._finish(at)
        self._rest = after[end + 4 :]
        self._begin(after[:end].decode("utf-8", "replace"))
        # The next mark stands behind an end of line, which may be the headers' own.
        if self._rest.startswith(self._mark[2:]):
            self._rest = b"\r\n" + self._rest
        return True

    def _begin(self, headers: str) -> None:
        named, file = _NAME.search(headers), _FILE.search(headers)
        if named is None or len(self._fields) >= MOST_FIELDS:
            raise HTTPException(400)
        self._is_begun, self._value = True, b""
        if file is None:
            self._field = named[1]
            return
        if self._name is not None:
            raise HTTPException(400)
        self._field, self._name = None, file[1]

    def _finish(self, at: int) -> None:
        if self._is_begun:
            self._put(self._rest[:at])
        if self._field is not None:
            self._fields[self._field] = self._value.decode("utf-8", "replace")
        self._field = None

    def _put(self, value: bytes) -> None:
        if self._field is None:
            self._file.write(value)
            return
        self._value += value
        if len(self._value) > LONGEST_FIELD:
            raise HTTPException(413)


@contextmanager
def _room() -> Iterator[None]:
    """Raise HTTPException where the disk is full: no fault of the program."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise HTTPException(507) from error


def _new_file() -> IO[bytes]:
    return SpooledTemporaryFile(IN_MEMORY)


async def _pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise HTTPException(413)
        yield piece
