"""What a detector may know besides the account itself; read-only, and versioned."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field

from detectors.core.identity import Subject
from detectors.core.model import AdditiveModel
from detectors.core.population import SHIPPED, Population


class AccountKind(Enum):
    """What an account is for, as the directory says."""

    PERSON = "person"
    SERVICE = "service"
    KIOSK = "kiosk"
    SHARED = "shared"
    BREAK_GLASS = "break_glass"


class Rules(Struct, frozen=True):
    """What a tenant allows, as far as anybody said so.

    `countries` are ISO 3166-1 alpha-2 codes that people may sign in from, empty for any; `seats`
    is how many sessions an account may have at once, None for any number.
    """

    countries: frozenset[str] = frozenset()
    seats: int | None = None


NO_RULES = Rules()


class Context(Struct, frozen=True):
    """Facts from outside the events, the same for every event folded under one `version`.

    `populations` are those of tenants that have counts of their own, by the tenant's id (they may
    be looked up only when asked for, and always come out the same); `rules`
    are by the tenant's id as well, those under an empty one are for all others.
    `models` are the learned ones by their detector's name; without its model a detector is silent.
    """

    version: str = "0"
    kinds: dict[Subject, AccountKind] = field(default_factory=dict)
    populations: Mapping[str, Population] = field(default_factory=dict)
    rules: dict[str, Rules] = field(default_factory=dict)
    models: dict[str, AdditiveModel] = field(default_factory=dict)

    def kind(self, subject: Subject) -> AccountKind:
        """What the account is for; PERSON when the directory does not say."""
        return self.kinds.get(subject, AccountKind.PERSON) if self.kinds else AccountKind.PERSON

    def allows_sharing(self, subject: Subject) -> bool:
        """Whether several people use the account with everybody's knowledge."""
        return self.kind(subject) in (AccountKind.SHARED, AccountKind.KIOSK)

    def rules_of(self, tenant: str) -> Rules:
        """What the tenant allows."""
        return self.rules.get(tenant) or self.rules.get("") or NO_RULES

    def population(self, tenant: str) -> Population:
        """What is usual among the tenant's accounts; the shipped table where it counted none."""
        return self.populations.get(tenant, SHIPPED)
