"""The file of a backup: a tar of compressed parts with a manifest at its end that proves it whole.

Anybody can open it: each part is MessagePack, a list of rows, compressed by Zstandard; the manifest
is JSON, and names columns, counts and a digest of every part. A file without a manifest is none.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import zstandard
from msgspec import Struct, field

from detectors.core.event import SECOND
from monitor.trouble import Trouble

FORMAT = 1
PART = 4 << 20
"""Bytes of values, about, in one part."""
MOST_UNPACKED = 1 << 28
"""Bytes that a part may unpack to: more is no part of ours."""
_MOST_MANIFEST = 1 << 26
_LEVEL = 3
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
_ABOUT = "ABOUT.txt"
_TOLD = """A backup of Vigie's database. `vigie restore` puts it into an empty one, SQLite's or
PostgreSQL's. It holds personal data: names, addresses, user agents. It does not hold the
instance's key, the settings, nor the logs that were read.
"""


class BackupError(Trouble):
    """A file that is no backup, or not a whole one, or that cannot be written; says why."""


class Part(Struct, frozen=True, kw_only=True):
    """One part: the name of its member, its rows, bytes as they are stored, and their SHA-256."""

    name: str
    rows: int
    size: int
    sha256: str


class Content(Struct, kw_only=True):
    """One table: its columns in the order of the values, its rows, and the parts they are in."""

    columns: list[str]
    rows: int = 0
    parts: list[Part] = field(default_factory=list)


class Manifest(Struct, kw_only=True):
    """What a backup is: its form, the program that made it, the revision of the tables, the kind of
    database, when it was made (ms), the fingerprint of the instance's key that the database
    belongs to, the last numbers given to rows, the audit's head (entries, and the last one's digest
    in hexadecimal), and its tables."""

    format: int
    vigie: str
    revision: str
    database: str
    made: int
    key: str | None
    sequences: dict[str, int]
    audit: tuple[int, str] | None = None
    tables: dict[str, Content] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(content.rows for content in self.tables.values())


class Writer:
    """Writes one backup to an open file, from the first byte to the manifest."""

    def __init__(self, file: BinaryIO, manifest: Manifest) -> None:
        self._manifest = manifest
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self._encode = msgspec.msgpack.Encoder().encode
        self._add(_ABOUT, _TOLD.encode())

    def table(self, name: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> Iterator[int]:
        """Write a table's rows; gives how many each part has, once it is written."""
        content = self._manifest.tables[name] = Content(columns=columns)
        waiting: list[Sequence[Any]] = []
        size = 0
        for row in rows:
            waiting.append(row)
            size += _size(row)
            if size >= PART:
                yield self._write_part(name, content, waiting)
                waiting, size = [], 0
        if waiting:
            yield self._write_part(name, content, waiting)

    def close(self) -> None:
        """Write the manifest: only now is it a backup."""
        told = msgspec.json.format(msgspec.json.encode(self._manifest), indent=1)
        self._add(MANIFEST, told)
        self._add(SEAL, hashlib.sha256(told).hexdigest().encode())
        self._tar.close()

    def _write_part(self, name: str, content: Content, rows: list[Sequence[Any]]) -> int:
        body = self._compress(self._encode(rows))
        member = f"{name}/{len(content.parts):06}.msgpack.zst"
        self._add(member, body)
        digest = hashlib.sha256(body).hexdigest()
        content.parts.append(Part(name=member, rows=len(rows), size=len(body), sha256=digest))
        content.rows += len(rows)
        return len(rows)

    def _add(self, name: str, body: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        member.mode = 0o600
        member.mtime = self._manifest.made // SECOND
        self._tar.addfile(member, io.BytesIO(body))


class Reader:
    """Reads one backup: its manifest first, then the parts that it names, each checked."""

    def __init__(self, path: Path) -> None:
        """Raises BackupError for what is none or not whole, OSError where it cannot be read."""
        self._path = path
        self._decode = msgspec.msgpack.Decoder(list[list[Any]]).decode
        try:
            self._tar = tarfile.TarFile(path, mode="r")
        except tarfile.TarError as error:
            raise BackupError(f"{path} is no backup of Vigie: {error}") from error
        try:
            self.manifest = self._manifest()
        except BackupError:
            self._tar.close()
            raise

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._tar.close()

    def parts(self, table: str) -> Iterator[list[list[Any]]]:
        """The rows of a table, part by part. Raises BackupError for one that is not as written."""
        content = self.manifest.tables[table]
        for part in content.parts:
            body = self._body(part.name, part.size)
            if len(body) != part.size or hashlib.sha256(body).hexdigest() != part.sha256:
                raise BackupError(f"{self._path} is damaged: {part.name} is not what was written")
            rows = self._unpacked(part, body)
            if len(rows) != part.rows or any(len(row) != len(content.columns) for row in rows):
                raise BackupError(f"{self._path} is damaged: {part.name} has other rows")
            yield rows

    def _unpacked(self, part: Part, body: bytes) -> list[list[Any]]:
        try:
            told = zstandard.get_frame_parameters(body).content_size
            if told > MOST_UNPACKED:
                raise BackupError(f"{self._path}: {part.name} is too large to be ours")
            return self._decode(zstandard.ZstdDecompressor().decompress(body, MOST_UNPACKED))
        except (zstandard.ZstdError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BackupError(f"{self._path} is damaged: {part.name}: {error}") from error

    def _manifest(self) -> Manifest:
        told = self._body(MANIFEST, _MOST_MANIFEST)
        if hashlib.sha256(told).hexdigest().encode() != self._body(SEAL, 64):
            raise BackupError(f"{self._path} is damaged: its manifest is not what was written")
        try:
            found = msgspec.json.decode(told, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BackupError(f"{self._path} has a manifest that cannot be read: {error}") from None
        if found.format != FORMAT:
            raise BackupError(
                f"{self._path} is of form {found.format}, this version reads {FORMAT}: "
                "restore it with the version that made it"
            )
        return found

    def _body(self, name: str, most: int) -> bytes:
        try:
            member = self._tar.extractfile(name)
            body = None if member is None else member.read(most + 1)
        except KeyError:
            raise BackupError(
                f"{self._path} is not whole: it has no {name}; it was cut off, or never finished"
            ) from None
        except (tarfile.TarError, OSError) as error:
            raise BackupError(f"{self._path} is damaged at {name}: {error}") from error
        if body is None or len(body) > most:
            raise BackupError(f"{self._path} is damaged: {name} is not as large as was written")
        return body


def sync_folder(folder: Path) -> None:
    """Let what was renamed in a folder survive a power cut."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _size(row: Sequence[Any]) -> int:
    return 8 * len(row) + sum(len(value) for value in row if isinstance(value, bytes | str))
