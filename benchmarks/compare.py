"""The whole chain against the floor: interleaved batch by batch, each in a process of its own."""

import argparse
import json
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from benchmarks import world
from benchmarks.floor import BATCH, Floor
from benchmarks.side import Measured, Side, Told, serve

SIZES = (10_000, 100_000, 1_000_000)
AIM = 0.30
MEASURED = 20
"""Batches whose median counts, the last ones: every account is known by then."""
SERVER = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "40"}
"""Settings of the PostgreSQL that is measured, where they are not its own."""
SAMPLED = 10
"""Batches after them, in which the whole is looked at to see where its time goes."""


class Result(Struct, frozen=True):
    """What one size came to: medians in microseconds an event."""

    accounts: int
    events: int
    floor_us: float
    whole_us: float
    floor_cpu_us: float
    whole_cpu_us: float
    first_whole_us: float
    floor_parts: dict[str, float]
    whole_parts: dict[str, float]
    floor: Told
    whole: Told

    @property
    def ratio(self) -> float:
        """How fast the whole is, the floor being 1."""
        return self.floor_us / self.whole_us

    @property
    def bare_ratio(self) -> float:
        """The same against a floor whose rows would come ready-made."""
        return (self.floor_us - self.floor_parts.get("make rows", 0.0)) / self.whole_us


class Process:
    """A side in a process of its own, told what to do over its standard input."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "benchmarks.compare", *arguments]
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def step(self, *, sample: bool = False) -> Measured:
        """One batch. Raises RuntimeError when the process has died."""
        return msgspec.convert(self._ask("sample" if sample else "step"), Measured)

    def stop(self) -> Told:
        """Let it finish; what it tells."""
        return msgspec.convert(self._ask("stop"), Told)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, word: str) -> Any:
        sent, got = self._process.stdin, self._process.stdout
        if sent is None or got is None:
            raise RuntimeError("the process has no pipes")
        sent.write(f"{word}\n")
        sent.flush()
        answer = got.readline()
        if not answer:
            raise RuntimeError(f"the measured process died: exit {self._process.wait()}")
        return json.loads(answer)


def compare(
    accounts: int,
    *,
    kind: str = "sqlite",
    batch: int = BATCH,
    measured: int = MEASURED,
    sampled: int = SAMPLED,
) -> Result:
    """Run both sides over one log in which every account comes about twice before measuring."""
    warming = max(2, -(-2 * accounts // batch))
    batches = warming + measured + sampled
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        log = Path(folder) / "log.ndjson"
        world.write(log, batches * batch, accounts)
        with _databases(kind, Path(folder)) as new, _sides(new, log, batch) as (floor, whole):
            pairs = [_pair(floor, whole, number) for number in range(warming + measured)]
            looked = [whole.step(sample=True) for _ in range(sampled)]
            return _result(accounts, pairs, measured, looked, floor.stop(), whole.stop())


def _pair(floor: Process, whole: Process, number: int) -> tuple[Measured, Measured]:
    """A batch of each, who goes first in turn."""
    if number % 2:
        later = whole.step()
        return floor.step(), later
    earlier = floor.step()
    return earlier, whole.step()


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """What gives the address of a new database of this name, all of them of one kind."""
    if kind == "sqlite":
        yield lambda name: f"sqlite:///{folder / f'{name}.db'}"
        return
    # The server of the tests, but as durable as one in earnest.
    from tests.databases import NEWEST, Server  # noqa: PLC0415

    server = Server(version=NEWEST, settings=SERVER)
    try:
        server.start()

        def new(name: str) -> str:
            server.run(f"CREATE DATABASE {name}")
            return server.url_of(name)

        yield new
    finally:
        server.remove()


@contextmanager
def _sides(new: Callable[[str], str], log: Path, batch: int) -> Iterator[tuple[Process, Process]]:
    body = _body_of_the_whole(new("probe"), log, batch)
    with ExitStack() as stack:
        given = ("--log", str(log), "--batch", str(batch), "--body", str(body))
        floor = Process("--side", "floor", "--url", new("floor"), *given)
        stack.callback(floor.close)
        whole = Process("--side", "whole", "--url", new("whole"), *given)
        stack.callback(whole.close)
        yield floor, whole


def _body_of_the_whole(url: str, log: Path, batch: int) -> int:
    """Mean bytes of an event's body, so that the floor's rows are as long."""
    probe = Process(
        *("--side", "whole", "--url", url),
        *("--log", str(log), "--batch", str(batch), "--body", "0"),
    )
    try:
        probe.step()
        return int(float(probe.stop().facts["body"]))
    finally:
        probe.close()


def _result(
    accounts: int,
    pairs: list[tuple[Measured, Measured]],
    measured: int,
    looked: list[Measured],
    floor: Told,
    whole: Told,
) -> Result:
    kept = pairs[-measured:]
    floors, wholes = [pair[0] for pair in kept], [pair[1] for pair in kept]
    return Result(
        accounts=accounts,
        events=sum(pair[1].events for pair in pairs),
        floor_us=_median(floors),
        whole_us=_median(wholes),
        floor_cpu_us=statistics.median(m.cpu / m.events for m in floors) * 1e6,
        whole_cpu_us=statistics.median(m.cpu / m.events for m in wholes) * 1e6,
        first_whole_us=_median([pair[1] for pair in pairs[1 : measured + 1]]),
        floor_parts=_parts(floors),
        whole_parts=_parts(looked),
        floor=floor,
        whole=whole,
    )


def _median(measured: list[Measured]) -> float:
    return statistics.median(m.wall / m.events for m in measured) * 1e6


def _parts(measured: list[Measured]) -> dict[str, float]:
    """Mean microseconds an event by part, the most costly first."""
    names = {name for m in measured for name in m.parts}
    events = sum(m.events for m in measured)
    spent = {name: sum(m.parts.get(name, 0.0) for m in measured) for name in names}
    return {
        name: seconds / events * 1e6
        for name, seconds in sorted(spent.items(), key=lambda item: -item[1])
    }


def table(results: list[Result]) -> str:
    """The results in Markdown."""
    lines = [
        "| accounts | events | floor us | whole us | ratio | bare ratio | MiB | stop | findings |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {r.accounts:,} | {r.events:,} | {r.floor_us:.1f} | {r.whole_us:.1f} "
            f"| **{r.ratio:.2f}** | {r.bare_ratio:.2f} "
            f"| {r.whole.peak_mib:,.0f} | {r.whole.stop_s:.1f} s, {r.whole.stop_peak_mib:,.0f} MiB "
            f"| {r.whole.facts['findings']:,} |"
            for r in results
        ),
        "",
        f"Aim: a ratio of {AIM:.2f}. Cost an event, largest to smallest number of accounts: "
        f"{results[-1].whole_us / results[0].whole_us:.2f}.",
    ]
    for r in results:
        for side, parts in (("floor", r.floor_parts), ("whole", r.whole_parts)):
            told = ", ".join(f"{name} {us:.1f}" for name, us in parts.items())
            lines.append(f"\n{r.accounts:,} accounts, {side}, us an event: {told}.")
    return "\n".join(lines)


def main() -> None:
    """Measure the sizes asked for and print the table; exit 1 when the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=SIZES)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--measured", type=int, default=MEASURED)
    parser.add_argument("--json", type=Path, help="write the results there as well")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    for internal in ("--side", "--log", "--url", "--body"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side is not None:
        serve(_side(given), sys.stdin)
        return
    print(
        f"Python {platform.python_version()}, {given.database} (SQLite {sqlite3.sqlite_version}), "
        f"{platform.machine()}, batches of {given.batch}, medians of {given.measured}\n",
        flush=True,
    )
    results = []
    for accounts in given.accounts:
        began = time.perf_counter()
        results.append(
            compare(accounts, kind=given.database, batch=given.batch, measured=given.measured)
        )
        took = time.perf_counter() - began
        print(f"{accounts} accounts measured in {took:.0f} s", file=sys.stderr)
    print(table(results))
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    if min(result.ratio for result in results) < AIM:
        sys.exit(1)


def _side(given: argparse.Namespace) -> Side:
    if given.side == "floor":
        return Floor(Path(given.log), given.url, batch=given.batch, body=int(given.body))
    # Here, so that the floor's process does not hold the whole program in memory.
    from benchmarks.whole import Whole  # noqa: PLC0415

    return Whole(Path(given.log), given.url, batch=given.batch)


if __name__ == "__main__":
    main()
