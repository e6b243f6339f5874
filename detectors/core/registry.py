"""Discovery: a detector is any class with an `about` in a module of `detectors/`."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any, cast

import msgspec

import detectors
from detectors.core.detector import About, Detector

_NOT_PATTERNS = ("detectors.core",)


class UnknownDetectorError(ValueError):
    """Parameters were given for a detector that does not exist."""


def classes() -> dict[str, type[Detector[Any]]]:
    """Every detector there is, by name, sorted."""
    return dict(_classes())


@cache
def _classes() -> dict[str, type[Detector[Any]]]:
    found: dict[str, type[Detector[Any]]] = {}
    for module in _modules(detectors):
        for _, member in inspect.getmembers(module, inspect.isclass):
            about = getattr(member, "about", None)
            if member.__module__ == module.__name__ and isinstance(about, About):
                if about.name in found:
                    raise ValueError(f"two detectors are called {about.name}")
                found[about.name] = cast(type[Detector[Any]], member)
    return dict(sorted(found.items()))


def load(parameters: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Detector[Any], ...]:
    """One of each detector, by name; `parameters` override defaults, by detector and name.

    Raises UnknownDetectorError, or msgspec.ValidationError for a value that does not fit.
    """
    known = classes()
    given = dict(parameters or {})
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise UnknownDetectorError(f"no detector is called {unknown[0]}; there are {[*known]}")
    loaded = []
    for name, kind in known.items():
        detector = kind()
        if name in given:
            detector.parameters = msgspec.convert(dict(given[name]), type(detector.parameters))
        loaded.append(detector)
    return tuple(loaded)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not info.name.startswith(_NOT_PATTERNS):
            yield importlib.import_module(info.name)
