"""What a detector says: a finding, with evidence that says how strongly it speaks for what."""

from enum import Enum, IntEnum
from typing import TypeAlias

from msgspec import Struct, structs

from detectors.core.identity import Subject, timed_id

Fact: TypeAlias = str | int | float | bool | None

CAP = 6.0
"""No single piece of evidence counts for more than this many nats (odds of about 400 to 1)."""


class Severity(IntEnum):
    """OCSF 1.6 `severity_id`; a reviewer is called from MEDIUM up."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


class Weights(Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """How strongly evidence speaks for each explanation: nats, log-likelihood ratios.

    Each is taken against the plain explanation, one person at work, and capped at +-`CAP`.
    `attack` is separate: that somebody is trying to get in, whoever uses the account.
    """

    roaming: float = 0.0
    shared: float = 0.0
    taken_over: float = 0.0
    attack: float = 0.0

    def __post_init__(self) -> None:
        for name, value in structs.asdict(self).items():
            if not -CAP <= value <= CAP:
                raise ValueError(f"weight {name} = {value} is beyond the cap of {CAP} nats")


class Theme(Enum):
    """What an incident is about; findings of different themes never join in one incident.

    REPORT is what somebody says, perhaps a stranger: it is shown, adds nothing to what was found,
    and nothing is done for it. HEALTH is about Vigie itself: it is shown to administrators and
    never becomes an incident.
    """

    USE = "use"
    ATTACK = "attack"
    REPORT = "report"
    HEALTH = "health"


class Evidence(Struct, frozen=True, array_like=True):
    """Why a finding is believed.

    Pieces of one `group` on one subject are correlated: the assessment counts the strongest of
    them and not their sum. `facts` fill the detector's sentence; the detector's `About.facts`
    gives their types. `learned`: a model says so, which is never the only ground of an alarm.
    Stored as an array: new fields go last and have a default.
    """

    group: str
    weights: Weights
    facts: dict[str, Fact]
    learned: bool = False


class Finding(Struct, frozen=True, array_like=True):
    """What one detector found about one subject at one event, `event_ids[0]` (the anchor).

    `time` is event time in ms. `event_ids` are the events that show it, the anchor first.
    `involved` are further subjects that belong to it: the sources of a campaign, the addresses
    that guessed at an account. Stored as an array: new fields go last and have a default.
    """

    id: bytes
    subject: Subject
    detector: str
    time: int
    severity: Severity
    theme: Theme
    evidence: Evidence
    event_ids: tuple[bytes, ...]
    involved: tuple[Subject, ...] = ()


def finding(
    detector: str,
    subject: Subject,
    time: int,
    severity: Severity,
    evidence: Evidence,
    event_ids: tuple[bytes, ...],
    *,
    involved: tuple[Subject, ...] = (),
    part: str = "",
    theme: Theme | None = None,
) -> Finding:
    """A finding whose id follows from detector, subject, time and anchor event.

    And from `part`, where one event shows several things. Unless it is given, its theme is ATTACK
    when the evidence speaks for nothing but an attack, else USE.
    """
    parts = (detector, str(subject), event_ids[0], *((part,) if part else ()))
    identifier = timed_id(time, *parts)
    theme = theme or _theme(evidence.weights)
    return Finding(
        identifier, subject, detector, time, severity, theme, evidence, event_ids, involved
    )


def standing(
    detector: str,
    subject: Subject,
    since: int,
    time: int,
    evidence: Evidence,
    event_ids: tuple[bytes, ...],
    *,
    severity: Severity,
    involved: tuple[Subject, ...] = (),
    part: str = "",
) -> Finding:
    """A finding about something that goes on, put again under the same id as it grows.

    Its id follows from detector, subject and `since` (ms), the start of the time that it is
    about, and from `part` where there are several of these; `time` (ms) is when it came to be
    what is said, and may move as late events come.
    """
    identifier = timed_id(since, "standing", detector, str(subject), part)
    theme = _theme(evidence.weights)
    return Finding(
        identifier, subject, detector, time, severity, theme, evidence, event_ids, involved
    )


def _theme(weights: Weights) -> Theme:
    only_attack = weights.attack > 0 and not (
        weights.shared > 0 or weights.taken_over > 0 or weights.roaming > 0
    )
    return Theme.ATTACK if only_attack else Theme.USE
