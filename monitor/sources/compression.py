"""Logs as bytes, whatever they are compressed with; a bomb cannot fill memory.

Formats are told by their first bytes (RFC 1952 gzip, RFC 8878 Zstandard, xz, bzip2), never by
the name. Members, frames and streams that follow one another are one log.
"""

import bz2
import errno
import lzma
import os
import stat
import zlib
from collections.abc import Callable
from typing import Protocol, cast

import zstandard

from detectors.core.detector import Text
from monitor.sources.source import SourceError

MAXIMUM_WINDOW = 128 << 20
"""Bytes of history that an archive may ask for; the `zstd` and `xz` commands need no more."""
_RAW_BLOCK = 64 << 10
_ZSTANDARD_BLOCK = 512
"""128 KiB come out of 4 bytes at worst, and this decoder gives out all it can: 16 MiB."""
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


class DamagedLogError(SourceError):
    """An archive that ends too early or is corrupt; all that was readable came before this."""


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Log:
    """A plain file. `position` counts the bytes handed out; it may be set on opening."""

    is_compressed = False

    def __init__(self, descriptor: int, path: str, position: int = 0) -> None:
        self.path = path
        self.position = position
        self._descriptor = descriptor

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; empty at the end, for now. Raises SourceError."""
        try:
            block = os.pread(self._descriptor, size, self.position)
        except OSError as error:
            raise unreadable(self.path, error) from error
        self.position += len(block)
        return block

    def head(self, size: int) -> bytes:
        """The first `size` bytes as they are now. Raises SourceError."""
        try:
            return os.pread(self._descriptor, size, 0)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def status(self) -> os.stat_result:
        """What the file system says of the open file."""
        return os.fstat(self._descriptor)

    def consumed(self) -> int:
        """Bytes read so far, as they lie on disk."""
        return self.position

    def is_at_end(self) -> bool:
        """Whether all there is now was read."""
        return self.consumed() >= self.status().st_size

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


class CompressedLog(Log):
    """A compressed file, decompressed as it is read."""

    is_compressed = True

    def __init__(self, descriptor: int, path: str, make: Callable[[], _Decoder]) -> None:
        super().__init__(descriptor, path)
        self._make = make
        self._decoder: _Decoder | None = None
        self._input = b""
        self._consumed = 0
        self._is_over = False

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; empty at the end. Raises DamagedLogError, once."""
        while not self._is_over:
            try:
                block = self._decode(size)
            except _DAMAGE as error:
                self._is_over = True
                raise _damaged(self.path, self.position) from error
            if block:
                self.position += len(block)
                return block
        return b""

    def head(self, size: int) -> bytes:
        """The first `size` bytes, read from the start by another descriptor."""
        with_own = open_log(self.path)
        try:
            return _first(with_own, size)
        finally:
            with_own.close()

    def consumed(self) -> int:
        """Bytes read so far, as they lie on disk."""
        return self._consumed

    def is_at_end(self) -> bool:
        """Whether all there is was read and decompressed."""
        decoder = self._decoder
        is_empty = decoder is not None and decoder.eof and not decoder.unused_data
        return self._is_over or (is_empty and super().is_at_end())

    def _decode(self, size: int) -> bytes:
        decoder = self._decoder
        if decoder is None or decoder.eof:
            return self._begin_member(decoder)
        if decoder.needs_input and not self._input:
            self._input = os.read(self._descriptor, _RAW_BLOCK)
            self._consumed += len(self._input)
            if not self._input:
                raise EOFError
        data, self._input = self._input, b""
        return decoder.decompress(data, size)

    def _begin_member(self, before: _Decoder | None) -> bytes:
        # Zeros between members are padding (gzip and xz both allow it).
        rest = before.unused_data.lstrip(b"\0") if before else b""
        while not rest:
            block = os.read(self._descriptor, _RAW_BLOCK)
            self._consumed += len(block)
            if not block:
                self._is_over = True
                return b""
            rest = block.lstrip(b"\0") if before else block
        self._decoder, self._input = self._make(), rest
        return b""


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._may_hold_more = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail and not self._may_hold_more

    def decompress(self, data: bytes, max_length: int) -> bytes:
        block = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self._may_hold_more = len(block) == max_length
        return block


class _Zstandard:
    def __init__(self) -> None:
        decoder = zstandard.ZstdDecompressor(max_window_size=MAXIMUM_WINDOW)
        self._frame = decoder.decompressobj()
        self._input = memoryview(b"")
        self._output = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._frame.eof and not self._output

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data + bytes(self._input)

    @property
    def needs_input(self) -> bool:
        return not self._input and not self._output

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._input = memoryview(bytes(self._input) + data)
        while not self._output and self._input and not self._frame.eof:
            piece, self._input = self._input[:_ZSTANDARD_BLOCK], self._input[_ZSTANDARD_BLOCK:]
            self._output = memoryview(self._frame.decompress(piece))
        block, self._output = self._output[:max_length], self._output[max_length:]
        return bytes(block)


def _xz() -> _Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAXIMUM_WINDOW)


_MAGIC: tuple[tuple[bytes, Callable[[], _Decoder]], ...] = (
    (b"\x1f\x8b\x08", _Gzip),
    (b"\xfd7zXZ\x00", _xz),
    (b"\x28\xb5\x2f\xfd", _Zstandard),
    (b"BZh", cast(Callable[[], _Decoder], bz2.BZ2Decompressor)),
)
SUFFIXES = (".gz", ".xz", ".zst", ".bz2")


def open_log(path: str, position: int = 0) -> Log:
    """Open a log for reading; `position` is where a plain one starts (a compressed one at 0).

    Raises FileNotFoundError, or SourceError for what is no readable file. Never waits, whatever
    the path is.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _no_file(path, mode)
        make = _decoder_for(os.pread(descriptor, 6, 0))
    except OSError as error:
        os.close(descriptor)
        raise unreadable(path, error) from error
    except SourceError:
        os.close(descriptor)
        raise
    return (
        Log(descriptor, path, position) if make is None else CompressedLog(descriptor, path, make)
    )


def head_of(log: Log, size: int) -> bytes:
    """The first bytes of a log that was just opened, decompressed; what is readable of them."""
    return _first(log, size) if log.is_compressed else log.head(size)


def declared_size(path: str) -> int | None:
    """What a gzip file says its last member decompresses to, modulo 2**32; None for others.

    (RFC 1952, ISIZE.) Equal to the whole only when there is one member of less than 4 GiB.
    """
    with open(path, "rb") as file:
        if not file.read(3).startswith(_MAGIC[0][0]) or file.seek(0, os.SEEK_END) < 18:
            return None
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def unreadable(path: str, error: OSError) -> SourceError:
    """The sentence for what the operating system refused."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError(
            Text(
                en=f"{path}: no permission to read it; give the account that runs Vigie read "
                "access, for instance by its group (`adm` on Debian)",
                fr=f"{path} : lecture interdite ; donnez au compte qui exécute Vigie le droit de "
                "lire, par exemple par son groupe (`adm` sous Debian)",
            )
        )
    why = os.strerror(error.errno) if error.errno else str(error)
    return SourceError(
        Text(
            en=f"{path}: cannot be read ({why}); reading goes on when it can be",
            fr=f"{path} : illisible ({why}) ; la lecture reprendra dès que possible",
        )
    )


def missing(path: str) -> SourceError:
    """The sentence for a path where there is nothing."""
    return SourceError(
        Text(
            en=f"{path}: there is no such file; check the path",
            fr=f"{path} : ce fichier n'existe pas ; vérifiez le chemin",
        )
    )


def _no_file(path: str, mode: int) -> SourceError:
    if stat.S_ISDIR(mode):
        return SourceError(
            Text(
                en=f"{path} is a directory; give a file, or a pattern such as {path}/*.log",
                fr=f"{path} est un répertoire ; donnez un fichier, ou un motif comme {path}/*.log",
            )
        )
    return SourceError(
        Text(
            en=f"{path} is no regular file; pipe it into standard input (-) instead",
            fr=f"{path} n'est pas un fichier ordinaire ; passez-le par l'entrée standard (-)",
        )
    )


def _damaged(path: str, position: int) -> DamagedLogError:
    return DamagedLogError(
        Text(
            en=f"{path}: the archive is damaged or incomplete; its first {position} bytes "
            "(decompressed) were read; fetch it again and ingest it, nothing is doubled",
            fr=f"{path} : l'archive est endommagée ou incomplète ; ses {position} premiers octets "
            "(décompressés) ont été lus ; récupérez-la et réimportez-la, rien ne sera doublé",
        )
    )


def _decoder_for(magic: bytes) -> Callable[[], _Decoder] | None:
    if int.from_bytes(magic[:4], "little") in _SKIPPABLE:
        return _Zstandard
    return next((make for prefix, make in _MAGIC if magic.startswith(prefix)), None)


def _first(log: Log, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        try:
            block = log.read(size)
        except DamagedLogError:
            break
        if not block:
            break
        parts.append(block)
        size -= len(block)
    return b"".join(parts)
