"""Rights: what we must be able to write, and what others must not be able to read."""

import os
from collections.abc import Iterator

from monitor.doctor.check import Check
from monitor.instance import KEY_FILE
from monitor.sealing_keys import FILE as SEALING_FILE
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
    yield from _key(settings)


def _key(settings: Settings) -> Iterator[Check]:
    """The instance's key, and those of what is sealed, where they are in the data folder."""
    path = settings.data / KEY_FILE
    if settings.secrets.key is None and path.exists():
        mode = path.stat().st_mode & 0o777
        remedy = f"chmod 600 {path}: with it API keys and sessions can be tried"
        yield Check("instance key's rights", mode & 0o077 == 0, f"{path}: {mode:o}", remedy)
    path = settings.data / SEALING_FILE
    if settings.secrets.sealing_keys is None and path.exists():
        mode = path.stat().st_mode & 0o777
        remedy = f"chmod 600 {path}: with it passwords' hashes and factors can be opened"
        yield Check("sealing keys' rights", mode & 0o077 == 0, f"{path}: {mode:o}", remedy)
