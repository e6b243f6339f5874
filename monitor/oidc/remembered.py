"""What a provider said, remembered for a while, and asked for once by all who want it at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from monitor import clock
from monitor.oidc.refusal import RefusedError

KEPT_S: Final = 3_600.0
LAST_S: Final = 86_400.0
"""How old what was said may be while the provider does not answer."""
RETRIED_S: Final = 5.0
"""For how long a provider that did not answer is not asked again."""
REREAD_S: Final = 30.0
"""How often it is asked again for something that it did not say before."""

T = TypeVar("T")


class Remembered(Generic[T]):
    """One thing that `ask` tells; of one event loop at a time."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._told: tuple[float, T] | None = None
        self._failed: tuple[float, RefusedError] | None = None
        self._asked = 0.0
        self._asking: asyncio.Task[T] | None = None

    async def get(self, has: Callable[[T], bool] = lambda _: True) -> T:
        """It, asked for anew when it is old, or when it has not what is looked for. Raises
        RefusedError where the provider does not say it, and did not say it lately."""
        told, now = self._told, clock.monotonic()
        if told is not None:
            is_good = now < told[0] + KEPT_S and has(told[1])
            if is_good or (now < self._asked + REREAD_S and now < told[0] + LAST_S):
                return told[1]
        elif self._failed is not None and now < self._failed[0] + RETRIED_S:
            raise self._failed[1].with_traceback(None)
        return await self._once()

    async def _once(self) -> T:
        asking = self._asking
        if asking is None or asking.done() or asking.get_loop() is not asyncio.get_running_loop():
            self._asked = clock.monotonic()
            self._asking = asking = asyncio.ensure_future(self._asked_for())
        # Whoever goes away does not take it from the others.
        return await asyncio.shield(asking)

    async def _asked_for(self) -> T:
        try:
            found = await self._ask()
        except RefusedError as error:
            self._failed = clock.monotonic(), error
            raise
        self._told = clock.monotonic(), found
        return found
