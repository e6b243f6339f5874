"""The disk under the data folder: how much of it is free."""

import shutil
from collections.abc import Iterator

from monitor.doctor.check import Check
from monitor.settings import Settings

_LEAST_FREE = 1 << 30


def look(settings: Settings) -> Iterator[Check]:
    """What is free where the data folder is, or will be."""
    folder = settings.data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    yield Check(
        "disk", free >= _LEAST_FREE, f"{free / (1 << 30):,.1f} GiB free", "free at least 1 GiB"
    )
