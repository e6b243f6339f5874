"""What a detector may know besides the account itself; read-only, and versioned."""

from enum import Enum

from msgspec import Struct, field

from detectors.core.identity import Subject


class AccountKind(Enum):
    """What an account is for, as the directory says."""

    PERSON = "person"
    SERVICE = "service"
    KIOSK = "kiosk"
    SHARED = "shared"
    BREAK_GLASS = "break_glass"


class Context(Struct, frozen=True):
    """Facts from outside the events, the same for every event folded under one `version`."""

    version: str = "0"
    kinds: dict[Subject, AccountKind] = field(default_factory=dict)

    def kind(self, subject: Subject) -> AccountKind:
        """What the account is for; PERSON when the directory does not say."""
        return self.kinds.get(subject, AccountKind.PERSON)

    def allows_sharing(self, subject: Subject) -> bool:
        """Whether several people use the account with everybody's knowledge."""
        return self.kind(subject) in (AccountKind.SHARED, AccountKind.KIOSK)
