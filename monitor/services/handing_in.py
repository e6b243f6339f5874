"""A log file that somebody hands in: its lines, whatever it is compressed with, into the inbox, a
little at a time, so that no file fills memory."""

import os
from collections.abc import Iterator
from typing import IO, Final

from detectors.core.detector import Text
from monitor.sources.compression import DamagedLogError, Log, open_log
from monitor.sources.lines import BLOCK, Cutter, gather
from monitor.sources.source import Rejected, SourceError
from monitor.store.inbox import MOST_LINES, Parcel

MAXIMUM_SENT: Final = 256 << 20
"""Bytes of a file as it is sent."""
MAXIMUM_READ: Final = 2 << 30
"""Bytes of its lines."""
SENDER: Final = "file/"
"""What the stream of a file is called by, before a part of its own: files are read one by one,
whichever is older."""
_NONE_OF_OURS: Final = {
    b"PK\x03\x04": ".zip",
    b"Rar!": ".rar",
    b"7z\xbc\xaf": ".7z",
    b"\x7fELF": "ELF",
    b"MZ\x90\x00": "EXE",
    b"%PDF": ".pdf",
    b"SQLi": "SQLite",
}


class HandingInError(ValueError):
    """A file is not taken; `text` says why, in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(en=english, fr=french)


def parcels_of(file: IO[bytes], source: str, part: str) -> Iterator[Parcel]:
    """A file's lines in parcels. Raises HandingInError for what is no log, or is too much."""
    file.seek(0)
    _check(file.read(4))
    file.flush()
    log = open_log(f"/dev/fd/{file.fileno()}")
    try:
        yield from _parcels(log, source, SENDER + part)
    except DamagedLogError as error:
        raise HandingInError(
            "the archive is damaged or incomplete: send it again, or send it unpacked",
            "l'archive est endommagée ou incomplète\u00a0: renvoyez-la, ou envoyez-la décompressée",
        ) from error
    except SourceError as error:
        raise HandingInError(error.text.en, error.text.fr) from error
    finally:
        log.close()


def _parcels(log: Log, source: str, sender: str) -> Iterator[Parcel]:
    cutter = Cutter(sender)
    damaged: list[SourceError] = []

    def fill() -> bool:
        try:
            block = log.read(BLOCK)
        except SourceError as error:
            # It is told once, and what came before it is given out first.
            damaged.append(error)
            raise
        if not block:
            cutter.finish()
            return cutter.is_pending()
        cutter.feed(block)
        return True

    is_beginning = True
    while True:
        found = gather(cutter, fill, MOST_LINES)
        if damaged:
            raise damaged[0]
        if found.is_empty() and found.is_at_end:
            return
        if cutter.offset > MAXIMUM_READ:
            raise _too_much()
        if not found.is_empty():
            yield _parcel(source, sender, found.lines, found.rejects, found.first, is_beginning)
            is_beginning = False


def _parcel(
    source: str,
    sender: str,
    lines: list[bytes],
    rejects: tuple[Rejected, ...],
    first: int,
    is_beginning: bool,
) -> Parcel:
    return Parcel(
        source, sender, lines, is_beginning=is_beginning, first_line=first, rejects=rejects
    )


def _check(head: bytes) -> None:
    for magic, name in _NONE_OF_OURS.items():
        if head.startswith(magic):
            raise HandingInError(
                f"this is no log but {name}: unpack it, and send one file of lines (.gz, .zst, .xz "
                "and .bz2 are read as they are)",
                f"ce n'est pas un journal mais {name}\u00a0: décompressez-le et envoyez un fichier "
                "de lignes (.gz, .zst, .xz et .bz2 sont lus tels quels)",
            )


def _too_much() -> HandingInError:
    size = MAXIMUM_READ >> 30
    return HandingInError(
        f"unpacked it is more than {size} GiB: have it read where it lies, as a source of the "
        "settings",
        f"décompressé, il dépasse {size}\u00a0Gio\u00a0: faites-le lire là où il se trouve, comme "
        "source de la configuration",
    )


def size_of(file: IO[bytes]) -> int:
    """Bytes of a file as it was sent."""
    return file.seek(0, os.SEEK_END)
