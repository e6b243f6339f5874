"""How far each file of a log was read, and which file is which after rotation.

A file is known by the digest of its first bytes, which survives renaming, copying and
compression; device and inode only say where to look first, since inodes are used again.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

from msgspec import Struct

HEAD = 1_024
"""Bytes at the start of a file that tell it from others."""
_DIGEST = 12
_KEPT_ABSENT = 64
"""Files not seen any more that are still remembered: they may be just being renamed."""


class Mark(Struct, array_like=True, gc=False):
    """How far one file was read. Stored as an array: new fields go last and have a default.

    `digest` is over the first `head` bytes, as many as there were, at most `HEAD`. `offset`
    (decompressed bytes) and `line` stand behind the last line taken. `is_closed`: it is
    compressed and was read to its end.
    """

    device: int
    inode: int
    digest: bytes
    head: int
    offset: int = 0
    line: int = 0
    is_closed: bool = False

    def fits(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is this one."""
        return 0 < self.head <= len(head) and _digest(head[: self.head]) == self.digest

    def learn(self, head: bytes) -> None:
        """Know the file by more of its first bytes, once there are more."""
        if len(head) > self.head:
            self.digest, self.head = _digest(head), len(head)


class Sighting(Struct, frozen=True):
    """One file of a log as it was found: `size` on disk, `modified` in ns, its first bytes."""

    path: str
    device: int
    inode: int
    size: int
    modified: int
    head: bytes
    is_compressed: bool = False


class Part(Struct, frozen=True):
    """A file to read on in, and how far it was read."""

    sighting: Sighting
    mark: Mark


def plan(
    log: str,
    marks: Sequence[Mark],
    sightings: Sequence[Sighting],
    is_wanted: Callable[[Sighting], bool],
    *,
    is_settled: bool = True,
) -> tuple[list[Mark], list[Part]]:
    """What to read, oldest first, and the marks to remember from now on.

    `sightings` are in the order they were written, `log` itself last; copies of one file count
    once. `is_wanted` says of a rotated file that is met for the first time whether it is read
    from its start; otherwise it counts as read to the end it has now.
    """
    parts: list[Part] = []
    for mark, files, is_new in _files(
        log, marks, [s for s in sightings if s.head or s.path == log]
    ):
        chosen = _choose(log, mark, files)
        mark.device, mark.inode = chosen.device, chosen.inode
        if is_new and chosen.path != log and not is_wanted(chosen):
            mark.offset, mark.is_closed = _end(chosen), chosen.is_compressed
        elif chosen.path == log and not chosen.is_compressed and chosen.size < mark.offset:
            # The same beginning but less of it: rewritten in place. Read again; ids see to it
            # that what was read before is not counted twice.
            mark.offset = mark.line = 0
        parts.append(Part(chosen, mark))
    order = {sighting.path: place for place, sighting in enumerate(sightings)}
    parts.sort(key=lambda part: order[part.sighting.path])
    present = [part.mark for part in parts]
    kept = {id(mark) for mark in present}
    absent = [mark for mark in marks if id(mark) not in kept]
    if is_settled:
        absent = absent[-_KEPT_ABSENT:]
    return absent + present, [p for p in parts if _has_more(log, p)]


def _files(
    log: str, marks: Sequence[Mark], sightings: Sequence[Sighting]
) -> list[tuple[Mark, list[Sighting], bool]]:
    places = {(mark.device, mark.inode): mark for mark in marks}
    groups: dict[int, tuple[Mark, list[Sighting], bool]] = {}
    rest: list[Sighting] = []
    for sighting in sightings:
        mark = places.get((sighting.device, sighting.inode))
        if mark is not None and mark.fits(sighting.head):
            groups[id(mark)] = (mark, [sighting], False)
            mark.learn(sighting.head)
        else:
            rest.append(sighting)
    # The longest first, so that a new file is known by as much as can be when its copies come.
    for sighting in sorted(rest, key=lambda s: -len(s.head)):
        copied = _copied(groups.values(), sighting, is_whole=sighting.path == log)
        group = copied or _known(groups, marks, sighting)
        group[1].append(sighting)
        groups[id(group[0])] = group
        group[0].learn(sighting.head)
    return list(groups.values())


def _copied(
    groups: Iterable[tuple[Mark, list[Sighting], bool]], sighting: Sighting, *, is_whole: bool
) -> tuple[Mark, list[Sighting], bool] | None:
    # A copy may be shorter than what it was made from. The log itself is none for beginning
    # with the same line as an older part: every part may begin with a line of column names.
    head = sighting.head
    for group in groups:
        for one in group[1]:
            if head and one.head.startswith(head) and not (is_whole and one.head != head):
                return group
    return None


def _known(
    groups: dict[int, tuple[Mark, list[Sighting], bool]],
    marks: Sequence[Mark],
    sighting: Sighting,
) -> tuple[Mark, list[Sighting], bool]:
    fitting = [mark for mark in marks if mark.fits(sighting.head)]
    if not fitting:
        empty = Mark(sighting.device, sighting.inode, b"", 0)
        return (empty, [], True)
    mark = max(fitting, key=lambda one: one.head)
    return groups.get(id(mark), (mark, [], False))


def _choose(log: str, mark: Mark, files: Sequence[Sighting]) -> Sighting:
    def preference(one: Sighting) -> tuple[bool, bool, bool, int]:
        is_same = (one.device, one.inode) == (mark.device, mark.inode)
        return (one.path == log, is_same, not one.is_compressed, one.size)

    return max(files, key=preference)


def _end(sighting: Sighting) -> int:
    return 0 if sighting.is_compressed else sighting.size


def _has_more(log: str, part: Part) -> bool:
    if part.sighting.is_compressed:
        return not part.mark.is_closed
    return part.sighting.path == log or part.sighting.size > part.mark.offset


def _digest(head: bytes) -> bytes:
    return blake2b(head, digest_size=_DIGEST).digest()
