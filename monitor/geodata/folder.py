"""The data folder's `geo`: what was fetched, what was there before, and where each file is from."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from monitor.enrichment.database import Purpose
from monitor.trouble import Trouble

NAMES = {
    "city": Purpose.CITY,
    "asn": Purpose.ASN,
    "anonymous_ip": Purpose.ANONYMOUS_IP,
    "connection_type": Purpose.CONNECTION_TYPE,
}
"""Databases by the name that the settings have for them."""
FETCHED = ("city", "asn")
"""Those that are shipped, and that `vigie geo update` fetches."""
_PART = ".part-"
_RECORDS = "fetched.json"
_MAXIMUM_RECORDS = 1 << 16


class GeoFolderError(Trouble):
    """The folder cannot be used as asked; says why."""


class Origin(Enum):
    """Where a file that is used comes from."""

    SETTINGS = "settings"
    FETCHED = "fetched"
    SHIPPED = "shipped"
    NONE = "none"


class Chosen(NamedTuple):
    """What is used for one purpose; `path` is None for what is shipped, and for nothing."""

    name: str
    origin: Origin
    path: Path | None


class Paths(Protocol):
    """The settings' own files; None where they name none."""

    @property
    def city(self) -> Path | None: ...
    @property
    def asn(self) -> Path | None: ...
    @property
    def anonymous_ip(self) -> Path | None: ...
    @property
    def connection_type(self) -> Path | None: ...
    @property
    def networks(self) -> Path | None: ...


class GeoFolder:
    """The folder `geo` under the data folder; made when something is put into it."""

    def __init__(self, data: Path) -> None:
        self.path = data / "geo"

    def file(self, name: str) -> Path:
        """The database `name` that was fetched, whether or not it is there."""
        return self.path / f"{name}.mmdb"

    def previous(self, name: str) -> Path:
        """The one that was fetched before it, kept to go back to."""
        return self.path / "previous" / f"{name}.mmdb"

    def choose(self, paths: Paths) -> dict[str, Chosen]:
        """What is used, by name: the settings' own, else what was fetched, else what is shipped."""
        chosen: dict[str, Chosen] = {}
        for name in (*NAMES, "networks"):
            own = getattr(paths, name)
            if own is not None:
                chosen[name] = Chosen(name, Origin.SETTINGS, own)
            elif name in FETCHED and self.file(name).is_file():
                chosen[name] = Chosen(name, Origin.FETCHED, self.file(name))
            else:
                is_shipped = name in (*FETCHED, "networks")
                chosen[name] = Chosen(name, Origin.SHIPPED if is_shipped else Origin.NONE, None)
        return chosen

    @contextmanager
    def being_changed(self) -> Iterator[None]:
        """One process at a time; what an earlier one left half-written is removed.

        Raises GeoFolderError while another one is at it.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path / ".lock").open("a") as lock:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise GeoFolderError(
                    f"another process is changing {self.path}: wait until it is done"
                ) from None
            for left in self.path.glob(f"{_PART}*"):
                left.unlink(missing_ok=True)
            yield

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """An empty file beside the others, to write and then `put`; removed when it was not."""
        descriptor, path = tempfile.mkstemp(prefix=f"{_PART}{name}-", dir=self.path)
        os.close(descriptor)
        try:
            yield Path(path)
        finally:
            Path(path).unlink(missing_ok=True)

    def put(self, part: Path, name: str) -> None:
        """Use a part as the database `name` from now on, and keep the one before."""
        part.chmod(0o644)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        target, previous = self.file(name), self.previous(name)
        previous.parent.mkdir(exist_ok=True, mode=0o700)
        if target.exists():
            # At every moment there is a whole file under either name.
            with self.part(name) as copy:
                twin(target, copy)
                os.replace(copy, previous)
        else:
            previous.unlink(missing_ok=True)
        os.replace(part, target)
        _to_disk(self.path)

    def put_back(self, name: str) -> Origin:
        """Use the database that was in use before the one that was fetched last.

        Raises GeoFolderError when there is nothing to go back from.
        """
        target, previous = self.file(name), self.previous(name)
        if not target.exists():
            raise GeoFolderError(f"{name}: nothing was fetched, so there is nothing to undo")
        if previous.exists():
            os.replace(previous, target)
        else:
            target.unlink()
        _to_disk(self.path)
        return Origin.FETCHED if target.exists() else Origin.SHIPPED

    def records(self) -> dict[str, dict[str, Any]]:
        """What is noted of each file that was fetched; nothing where that cannot be read."""
        try:
            with (self.path / _RECORDS).open(encoding="utf-8") as file:
                read = json.loads(file.read(_MAXIMUM_RECORDS))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(read, dict):
            return {}
        return {name: noted for name, noted in read.items() if isinstance(noted, dict)}

    def note(self, name: str, **noted: Any) -> None:
        """Note this of a file, in place of what was noted."""
        records = self.records() | {name: noted}
        with self.part("records") as part:
            part.write_text(json.dumps(records, indent=1), encoding="utf-8")
            os.replace(part, self.path / _RECORDS)


def twin(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, which costs nothing where both are on one disk."""
    try:
        target.unlink(missing_ok=True)
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _to_disk(path: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
