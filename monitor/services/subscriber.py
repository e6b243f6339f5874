"""An end user of the SaaS as they are known here (NIST SP 800-63: the subscriber)."""

from functools import cached_property

from msgspec import Struct

from detectors.core.identity import Subject, SubjectKind
from monitor.store.factors import ACCOUNT, Owner


class Subscriber(Struct, frozen=True, dict=True):
    """Whoever an account is of: its tenant, and the account as the logs have it."""

    tenant: str
    account: str

    @cached_property
    def subject(self) -> Subject:
        """The same as incidents and findings have it."""
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.account)

    @property
    def key(self) -> int:
        """What tables know the account by."""
        return self.subject.key()

    @property
    def owner(self) -> Owner:
        """Whose factors are theirs."""
        return Owner(ACCOUNT, str(self.subject), self.key)
