"""How much there is to be: so many of each, in how long, and the seed that all follows from."""

from typing import Final

from msgspec import Struct, structs

from detectors.core.event import DAY, HOUR

UNTIL: Final = 1_793_577_600_000 + 12 * HOUR
"""The last event's time where none is given: 2026-11-02 12:00 UTC."""


class Scale(Struct, frozen=True, kw_only=True):
    """The whole, unless something else is said. `until` is the time (ms) of the last event; the
    first one is `days` before it."""

    accounts: int = 100_000
    sign_ins: int = 10_000_000
    incidents: int = 100_000
    tenants: int = 200
    days: int = 90
    seed: int = 8
    until: int = UNTIL

    @property
    def since(self) -> int:
        """The time (ms) from which there are events."""
        return self.until - self.days * DAY

    def part(self, share: float) -> "Scale":
        """The same in small, above 0 to 1: in as many days. Raises ValueError for another share."""
        if not 0 < share <= 1:
            raise ValueError(f"{share} is no part of the whole: above 0, at most 1")
        least = {"accounts": 20, "sign_ins": 500, "incidents": 20, "tenants": 4}
        made = {name: max(few, int(getattr(self, name) * share)) for name, few in least.items()}
        return structs.replace(self, **made)


FULL: Final = Scale()
