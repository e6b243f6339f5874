"""An incident: what the findings on one subject within a while come to."""

from enum import Enum

from msgspec import Struct

from detectors.core.finding import Severity, Theme
from detectors.core.identity import Subject


class Hypothesis(Enum):
    """The explanations that the assessment weighs for an account."""

    ONE_PERSON = "one_person"
    ROAMING = "roaming"
    SHARED = "shared"
    TAKEN_OVER = "taken_over"


class Category(Enum):
    """The conclusion, in one word."""

    CREDENTIAL_SHARING = "credential_sharing"
    ACCOUNT_TAKEOVER = "account_takeover"
    SESSION_HIJACKING = "session_hijacking"
    MFA_FATIGUE = "mfa_fatigue"
    BRUTE_FORCE = "brute_force"
    PASSWORD_SPRAYING = "password_spraying"
    CREDENTIAL_STUFFING = "credential_stuffing"
    ACCOUNT_ENUMERATION = "account_enumeration"
    OVERLOAD = "overload"
    AUTOMATED_ATTACK = "automated_attack"
    LIMIT_EVASION = "limit_evasion"
    SUSPICIOUS_ACCESS = "suspicious_access"


class Contribution(Struct, frozen=True, array_like=True):
    """What one finding moved: nats for (+) or against (-) each explanation, 0 where another
    finding of its group already counted. `weights` is in the order of `Hypothesis`, `attack` what
    it moved for or against an attack."""

    finding: bytes
    detector: str
    weights: tuple[float, float, float, float]
    attack: float = 0.0


class Assessment(Struct, frozen=True, array_like=True):
    """One posterior over `Hypothesis` (in its order, sums to 1), with each finding's part in it.

    `attack` is the probability that somebody outside is trying to get in, 0 to 1. `beyond` is how
    much (nats, 0 or more) of what rules say is not counted for sharing, and how much for a
    takeover, as a model has weighed it too. Stored as an array: new fields go last and have a
    default.
    """

    posterior: tuple[float, float, float, float]
    attack: float
    contributions: tuple[Contribution, ...]
    beyond: tuple[float, float] = (0.0, 0.0)

    def probability(self, hypothesis: Hypothesis) -> float:
        """The posterior of one explanation, 0 to 1."""
        return self.posterior[list(Hypothesis).index(hypothesis)]


class Incident(Struct, frozen=True, array_like=True):
    """The engine's incident. Times are event times in ms.

    `id` is given at opening and kept. `opened` is the first finding's time, `updated` the last
    one's, `reached` the event time at which it came to the severity it has. `findings` are ids,
    oldest first, active ones only. `confidence` is 0 to 100. `others` are further subjects that
    belong to it: the sources of a campaign over many addresses, the addresses that guessed at an
    account. Stored as an array: new fields go last and have a default.
    """

    id: bytes
    subject: Subject
    theme: Theme
    category: Category
    severity: Severity
    confidence: int
    assessment: Assessment
    findings: tuple[bytes, ...]
    opened: int
    updated: int
    reached: int
    others: tuple[Subject, ...] = ()
