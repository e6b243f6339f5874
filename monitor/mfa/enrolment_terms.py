"""On which terms subscribers set up and recover factors, as the settings have it."""

from typing import Final

from msgspec import Struct, field

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.mfa import lost_factor

SHORTEST: Final = 5
LONGEST: Final = 7 * 24 * 60
"""Minutes that a link may hold before it is opened."""


class EnrolmentTerms(Struct, frozen=True, kw_only=True):
    """`address` is where subscribers reach the pages (none: there are no links); a link is opened
    within `link` ms, and has served within `open` ms of that. `is_self` says whether anybody whom
    nothing stands against sets up a first factor by themselves at a trusted sign-in. `recovery` are
    the times of recoveries."""

    address: str = ""
    link: int = DAY
    open: int = 30 * MINUTE
    is_self: bool = True
    recovery: lost_factor.Terms = field(
        default_factory=lambda: lost_factor.Terms(lapses=7 * DAY, waits=24 * HOUR, holds=2 * DAY)
    )
