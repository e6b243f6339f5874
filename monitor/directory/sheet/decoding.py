"""The text of a list, whichever way it was saved, and a word about it where that is a guess."""

import codecs
import io
from typing import IO, Any, Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.directory.refusal import DirectoryError

_PIECE: Final = 1 << 16
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose little-endian mark is the beginning of this one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_WINDOWS: Final = "windows-1252"
_NAMES: Final = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}


class Decoded(Struct, frozen=True):
    """The text, its ends of lines as they are; how it was saved, and what to say of that."""

    text: io.TextIOWrapper
    encoding: str
    remark: Text | None = None


def decode(given: IO[bytes]) -> Decoded:
    """The text of a file that can be read twice. Raises DirectoryError for what is none."""
    given.seek(0)
    start = given.read(_PIECE)
    _check_kind(start)
    codec = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if codec is None:
        codec = _unmarked(start)
    wrong = _first_wrong_line(given, codec)
    remark = None
    if wrong is not None:
        if codec != "utf-8":
            raise _unreadable(wrong)
        codec, remark = _WINDOWS, _guessed(wrong)
        undefined = _first_wrong_line(given, codec)
        if undefined is not None:
            raise _unreadable(undefined)
    given.seek(0)
    text = io.TextIOWrapper(io.BufferedReader(_Borrowed(given)), codec, newline="")
    return Decoded(text, _NAMES.get(codec, codec), remark)


class _Borrowed(io.RawIOBase):
    """A file that is somebody else's to close."""

    def __init__(self, given: IO[bytes]) -> None:
        self._given = given

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._given.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def _check_kind(start: bytes) -> None:
    if not start.strip():
        raise DirectoryError("", Text("the file is empty", "le fichier est vide"))
    if start.startswith((_ZIP, _OLD_EXCEL)):
        why = Text(
            "this is a workbook or an archive: save the sheet as CSV (UTF-8) first",
            "c'est un classeur ou une archive\u00a0: enregistrez d'abord la feuille en CSV (UTF-8)",
        )
        raise DirectoryError("", why)


def _unmarked(start: bytes) -> str:
    """UTF-16 without its mark has a zero in every other byte of what is plain text."""
    part = start[:1_024]
    even, odd = part[0::2].count(0), part[1::2].count(0)
    if odd > len(part) // 4 and even < odd // 4:
        return "utf-16-le"
    if even > len(part) // 4 and odd < even // 4:
        return "utf-16-be"
    return "utf-8"


def _first_wrong_line(given: IO[bytes], codec: str) -> int | None:
    """The first line that cannot be read so; None where all can."""
    given.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    while True:
        piece = given.read(_PIECE)
        try:
            line += decoder.decode(piece, final=not piece).count("\n")
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        except UnicodeError:
            # Its mark is not whole.
            return line
        if not piece:
            return None


def _guessed(line: int) -> Text:
    return Text(
        f"Read as Windows-1252, as line {line} is no UTF-8: look whether accents are right.",
        f"Lu en Windows-1252 (ligne {line}\u00a0: pas d'UTF-8)\u00a0: vérifiez les accents.",
    )


def _unreadable(line: int) -> DirectoryError:
    return DirectoryError(
        "",
        Text(
            f"line {line} is neither UTF-8 nor Windows-1252: save the list as CSV in UTF-8",
            f"la ligne {line} n'est ni en UTF-8 ni en Windows-1252\u00a0: "
            "enregistrez la liste en CSV UTF-8",
        ),
    )
