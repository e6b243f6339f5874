"""Coverage-guided fuzzing of how syslog is framed: `python tests/fuzz/fuzz_framing.py`.

Takes libFuzzer's options, for example `-max_total_time=30`. The seeds are in `framing/`. What it
holds: a stream is cut into the same messages however its bytes come, each a single line that is no
longer than it may be, and nothing endless is held.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "framing"

sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["monitor.receiving.framing", "monitor.formats.syslog"]):
    from tests.fuzz.framing_target import one_input


def main() -> None:
    """Fuzz until told to stop; what is found new goes to a folder of its own."""
    found = tempfile.mkdtemp(prefix="fuzz-framing-")
    atheris.Setup([*sys.argv, "-max_len=8192", found, str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
