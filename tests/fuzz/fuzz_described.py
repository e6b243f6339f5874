"""Coverage-guided fuzzing of described formats: `python tests/fuzz/fuzz_described.py`.

Takes libFuzzer's options, for example `-max_total_time=30`. The seeds are in `described/`, a
description and a line in each. What it holds: a description is used or refused with
DescriptionError, and a line is answered with events or MalformedLine by whatever description.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "described"

sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["monitor.formats"]):
    from tests.fuzz.described_target import one_input
    from tests.monitor.formats.golden import described

    described()


def main() -> None:
    """Fuzz until told to stop."""
    found = tempfile.mkdtemp(prefix="fuzz-described-")
    atheris.Setup([*sys.argv, "-max_len=8192", found, str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
