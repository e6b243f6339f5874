"""Opens the source that a specification names: a module of this package with `accepts`."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from msgspec import Struct
from sqlalchemy import Engine

from detectors.core.detector import Text
from monitor.sources.source import Source, SourceError

_ADDRESS = re.compile(r"[a-z][a-z0-9+]+:(//|\Z)")


class Opening(Struct, frozen=True):
    """What a source is opened by.

    `spec` is a path, a pattern, `-`, or an address whose scheme is the kind's own; `name` the
    configured one. `follow` watches for ever; else it ends where the log ends now. `options` are
    those of the settings, secrets among them. `database` is the store's, `data` the folder of all
    that is kept, where the caller has them.
    """

    spec: str
    name: str
    follow: bool = True
    options: Mapping[str, Any] = {}
    database: Engine | None = None
    data: Path | None = None


class Kind(Protocol):
    """A module that opens one kind of source. At most one accepts any specification.

    It may have `check(opening)`, which raises ValueError for options that it cannot use.
    """

    accepts: Callable[[str], bool]

    def opened(self, opening: Opening) -> Source:
        """The source, nothing read of it yet; Raises SourceError."""
        ...


def open_source(spec: str, name: str, follow: bool) -> Source:
    """The source called `name`: `-`, a path, or a pattern; call `resume` before reading.

    Raises SourceError when the specification means nothing.
    """
    return opened(Opening(spec, name, follow))


def opened(opening: Opening) -> Source:
    """The source that is meant; call `resume` before reading. Raises SourceError."""
    return _kind(opening.spec).opened(opening)


def check(opening: Opening) -> None:
    """Raises ValueError for a specification that is none, or options that it cannot use."""
    try:
        kind = _kind(opening.spec)
    except SourceError as error:
        raise ValueError(str(error)) from error
    looks = getattr(kind, "check", None)
    if looks is not None:
        looks(opening)
    elif opening.options:
        raise ValueError(f"takes no options, got {', '.join(sorted(opening.options))}")


def is_address(spec: str) -> bool:
    """Whether a specification begins with a scheme, such as `journald:` or `syslog+udp://`."""
    return _ADDRESS.match(spec) is not None


def _kind(spec: str) -> Kind:
    for kind in kinds():
        if kind.accepts(spec):
            return kind
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
