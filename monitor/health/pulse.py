"""What the engine tells of itself every few seconds, for processes that only read."""

import os
import socket
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from msgspec import Struct, field

from monitor.engine import Outcome

PULSE = "pulse"
"""The note that it is kept in."""
EVERY_S = 2.0
ALIVE = 30_000
"""Milliseconds after which an engine that tells nothing counts as gone: a batch may take long."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds that a batch took, at most, by bucket; one more is for all that took longer."""


class Durations(Struct):
    """How long batches took: how many by bucket, and seconds in all."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        fitting = sum(bound < seconds for bound in BUCKETS)
        self.counts[fitting] += 1
        self.total += seconds


class Spent(Struct):
    """What a detector took in the batches that were measured: nanoseconds, over so many events."""

    time: int = 0
    events: int = 0


class State(Struct):
    """What is in memory of accounts: cells, those kept as objects, about how many bytes, and those
    that changed since their last snapshot."""

    cells: int = 0
    objects: int = 0
    size: int = 0
    unsaved: int = 0


class Fed(Struct):
    """A source as the engine sees it: what is in the way, rejects by kind of reason, lines in
    a minute, over the last five, and bytes read and bytes there are where that is known."""

    trouble: str | None = None
    rejects: dict[str, int] = field(default_factory=dict)
    per_minute: float = 0.0
    backlog: tuple[int, int] | None = None


class Who(Struct, frozen=True):
    """A process of Vigie, begun at `started` (ms)."""

    host: str
    process: int
    version: str
    started: int


class Pulse(Struct, kw_only=True):
    """One engine's account of itself, written at `time`; counts are since it began. Times are in
    ms: `caught_up` is when nothing waited to be read for the last time, also by an engine before
    this one, 0 for never. `resident` is the process's memory in bytes."""

    time: int
    who: Who
    caught_up: int = 0
    watermark: int = 0
    resident: int = 0
    totals: Outcome = field(default_factory=Outcome)
    batches: Durations = field(default_factory=Durations)
    detectors: dict[str, Spent] = field(default_factory=dict)
    state: State = field(default_factory=State)
    sources: dict[str, Fed] = field(default_factory=dict)

    def is_alive(self, now: int) -> bool:
        """Whether its engine still runs at `now` (ms), as far as that can be seen."""
        return now - self.time < ALIVE


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Pulse).decode


def decode(noted: bytes | None) -> Pulse | None:
    """The pulse that was noted; None for none, or one that this version cannot read."""
    if noted is None:
        return None
    try:
        return _decode(noted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def ourselves(now: int) -> Who:
    """This process, begun at `now` (ms)."""
    return Who(socket.gethostname(), os.getpid(), our_version(), now)


def is_parent(who: Who) -> bool:
    """Whether this is the process that started this one."""
    return who.process == os.getppid() and who.host == socket.gethostname()


def our_version() -> str:
    """The version of this program."""
    try:
        return version("vigie")
    except PackageNotFoundError:
        return "unknown"


def resident() -> int:
    """Bytes of memory that this process takes; 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0
