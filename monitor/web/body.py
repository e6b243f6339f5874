"""The lines of a body as it was sent: decoded and cut, with a limit to everything.

Pure: bytes and what the headers said of them in, lines out. Content codings are those of RFC 9110
(gzip, RFC 1952; zstd, RFC 8878 and RFC 9659), members and frames that follow one another included.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec
import zstandard

from monitor.formats.format import MAXIMUM_LINE
from monitor.formats.limits import LEADING
from monitor.web.problem import Kind, Problem

MAXIMUM_SENT: Final = 8 << 20
"""Bytes of a body as it is sent."""
MAXIMUM_DECODED: Final = 32 << 20
"""Bytes of a body once it is decoded."""
MAXIMUM_LINES: Final = 50_000

NDJSON: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
JSON: Final = "application/json"
PLAIN: Final = "text/plain"
TYPES: Final = (*NDJSON, JSON, PLAIN)
CODINGS: Final = ("gzip", "zstd", "identity")

_WINDOW = 8 << 20
"""What RFC 9659 lets a sender ask for."""
_PIECE = 256 << 10
# A Zstandard block of 4 bytes can be 128 KiB, and its decoder gives out all at once: 4 MiB.
_ZSTANDARD_PIECE = 128
_MEMBERS = 1_000
_FEW_PARTS = 8 * MAXIMUM_LINES
_MOST_PARTS = 80 * MAXIMUM_LINES
_PART = re.compile(rb'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{},])', re.DOTALL)
"""Up to the next character that begins, parts or ends values in JSON, over texts."""
_MARK = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTANDARD_MAGIC = b"\x28\xb5\x2f\xfd"

Counted = Callable[[int], None]
"""Told of each piece's bytes before it is kept; raises to end it."""


def media_type(headers: Mapping[str, str]) -> str:
    """The type that a body is said to be of. Raises Problem for an unknown one, or none."""
    told = headers.get("content-type", "")
    found = told.partition(";")[0].strip().lower()
    if found not in TYPES:
        raise Problem(
            Kind.TYPE_UNKNOWN,
            f"Expected a Content-Type of {', '.join(TYPES)}"
            + (f", got {found[:80]!r}." if found else "."),
            {"Accept": ", ".join(TYPES)},
        )
    return found


def coding(headers: Mapping[str, str]) -> str:
    """How a body is said to be encoded. Raises Problem for anything but one known coding."""
    told = headers.get("content-encoding", "").strip().lower().removeprefix("x-")
    if told not in (*CODINGS, ""):
        raise Problem(
            Kind.CODING_UNKNOWN,
            f"Expected a Content-Encoding of {', '.join(CODINGS)}, got {told[:80]!r}.",
            {"Accept-Encoding": ", ".join(CODINGS)},
        )
    return told or "identity"


def lines_of(sent: bytes, media: str, encoded: str, counted: Counted) -> list[bytes]:
    """The lines of a body, without their ends; blank ones among them are kept, to count right.

    `application/json` is one value, or an array of which each element is a line. Raises Problem
    for a body that is empty, too large, or not what it is said to be.
    """
    pieces = _limited(_DECODERS[encoded](sent), counted)
    lines = _elements(b"".join(pieces).removeprefix(_MARK)) if media == JSON else _cut(pieces)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Problem(Kind.BODY_EMPTY, "Send at least one line.")
    if media != PLAIN and not first.lstrip(LEADING).startswith(b"{"):
        raise Problem(Kind.BODY_UNREADABLE, f"The first line is no JSON object{_hint(first)}.")
    return lines


def _limited(pieces: Iterator[bytes], counted: Counted) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > MAXIMUM_DECODED:
            raise Problem(
                Kind.BODY_TOO_LARGE,
                f"Decoded it is more than {MAXIMUM_DECODED >> 20} MiB: send it in parts.",
            )
        counted(len(piece))
        yield piece


def _cut(pieces: Iterator[bytes]) -> list[bytes]:
    lines: list[bytes] = []
    carry = b""
    has_returns = False
    for piece in pieces:
        _check_count(len(lines) + piece.count(b"\n"))
        found = (carry + piece).split(b"\n")
        carry = found.pop()
        _check_lengths(found, len(lines))
        _check_lengths((carry,), len(lines) + len(found))
        lines += found
        has_returns = has_returns or b"\r" in piece
    if carry:
        _check_count(len(lines) + 1)
        lines.append(carry)
    if has_returns:
        return [line[:-1] if line.endswith(b"\r") else line for line in lines]
    return lines


def _elements(whole: bytes) -> list[bytes]:
    try:
        # Its parts only; what is in them is the formats' to judge.
        if whole.lstrip()[:1] == b"[":
            _check_elements(whole)
            found = [bytes(raw) for raw in msgspec.json.decode(whole, type=list[msgspec.Raw])]
        else:
            found = [bytes(msgspec.json.decode(whole, type=msgspec.Raw))] if whole.strip() else []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(
            Kind.BODY_UNREADABLE, f"The body is no JSON{_hint(whole)}: {error}."
        ) from error
    _check_count(len(found))
    _check_lengths(found, 0)
    return found


def _check_elements(whole: bytes) -> None:
    """Count the elements of an array before there is an object for each: `[0,0,…` of 32 MiB, sent
    as 32 KiB, would take 1.4 GB. Raises Problem; whether it is JSON at all is not looked at."""
    parts = sum(map(whole.count, (b",", b"{", b"[")))
    if parts < _FEW_PARTS:
        return
    if parts > _MOST_PARTS:
        raise Problem(Kind.BODY_TOO_LARGE, "There are too many values: send it in parts.")
    depth = count = 0
    for found in _PART.finditer(whole):
        sign = found[1]
        if sign == b",":
            if depth == 1:
                count += 1
                if count >= MAXIMUM_LINES:
                    _check_count(count + 1)
        else:
            depth += 1 if sign in b"[{" else -1


def _check_count(count: int) -> None:
    if count > MAXIMUM_LINES:
        raise Problem(
            Kind.BODY_TOO_LARGE, f"There are more than {MAXIMUM_LINES:,} lines: send it in parts."
        )


def _check_lengths(lines: list[bytes] | tuple[bytes, ...], before: int) -> None:
    for number, line in enumerate(lines, before + 1):
        if len(line) > MAXIMUM_LINE:
            raise Problem(
                Kind.BODY_TOO_LARGE,
                f"Line {number} is longer than {MAXIMUM_LINE >> 20} MiB.",
                line=number,
            )


def _hint(start: bytes) -> str:
    for magic, name in ((_GZIP_MAGIC, "gzip"), (_ZSTANDARD_MAGIC, "zstd")):
        if start.startswith(magic):
            return f", but {name}: say so by Content-Encoding"
    return ""


def _identity(sent: bytes) -> Iterator[bytes]:
    for start in range(0, len(sent), _PIECE):
        yield sent[start : start + _PIECE]


def _gzip(sent: bytes) -> Iterator[bytes]:
    rest = sent
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        while not member.eof:
            try:
                piece = member.decompress(rest, _PIECE)
            except zlib.error as error:
                raise _damaged("gzip", str(error)) from error
            if piece:
                yield piece
            elif not member.eof and not member.unconsumed_tail:
                raise _damaged("gzip", "it ends too early")
            rest = member.unconsumed_tail
        rest = member.unused_data
        if not rest:
            return
    raise _damaged("gzip", f"it has more than {_MEMBERS} members")


def _zstandard(sent: bytes) -> Iterator[bytes]:
    rest = memoryview(sent)
    for _ in range(_MEMBERS):
        frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
        # Gathered: what comes out of so little is little, mostly.
        pieces, size = [], 0
        while not frame.eof:
            if not rest:
                raise _damaged("zstd", "it ends too early")
            try:
                piece = frame.decompress(rest[:_ZSTANDARD_PIECE])
            except zstandard.ZstdError as error:
                raise _damaged("zstd", str(error)) from error
            rest = rest[_ZSTANDARD_PIECE:]
            pieces.append(piece)
            size += len(piece)
            if size >= _PIECE or frame.eof:
                yield b"".join(pieces)
                pieces, size = [], 0
        rest = memoryview(sent)[len(sent) - len(rest) - len(frame.unused_data) :]
        if not rest:
            return
    raise _damaged("zstd", f"it has more than {_MEMBERS} frames")


def _damaged(name: str, why: str) -> Problem:
    return Problem(Kind.BODY_UNREADABLE, f"The body cannot be decoded as {name}: {why[:200]}.")


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "identity": _identity,
    "gzip": _gzip,
    "zstd": _zstandard,
}
