"""Messages to the team by Apprise: Slack, Teams, Mattermost, PagerDuty and a hundred more services.

One responder is one address of Apprise (https://github.com/caronc/apprise), which is a secret.
"""

from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final

from msgspec import Meta

from alerts.egress.client import authorities, check_authorities
from alerts.ports import AccountState, Action, Order, Receipt, RefusedError, Target
from alerts.responders.surroundings import Surroundings
from alerts.responders.writing import Writing
from detectors.core.finding import Severity

KIND: Final = "apprise"
ACTIONS: Final = frozenset((Action.TELL,))


class Terms(Writing, frozen=True, kw_only=True):
    """`url` is the address of Apprise (`url_file` reads it from a file). `ca` (PEM) is trusted
    besides the system's authorities; `insecure_http` lets messages go unencrypted to another
    machine."""

    url: Annotated[str, Meta(min_length=3, max_length=4_000)]
    ca: str | None = None
    insecure_http: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            _channel(self.url)
        except ValueError as error:
            raise ValueError(f"url: {error}") from None
        check_authorities(self.ca)


def open_responder(_name: str, terms: Terms, surroundings: Surroundings) -> "Written":
    """Nothing is connected to yet. Raises ValueError."""
    return Written(terms, surroundings)


class Written:
    """One channel. What was written twice is read twice, but where the service folds it."""

    def __init__(self, terms: Terms, surroundings: Surroundings) -> None:
        self._terms = terms
        self._surroundings = surroundings
        self._channel = _channel(terms.url)
        self._context = authorities(surroundings.wall.outbound.ca, terms.ca)

    def close(self) -> None:
        """Nothing is kept open."""

    def state(self, target: Target) -> AccountState | None:
        """A channel knows no accounts."""
        return None

    def deliver(self, order: Order) -> Receipt:
        """Write an order's message. Raises RetryError and RefusedError."""
        if order.action not in ACTIONS:
            raise RefusedError(f"a channel cannot {order.action}")
        self._channel.write(
            self._terms.said(order, self._surroundings.address),
            Severity.__members__.get(order.values.get("severity", "").upper()),
            f"vigie-{order.key}" if order.ticket is None else f"vigie-ticket-{order.ticket}",
            wall=self._surroundings.wall,
            context=self._context,
            whole_s=self._terms.timeout_seconds,
            insecure_http=self._terms.insecure_http,
        )
        return Receipt(detail=f"taken by {self._channel.name}")


@cache
def _channel(address: str) -> Any:
    # Apprise takes half a second and 26 MB to load, and few processes write anything.
    return import_module("alerts.channel").Channel(address)
