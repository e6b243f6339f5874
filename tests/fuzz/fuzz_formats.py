"""Coverage-guided fuzzing of every log format: `python tests/fuzz/fuzz_formats.py`.

Takes libFuzzer's options, for example `-max_total_time=30`. The seeds are in `corpus/`, one file
a line, in a folder for each format. What it holds: a line is answered with events or
MalformedLine, never with anything else, and no text that comes out is unfit to be stored.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"

sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["monitor.formats", "detectors.core"]):
    from monitor.formats.format import formats
    from tests.fuzz.formats_target import one_input

    formats()


def main() -> None:
    """Fuzz until told to stop."""
    atheris.Setup([*sys.argv, "-max_len=4096", *map(str, seeds())], one_input)
    atheris.Fuzz()


def seeds() -> list[Path]:
    """An empty folder that new finds go to, then the folders of the corpus."""
    found = Path(tempfile.mkdtemp(prefix="fuzz-formats-"))
    return [found, *sorted(folder for folder in CORPUS.iterdir() if folder.is_dir())]


if __name__ == "__main__":
    main()
