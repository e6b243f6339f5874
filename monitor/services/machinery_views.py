"""What the lines of how Vigie itself is are made from, and what they are."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from detectors.core.detector import Text
from monitor.health import responding
from monitor.health.pulse import Pulse
from monitor.health.rule import Located
from monitor.health.waiting import Waiting
from monitor.services.condition import Readiness
from monitor.services.responders import ResponderState
from monitor.store.watching import HealthRow, Inbox, SourceRow


class Wellness(StrEnum):
    """How a part is: well, to be noted, not well, or not there at all."""

    WELL = "well"
    NOTE = "note"
    UNWELL = "unwell"
    NONE = "none"


class Line(Struct, frozen=True, kw_only=True):
    """One part: what was seen of it, since when (ms) it is so, None where nobody knows, what to do
    where it is not well, and where there is more of it (an address, or nothing)."""

    name: str
    title: str
    wellness: Wellness
    seen: str
    since: int | None = None
    remedy: str = ""
    link: str = ""


class Known(Struct, frozen=True, kw_only=True):
    """All that is known at `now` (ms), for a reader of `language`. `free` are bytes of the disk of
    the data folder, `size` those of the database; None where that cannot be seen. `backup` is of
    which moment the last one is, `hygiene` and `retention` when their last rounds ended (ms)."""

    now: int
    language: str
    readiness: Readiness
    pulse: Pulse | None
    standby: Sequence[Waiting]
    responding: responding.Pulse | None
    findings: Sequence[HealthRow]
    sources: Sequence[SourceRow]
    inbox: Sequence[Inbox]
    responders: Sequence[ResponderState]
    backend: str
    size: int
    revision: str | None
    free: int | None
    audited: int
    located: Located | None
    backup: int | None
    hygiene: int
    retention: int
    version: str


class Seen(Struct, frozen=True):
    """What a line says while no finding stands against it."""

    wellness: Wellness
    text: Text
    since: int | None = None
    remedy: Text = Text("", "")
