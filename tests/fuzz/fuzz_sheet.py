"""Coverage-guided fuzzing of how lists of accounts are read: `python tests/fuzz/fuzz_sheet.py`.

Takes libFuzzer's options, for example `-max_total_time=30`. The seeds are in `lists/`. What it
holds: whatever a file has in it comes to accounts or to refusals with line and reason, and an
account that is written out is read back as it was.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "lists"

sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["monitor.directory"]):
    from tests.fuzz.sheet_target import one_input


def main() -> None:
    """Fuzz until told to stop; what is found new goes to a folder of its own."""
    found = tempfile.mkdtemp(prefix="fuzz-lists-")
    atheris.Setup([*sys.argv, "-max_len=4096", found, str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
