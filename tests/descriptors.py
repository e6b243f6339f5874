"""Which files this process holds open, of those that a test made."""

from contextlib import suppress
from pathlib import Path


def opened_below(folder: Path) -> list[str]:
    """What is open below `folder`, deleted or not: how often, whatever else the process holds."""
    held = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            held.append(str(descriptor.readlink()))
    return sorted(name for name in held if name.startswith(f"{folder}/"))
