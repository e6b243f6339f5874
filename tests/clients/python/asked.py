"""Both clients, asked in the same way: what one promises the other promises."""

import asyncio
from collections.abc import Callable
from typing import Any

from vigie_client import AsyncVigie, SignIn, Vigie

KEY = "vigie_0123456789abcdef0123456789abcdef"
SIGN_IN = SignIn(account="u-1", ip="192.0.2.7", uid="q-1")
Ask = Callable[..., Any]


def directly(url: str, method: str, *told: Any, case: str | None = None, **how: Any) -> Any:
    """By the client that waits."""
    more = {} if case is None else {"case": case}
    with Vigie(url, KEY, **how) as vigie:
        return getattr(vigie, method)(*told, **more)


def by_asyncio(url: str, method: str, *told: Any, case: str | None = None, **how: Any) -> Any:
    """By the other."""
    more = {} if case is None else {"case": case}

    async def ask() -> Any:
        async with AsyncVigie(url, KEY, **how) as vigie:
            return await getattr(vigie, method)(*told, **more)

    return asyncio.run(ask())
