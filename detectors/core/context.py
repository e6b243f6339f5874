"""What a detector may know besides the account itself; read-only, and versioned."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from detectors.core.identity import Subject
from detectors.core.listing import AccountKind, Directory, Listing, Rules
from detectors.core.model import Model
from detectors.core.place import Network
from detectors.core.population import SHIPPED, Population

__all__ = ["NO_RULES", "AccountKind", "Context", "Rules"]


NO_RULES = Rules()
_SHARED = (AccountKind.SHARED, AccountKind.KIOSK)


class Crowds(Protocol):
    """Who came to the addresses of servers on the days that no population is made of yet."""

    def is_crowded(
        self, subject: Subject, network: Network | None, ip: str, at: int, *, new: bool
    ) -> bool:
        """Whether so many other accounts of the tenant signed on from there shortly before `at`
        (ms) that a company moves behind it."""
        ...


class Context(Struct, frozen=True):
    """Facts from outside the events, the same for every event folded under one `version`.

    `populations` are those of tenants that have counts of their own, by the tenant's id (they may
    be looked up only when asked for, and always come out the same); `rules`
    are by the tenant's id as well, those under an empty one are for all others.
    `crowds` tell of what is going on these days, where they are counted.
    `models` are the learned ones by their detector's name; without its model a detector is silent.
    `kinds` are the settings' word on accounts: it holds always, and stands before the
    `directory`'s, which is judged at the time of what is looked at; None where there is none.
    """

    version: str = "0"
    kinds: dict[Subject, AccountKind] = field(default_factory=dict)
    populations: Mapping[str, Population] = field(default_factory=dict)
    rules: dict[str, Rules] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    directory: Directory | None = None
    crowds: Crowds | None = None

    def kind(self, subject: Subject, at: int) -> AccountKind:
        """What the account is for at event time `at` (ms); PERSON when nobody says."""
        if self.kinds:
            kind = self.kinds.get(subject)
            if kind is not None:
                return kind
        if self.directory is None:
            return AccountKind.PERSON
        listing = self.directory.of(subject, at)
        return (listing and listing.kind) or AccountKind.PERSON

    def listing(self, subject: Subject, at: int) -> Listing | None:
        """What the directory says of the account at event time `at` (ms); None when nothing."""
        return None if self.directory is None else self.directory.of(subject, at)

    def services(self, tenant: str, at: int) -> set[str]:
        """The ids of the tenant's accounts that are programs' at event time `at` (ms)."""
        named = [one for one, kind in self.kinds.items() if kind is AccountKind.SERVICE]
        if self.directory is not None:
            named.extend(self.directory.services(tenant))
        of_tenant = (one for one in named if one.tenant == tenant)
        return {one.uid for one in of_tenant if self.kind(one, at) is AccountKind.SERVICE}

    def allows_sharing(self, subject: Subject, at: int) -> bool:
        """Whether several people use the account with everybody's knowledge at `at` (ms)."""
        kind = self.kinds.get(subject)
        if kind is not None:
            return kind in _SHARED
        listing = self.listing(subject, at)
        return listing is not None and listing.allows_sharing(at)

    @property
    def has_rules(self) -> bool:
        """Whether any tenant may have rules."""
        return bool(self.rules) or self.directory is not None

    def rules_of(self, tenant: str, at: int) -> Rules:
        """What the tenant allows at event time `at` (ms)."""
        own = self.rules.get(tenant)
        if own is None and self.directory is not None:
            own = self.directory.rules(tenant, at)
        return own or self.rules.get("") or NO_RULES

    def population(self, tenant: str) -> Population:
        """What is usual among the tenant's accounts; the shipped table where it counted none."""
        return self.populations.get(tenant, SHIPPED)

    def is_crowded(
        self,
        subject: Subject,
        network: Network | None,
        ip: str | None,
        at: int,
        *,
        new: bool = False,
    ) -> bool:
        """Whether the tenant's people come from this server's or VPN's addresses these days: a
        company moves behind them on a morning. `new`: and did not before."""
        if self.crowds is None or ip is None:
            return False
        return self.crowds.is_crowded(subject, network, ip, at, new=new)
