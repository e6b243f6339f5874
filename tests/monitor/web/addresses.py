"""Every address that a console answers at, found by asking its routes."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount, Route

ABSENT = (
    "/nothing",
    "/static/nothing.js",
    "/api/v1/nothing",
    "/scim/v2/nothing",
    "//",
    "/%00",
    "/é",
)
"""Where there is nothing."""


def inner(app: Any) -> FastAPI:
    """The application within what stands before it."""
    while not isinstance(app, FastAPI):
        app = app._app
    return app


def routes_of(app: Any) -> list[tuple[str, str]]:
    """(method, path with its parameters) of all that is answered; a mount by one of its files."""
    found = sorted(set(_walk(inner(app).routes)))
    assert len(found) > 14
    return found


def paths_of(app: Any) -> list[str]:
    """One address for each route, `0` in place of parameters, and some where there is none."""
    paths = {re.sub(r"\{[^}]*\}", "0", path) for _, path in routes_of(app)}
    return [*sorted(paths), *ABSENT]


def _walk(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/vigie.css"
        else:
            assert isinstance(route, Route)
            yield from ((method, route.path) for method in route.methods or ())
