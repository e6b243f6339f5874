"""Which responders there are, for which actions and whose accounts: nothing secret."""

from collections.abc import Iterable

from msgspec import Struct

from alerts.ports import Action


class Entry(Struct, frozen=True, kw_only=True):
    """One responder of the settings: what it is asked for; whose accounts, none named for all."""

    name: str
    kind: str
    actions: frozenset[Action]
    tenants: frozenset[str] = frozenset()

    def offers(self, action: Action, tenant: str) -> bool:
        """Whether it is asked for this, for an account of this tenant."""
        return action in self.actions and (not self.tenants or tenant in self.tenants)


class Roster(Struct, frozen=True):
    """All responders that are asked for something, by name."""

    entries: tuple[Entry, ...] = ()

    def offering(self, action: Action, tenant: str) -> Iterable[Entry]:
        """Those that are asked for this, for an account of this tenant."""
        return (entry for entry in self.entries if entry.offers(action, tenant))
