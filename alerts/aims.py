"""By when tickets should be looked at and closed, by how grave they are: what the settings say."""

from typing import Annotated, Final

from msgspec import Meta, Struct, field

from alerts.ticket import LIMITS, Limits
from detectors.core.event import MINUTE
from detectors.core.finding import Severity

LONGEST: Final = 2 * 366 * 24 * 60
"""Minutes."""
Minutes = Annotated[int, Meta(ge=1, le=LONGEST)]


class Aim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long it may take, from a ticket's opening, until somebody has looked at it and until it
    is closed, in minutes."""

    triage_minutes: Minutes
    resolution_minutes: Minutes


def _usual(severity: Severity) -> Aim:
    limits = LIMITS[severity]
    return Aim(
        triage_minutes=limits.triage // MINUTE, resolution_minutes=limits.resolution // MINUTE
    )


class Aims(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The aims for each severity."""

    critical: Aim = field(default_factory=lambda: _usual(Severity.CRITICAL))
    high: Aim = field(default_factory=lambda: _usual(Severity.HIGH))
    medium: Aim = field(default_factory=lambda: _usual(Severity.MEDIUM))
    low: Aim = field(default_factory=lambda: _usual(Severity.LOW))
    informational: Aim = field(default_factory=lambda: _usual(Severity.INFORMATIONAL))

    @property
    def fault(self) -> str | None:
        """What cannot be: closed sooner than looked at. None where nothing is the matter."""
        for severity, limits in self.limits.items():
            if limits.resolution < limits.triage:
                return f"{severity.name.lower()}: it is closed sooner than looked at"
        return None

    @property
    def limits(self) -> dict[Severity, Limits]:
        """The same as clocks take them, in ms."""
        return {
            severity: Limits(aim.triage_minutes * MINUTE, aim.resolution_minutes * MINUTE)
            for severity in Severity
            if isinstance(aim := getattr(self, severity.name.lower()), Aim)
        }
