"""The settings: which file and which variables hold, and who can read the secrets in them."""

import stat
from collections.abc import Iterator
from pathlib import Path

from monitor.doctor.check import Check, note
from monitor.settings import Origin


def look_at(origin: Origin) -> Iterator[Check]:
    """Where they come from, and the rights of what holds secrets."""
    file = "no file: defaults" if origin.file is None else str(origin.file)
    heeded = f"; {', '.join(origin.variables)}" if origin.variables else "; no variables"
    yield Check("settings", True, file + heeded)
    if origin.file is not None and origin.is_secret:
        yield _closed("settings file's rights", origin.file)
    for path in origin.secret_files:
        yield _closed(f"rights of {path.name}", path)


def _closed(name: str, path: Path) -> Check:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return Check(name, False, f"{path}: {error.strerror}", "make it readable for us")
    seen = f"{path}: {mode:o}, and it holds a secret"
    if mode & 0o007:
        return Check(name, False, seen, f"chmod o-rwx {path}: anybody here can read it")
    if mode & 0o020:
        return note(name, seen, f"chmod g-w {path}: its group can change it")
    return Check(name, True, seen)
