"""Coverage-guided fuzzing of how bodies are read: `python tests/fuzz/fuzz_body.py`.

Takes libFuzzer's options, for example `-max_total_time=30`. The seeds are in `bodies/`. What it
holds: whatever is sent, however it is said to be encoded, comes to the lines that it is made of or
to a refusal with its reason, and nothing endless is held.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "bodies"

sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["monitor.web.body", "monitor.store.inbox"]):
    from tests.fuzz.body_target import one_input


def main() -> None:
    """Fuzz until told to stop; what is found new goes to a folder of its own."""
    found = tempfile.mkdtemp(prefix="fuzz-bodies-")
    atheris.Setup([*sys.argv, "-max_len=8192", found, str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
