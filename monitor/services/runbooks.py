"""Runbooks as they were written, in the reader's language; shipped with the program."""

from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent.parent
PLACES: Final = (_PACKAGE / "shipped" / "runbooks", _PACKAGE.parent / "docs" / "runbooks")
"""Inside an installed package, else beside it in a source tree."""


@cache
def runbook(name: str, language: str) -> str:
    """The runbook that a detector names (`runbooks/NAME`), as Markdown; empty where there is
    none."""
    stem = name.removeprefix("runbooks/")
    if not stem.replace("_", "").isalnum():
        return ""
    wanted = f"{stem}.{'fr' if language == 'fr' else 'en'}.md"
    found = next((place / wanted for place in PLACES if (place / wanted).is_file()), None)
    return "" if found is None else found.read_text("utf-8")
