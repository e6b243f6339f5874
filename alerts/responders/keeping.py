"""Terms of a responder that keeps tickets elsewhere: which ones, what is believed from there."""

from typing import Annotated

from msgspec import Meta, field

from alerts.responders.writing import Short, Word, Writing
from alerts.ticket import Disposition
from detectors.core.finding import Severity


class Keeping(Writing, frozen=True, kw_only=True):
    """Terms of a tracker.

    Tickets are kept there from `least` severity up. `dispositions` say what the tracker's
    resolutions mean here: by those a ticket is resolved here when it is there. It is asked every
    `every_seconds` what changed.
    """

    least: Word = "medium"
    dispositions: dict[Short, Disposition] = field(default_factory=dict)
    every_seconds: Annotated[int, Meta(ge=5, le=86_400)] = 60

    @property
    def severity(self) -> Severity:
        """From which severity up tickets are kept there."""
        return Severity[self.least.upper()]

    def address_of(self, reference: str) -> str:
        """Where a person finds what the tracker calls this."""
        raise NotImplementedError
