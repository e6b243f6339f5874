"""The data shipped with Vigie: where it is, and its databases unpacked once and checked."""

import hashlib
import lzma
import os
import tempfile
from collections.abc import Iterator
from logging import getLogger
from pathlib import Path
from typing import TypeAlias

from monitor.trouble import Trouble

Source: TypeAlias = Path | bytes
"""A database as a file, or as its content where no file could be written."""

CHECKSUMS = "SHA256SUMS"

_PACKAGE = Path(__file__).parent.parent
_log = getLogger(__name__)


class ShippedDataError(Trouble):
    """A shipped file is missing or damaged: the installation is not whole."""


def shipped_directory() -> Path:
    """Where `data/geo` is: inside the installed package, else beside it in a source tree.

    Raises ShippedDataError when it is in neither place.
    """
    places = (_PACKAGE / "shipped" / "geo", _PACKAGE.parent / "data" / "geo")
    for place in places:
        if (place / CHECKSUMS).is_file():
            return place
    raise ShippedDataError(f"the shipped geo data is in none of {', '.join(map(str, places))}")


def default_cache() -> Path:
    """`$XDG_CACHE_HOME/vigie`, else `~/.cache/vigie`, else (no home) the temporary directory."""
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if Path(xdg).is_absolute():
        return Path(xdg) / "vigie"
    try:
        return Path.home() / ".cache" / "vigie"
    except RuntimeError:
        return _temporary_cache()


def unpack(name: str, cache: Path | None = None, shipped: Path | None = None) -> Source:
    """The shipped database `name` (such as `city.mmdb`), unpacked from its `.xz` into `cache`.

    The file is written beside its final name and renamed, so that processes which unpack at once
    do not disturb each other and a crash leaves nothing half-written under the final name; its
    SHA-256 is checked every time. A cache that cannot be written (full, read-only) is replaced
    by a private directory in the temporary one, and that by memory, with a warning in the log.
    Raises ShippedDataError when the shipped file is missing or not what its checksum says.
    """
    shipped = shipped_directory() if shipped is None else shipped
    digest = _expected_digest(shipped, name)
    unpacked = f"{Path(name).stem}-{digest[:16]}{Path(name).suffix}"
    caches = tuple(_caches(default_cache() if cache is None else cache))
    for place in caches:
        if _is_whole(place / unpacked, digest):
            return place / unpacked
    content = _decompress(shipped / f"{name}.xz", digest)
    for place in caches:
        try:
            _write(place, unpacked, content)
        except OSError as error:
            _log.warning("cannot unpack %s into %s: %s", name, place, error)
        else:
            return place / unpacked
    _log.warning("%s is kept in memory: look-ups are slower", name)
    return content


def _caches(first: Path) -> Iterator[Path]:
    yield first
    temporary = _temporary_cache()
    if _is_private(temporary):
        yield temporary


def _temporary_cache() -> Path:
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"vigie-{owner}"


def _is_private(directory: Path) -> bool:
    # Anybody may create a name in the temporary directory: only our own is trusted.
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        state = directory.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return True
    return not directory.is_symlink() and state.st_uid == os.getuid() and not state.st_mode & 0o022


def _expected_digest(shipped: Path, name: str) -> str:
    try:
        lines = (shipped / CHECKSUMS).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ShippedDataError(f"cannot read {shipped / CHECKSUMS}: {error}") from error
    for line in lines:
        digest, _, listed = line.partition("  ")
        if listed == name:
            return digest
    raise ShippedDataError(f"{shipped / CHECKSUMS} does not list {name}")


def _is_whole(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _decompress(packed: Path, digest: str) -> bytes:
    try:
        content = lzma.decompress(packed.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise ShippedDataError(f"cannot unpack {packed}: {error}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise ShippedDataError(f"{packed} is damaged: its content is not what {CHECKSUMS} says")
    return content


def _write(directory: Path, name: str, content: bytes) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Readable by a web process that runs under another account.
        Path(temporary).chmod(0o644)
        os.replace(temporary, directory / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
