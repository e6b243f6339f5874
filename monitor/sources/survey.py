"""Finds the files of one log: itself, and what rotation left beside it."""

import os
from collections.abc import Sequence

from monitor.sources import rotation
from monitor.sources.compression import Log, head_of, missing, open_log, unreadable
from monitor.sources.mark import HEAD, Mark, Sighting
from monitor.sources.source import SourceError

_SURVEYS = 5
"""Times that a folder is looked at in a row when names change in it."""


class Survey:
    """Looks at the files of one log.

    `state` is what the log itself was at the last look, None when it was not there; `trouble`
    why it could not be read. A log that is `is_required` is trouble when it is missing.
    """

    def __init__(self, path: str, *, is_with_siblings: bool, is_required: bool) -> None:
        self.path = path
        self.state: tuple[int, int, int, int] | None = None
        self.trouble: SourceError | None = None
        self._is_with_siblings = is_with_siblings
        self._is_required = is_required
        self._reported: set[str] = set()

    def sightings(self, marks: Sequence[Mark]) -> tuple[list[Sighting], bool]:
        """The files, oldest first, the log last, and whether no name changed meanwhile.

        Raises SourceError once for each older part that cannot be read; `trouble` says when it
        is the log itself.
        """
        is_settled = False
        for _ in range(_SURVEYS):
            listed = self._list()
            found = [one for path in listed if (one := self._sight(path, marks)) is not None]
            is_settled = listed == self._list()
            if is_settled:
                break
        by_path = {one.path: one for one in found}
        order = rotation.oldest_first(self.path, [(s.path, s.modified) for s in found])
        return [by_path[path] for path in order], is_settled

    def _list(self) -> dict[str, int]:
        listed: dict[str, int] = {}
        if self._is_with_siblings:
            try:
                listed = rotation.siblings(self.path)
            except (FileNotFoundError, NotADirectoryError):
                listed = {}
            except OSError as error:
                self._report(os.path.dirname(self.path) or ".", unreadable(self.path, error))
        try:
            status = os.stat(self.path)
        except OSError:
            listed[self.path] = 0
            self.state = None
        else:
            listed[self.path] = status.st_ino
            self.state = state_of(status)
        return listed

    def _sight(self, path: str, marks: Sequence[Mark]) -> Sighting | None:
        is_log = path == self.path
        if is_log:
            self.trouble = None
        try:
            log = open_log(path)
        except FileNotFoundError:
            if is_log and self._is_required:
                self.trouble = missing(path)
            return None
        except SourceError as error:
            if is_log:
                self.trouble = error
            elif rotation.is_rotated(path, self.path):
                self._report(path, error)
            return None
        try:
            one = _sighting(path, log)
        except SourceError as error:
            self.trouble = error if is_log else self.trouble
            return None
        finally:
            log.close()
        is_ours = (
            is_log
            or rotation.is_rotated(path, self.path)
            or any(mark.fits(one.head) for mark in marks)
        )
        return one if is_ours else None

    def _report(self, path: str, error: SourceError) -> None:
        """Say once that an older part is in the way, and do without it from then on."""
        if path not in self._reported:
            self._reported.add(path)
            raise error


def _sighting(path: str, log: Log) -> Sighting:
    status = log.status()
    head = head_of(log, HEAD)
    return Sighting(
        path,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        head,
        log.is_compressed,
    )


def state_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """What changes when a file is replaced or written to."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
