"""What placed addresses before the present databases did, so that both can be asked (see
`detectors.core.relocation`): whoever replaced a file, and however."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from detectors.core.event import DAY
from monitor.geodata.folder import GeoFolder, twin

LAST = 14 * DAY
"""What placed addresses until this recently (ms) is not pushed out by what came for some days."""
MEMORY = 30 * DAY
"""How long (ms) it is kept: as long as MaxMind's licence allows, and a month's use of addresses."""
_NOTE = "note.json"


class _Note(Struct):
    """By which databases addresses are placed, from when, and until when (ms)."""

    versions: str
    since: int
    until: int | None = None


class Lineage:
    """Keeps the files by which addresses are placed, and those by which they were before.

    They are the same files under other names where both are on one disk, and copies elsewhere.
    """

    def __init__(self, folder: GeoFolder) -> None:
        self._used = folder.path / "in-use"
        self._before = folder.path / "before"
        self._making = folder.path / ".in-use"

    def succeed(self, files: Mapping[str, Path], versions: str, now: int) -> dict[str, Path] | None:
        """Note that these files, told from others by `versions`, place addresses at `now` (ms).

        The files that placed them before, by the same names; None where there are none, or they
        say the same. Raises OSError.
        """
        used, before = _note(self._used), _note(self._before)
        if before is not None and now - (before.until or 0) > MEMORY:
            shutil.rmtree(self._before)
            before = None
        if used is not None and used.versions != versions:
            if before is None or now - (before.until or 0) > LAST:
                before = self._retire(used, now)
            used = None
        if used is None:
            self._keep(files, _Note(versions, now))
        if before is None or before.versions == versions:
            return None
        kept = {name: self._before / f"{name}.mmdb" for name in files}
        return kept if all(path.is_file() for path in kept.values()) else None

    def _retire(self, used: _Note, now: int) -> _Note:
        used.until = now
        _write(self._used, used)
        if self._before.exists():
            shutil.rmtree(self._before)
        self._used.rename(self._before)
        return used

    def _keep(self, files: Mapping[str, Path], note: _Note) -> None:
        for left in (self._making, self._used):
            if left.exists():
                shutil.rmtree(left)
        self._making.mkdir(parents=True, mode=0o700)
        try:
            for name, path in files.items():
                twin(path, self._making / f"{name}.mmdb")
            _write(self._making, note)
        except OSError:
            # Half a copy must not take the last space that the database has.
            shutil.rmtree(self._making)
            raise
        self._making.rename(self._used)


def _note(folder: Path) -> _Note | None:
    """What is noted of a folder's files; None for no folder, and one that was never finished."""
    try:
        return msgspec.json.decode((folder / _NOTE).read_bytes(), type=_Note)
    except (OSError, msgspec.MsgspecError):
        return None


def _write(folder: Path, note: _Note) -> None:
    made = folder / f".{_NOTE}"
    made.write_bytes(msgspec.json.encode(note))
    made.rename(folder / _NOTE)
