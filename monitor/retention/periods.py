"""How long things of each kind are kept, and the times before which they go."""

from msgspec import Struct

from detectors.core.event import DAY

DEFAULT_EVENTS = 90 * DAY
DEFAULT_DETAILS = 30 * DAY
DEFAULT_INCIDENTS = 365 * DAY
DEFAULT_ACCOUNTS = 365 * DAY
DEFAULT_REJECTS = 30 * DAY
DEFAULT_HEALTH = 90 * DAY
DEFAULT_HYGIENE = 3 * 365 * DAY
DEFAULT_AUDIT = 3 * 365 * DAY
DEFAULT_ORDERS = 90 * DAY
DEFAULT_ORDER_DETAILS = 30 * DAY


class Limits(Struct, frozen=True, kw_only=True):
    """Times in ms before which things go, as reckoned at `time`; 0 for none.

    The fold sees no events from before `folded`. They lose their details then where `truncates`,
    and go at `events`. Days are whole ones, in UTC.
    """

    time: int
    folded: int
    events: int
    incidents: int
    accounts: int
    rejects: int
    health: int
    hygiene: int
    audit: int
    orders: int
    order_details: int
    truncates: bool


class Periods(Struct, frozen=True, kw_only=True):
    """How long things are kept, in ms: whole events and what is left of them without details,
    incidents after their last evidence, accounts after their last event, lines that could not be
    read, what was wrong after it ended, what tenants' accounts came to on each day, entries of the
    audit, orders to responders after they were over, and what these say of people."""

    events: int = DEFAULT_EVENTS
    details: int = DEFAULT_DETAILS
    incidents: int = DEFAULT_INCIDENTS
    accounts: int = DEFAULT_ACCOUNTS
    rejects: int = DEFAULT_REJECTS
    health: int = DEFAULT_HEALTH
    hygiene: int = DEFAULT_HYGIENE
    audit: int = DEFAULT_AUDIT
    orders: int = DEFAULT_ORDERS
    order_details: int = DEFAULT_ORDER_DETAILS

    @property
    def folded(self) -> int:
        """How long events can be folded again: while they have their details."""
        return min(self.events, self.details)

    def at(self, time: int) -> Limits:
        """What goes at event time `time` (ms)."""
        return Limits(
            time=time,
            folded=_day(time - self.folded),
            events=_day(time - self.events),
            incidents=max(0, time - self.incidents),
            accounts=max(0, time - self.accounts),
            rejects=max(0, time - self.rejects),
            health=max(0, time - self.health),
            hygiene=max(0, time - self.hygiene),
            audit=_day(time - self.audit),
            orders=max(0, time - self.orders),
            order_details=max(0, time - self.order_details),
            truncates=self.details < self.events,
        )


def _day(time: int) -> int:
    return max(0, time // DAY * DAY)
