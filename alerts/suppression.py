"""A suppression: what people have looked at, know, and are not to be called for until an end.

Nothing is dropped by one: an incident that it meets is found, kept and shown as ever, and each is
counted. What is graver than it was made for calls people all the same. Pure.
"""

from typing import Final

from msgspec import Struct

from alerts.incident import Category, Incident
from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind

LONGEST: Final = 366 * DAY
"""How long one may hold, in ms."""
LONGEST_REASON: Final = 500


class SuppressionError(ValueError):
    """A suppression that cannot be; `text` says why in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(en=english, fr=french)


class Scope(Struct, frozen=True, kw_only=True):
    """Which incidents of a tenant: those of a category, on an account or an address, or both; up
    to a severity."""

    tenant: str
    category: Category | None = None
    subject: Subject | None = None
    up_to: Severity = Severity.HIGH


class Suppression(Struct, frozen=True, kw_only=True):
    """What is held back, from when until when (ms since 1970 UTC; `until` is not in it), who
    answers for it (a reviewer's id, or what stands for whoever made it), and why."""

    scope: Scope
    owner: str
    reason: str
    since: int
    until: int

    def is_on(self, now: int) -> bool:
        """Whether it holds now."""
        return self.since <= now < self.until


def checked(made: Suppression, now: int) -> Suppression:
    """The suppression as it may be. Raises SuppressionError."""
    scope, reason = made.scope, made.reason.strip()
    if scope.category is None and scope.subject is None:
        raise SuppressionError(
            "say which conclusion, which account or address, or both: no whole tenant is held back",
            "dites quelle conclusion, quel compte ou quelle adresse, ou les deux : un client "
            "entier n'est pas mis en sourdine",
        )
    if scope.subject is not None and not _is_of(scope.subject, scope.tenant):
        raise SuppressionError(
            "it is about an account or an address of its own tenant",
            "elle porte sur un compte ou une adresse de son propre client",
        )
    if not reason or len(reason) > LONGEST_REASON:
        raise SuppressionError(
            f"say why, in up to {LONGEST_REASON} characters",
            f"dites pourquoi, en {LONGEST_REASON} caractères au plus",
        )
    if not now < made.until <= now + LONGEST:
        raise SuppressionError(
            "it ends in the future, within a year",
            "elle prend fin dans le futur, dans l'année",
        )
    return made


def meets(scope: Scope, incident: Incident) -> bool:
    """Whether an incident is one of these."""
    if incident.subject.tenant != scope.tenant or incident.severity > scope.up_to:
        return False
    if scope.category not in (None, incident.category):
        return False
    return scope.subject is None or scope.subject == incident.subject


def _is_of(subject: Subject, tenant: str) -> bool:
    is_one = subject.kind in (SubjectKind.ACCOUNT, SubjectKind.SOURCE)
    return is_one and subject.tenant == tenant and bool(subject.uid)
