"""What is usual among each tenant's people, day by day, as the engine counts it."""

from detectors.core.census import WINDOW, Census, Tally, is_counted, shares
from detectors.core.context import Context
from detectors.core.event import DAY, Event, SignIn
from detectors.core.population import SHIPPED, Population

_LAG = 2
"""Days after which a day's population is used, as the engine does it."""


class Populations:
    """Each tenant's population of today, as the engine has it."""

    def __init__(self) -> None:
        self._censuses: dict[str, Census] = {}
        self._tallies: dict[str, dict[int, Tally]] = {}
        self.context = Context()

    def begin(self, day: int) -> None:
        """Let a day (since 1970) begin for all tenants."""
        found: dict[str, Population] = {}
        last = day - _LAG
        for tenant, census in self._censuses.items():
            kept = self._tallies.setdefault(tenant, {})
            kept.update(census.pass_to(day, _LAG))
            window = range(last - WINDOW + 1, last + 1)
            counted = shares(kept[number] for number in window if number in kept)
            if counted is not None:
                found[tenant] = SHIPPED.shared_by(f"{day}", counted)
        self.context = Context(populations=found)

    def count(self, event: Event) -> None:
        """Take in an event; only a person's sign-on counts."""
        if not isinstance(event, SignIn) or not is_counted(event):
            return
        census = self._censuses.get(event.tenant)
        if census is None:
            census = self._censuses[event.tenant] = Census()
            census.pass_to(event.time // DAY, _LAG)
        census.count(event, _LAG)
