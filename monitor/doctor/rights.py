"""Rights: what we must be able to write, and what others must not be able to read."""

import os
from collections.abc import Iterator

from monitor.doctor.check import Check
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """Those of the data folder."""
    folder = settings.data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    yield Check(
        "data folder", os.access(folder, os.W_OK), str(settings.data), "make it writable for us"
    )
    if settings.data.exists():
        mode = settings.data.stat().st_mode & 0o777
        remedy = "chmod o-rwx: it holds personal data"
        yield Check("data folder's rights", mode & 0o007 == 0, f"{mode:o}", remedy)
