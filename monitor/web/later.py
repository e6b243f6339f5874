"""A part of the application that is put together when it is first asked for."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class Later:
    """Stands where the part is mounted; `build` makes it, once. For what few instances use and
    takes long to load."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build

    @cached_property
    def app(self) -> ASGIApp:
        """The part itself."""
        return self._build()

    @property
    def routes(self) -> Sequence[Any]:
        """Its routes: whoever looks through all of them has it built."""
        routes: Sequence[Any] = getattr(self.app, "routes", ())
        return routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self.app(scope, receive, send)
