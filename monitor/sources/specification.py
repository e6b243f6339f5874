"""Opens the source that a specification names: a module of this package with `accepts`."""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Protocol, cast

from detectors.core.detector import Text
from monitor.sources.source import Source, SourceError


class Kind(Protocol):
    """A module that opens one kind of source. At most one accepts any specification."""

    accepts: Callable[[str], bool]

    def opened(self, spec: str, name: str, *, follow: bool) -> Source:
        """The source, nothing read of it yet; Raises SourceError."""
        ...


def open_source(spec: str, name: str, follow: bool) -> Source:
    """The source called `name`: `-`, a path, or a pattern; call `resume` before reading.

    `follow` watches for ever; else it ends where the log ends now. Raises SourceError when the
    specification means nothing.
    """
    for kind in kinds():
        if kind.accepts(spec):
            return kind.opened(spec, name, follow=follow)
    raise SourceError(
        Text(
            en=f"{spec!r} is no source; give a path, a pattern such as /var/log/*/auth.log, or -",
            fr=f"{spec!r} n'est pas une source ; donnez un chemin, un motif comme "
            "/var/log/*/auth.log, ou -",
        )
    )


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of source there is."""
    package = importlib.import_module("monitor.sources")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return tuple(cast(Kind, module) for module in modules if hasattr(module, "accepts"))
