"""Coverage-guided fuzzing of how policies are read: `python tests/fuzz/fuzz_policy.py`.

Takes libFuzzer's options, for example `-max_total_time=30`. The seeds are in `policies/`. What it
holds: whatever a document says, it is a policy or is refused with where and why; and a policy that
is written out is read back as it was.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "policies"

sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["alerts"]):
    from tests.fuzz.policy_target import one_input


def main() -> None:
    """Fuzz until told to stop; what is found new goes to a folder of its own."""
    found = tempfile.mkdtemp(prefix="fuzz-policies-")
    atheris.Setup([*sys.argv, "-max_len=4096", found, str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
