"""What is measured: something that takes its input batch by batch, and says what each cost."""

import gc
import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from benchmarks.sampling import Sampler


class Side(Protocol):
    """One program under measurement, stopped between any two batches."""

    def step(self) -> int:
        """Read, work on and commit one batch; how many events it was, 0 at the end."""
        ...

    def parts(self) -> dict[str, float]:
        """Seconds of the last step by part, where the program itself keeps account."""
        ...

    def facts(self) -> dict[str, Any]:
        """What else is worth telling: sizes, counts."""
        ...

    def stop(self) -> None:
        """Finish as the program would at its end."""
        ...


class Measured(Struct, frozen=True):
    """One batch: wall and processor seconds, events, seconds by part."""

    wall: float
    cpu: float
    events: int
    parts: dict[str, float]


class Told(Struct, frozen=True):
    """What a program tells at its end: peak of resident memory in MiB, and its facts.

    `stop_s` is how long it took to finish, `stop_peak_mib` the peak with that.
    """

    peak_mib: float
    stop_s: float
    stop_peak_mib: float
    facts: dict[str, Any]


def measure(side: Side, sampler: Sampler | None = None) -> Measured:
    """Step once and say what it cost; with a sampler, the parts are its."""
    wall, cpu = time.perf_counter(), time.process_time()
    if sampler is not None:
        sampler.start()
    events = side.step()
    parts = sampler.stop() if sampler is not None else side.parts()
    return Measured(time.perf_counter() - wall, time.process_time() - cpu, events, parts)


def peak_mib() -> float:
    """The most memory that this process had resident so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(side: Side, commands: Iterable[str]) -> None:
    """Do what the commands on standard input say, one line of JSON out for each line in.

    `step` measures a batch, `sample` a batch with the sampler on, `stop` ends and tells.
    """
    out = sys.stdout
    sys.stdout = sys.stderr
    sampler = Sampler()
    gc.collect()
    gc.freeze()
    for command in commands:
        word = command.strip()
        if word == "stop":
            _say(out, _stop(side))
            return
        measured = measure(side, sampler if word == "sample" else None)
        _say(out, {name: getattr(measured, name) for name in Measured.__struct_fields__})


def _stop(side: Side) -> dict[str, Any]:
    peak, began = peak_mib(), time.perf_counter()
    side.stop()
    took = time.perf_counter() - began
    return {
        "peak_mib": peak,
        "stop_s": took,
        "stop_peak_mib": peak_mib(),
        "facts": side.facts(),
    }


def _say(out: Any, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()
