"""How Vigie itself is, for people and programs: well or not, since when, and what to do."""

from collections.abc import Callable
from pathlib import Path
from shutil import disk_usage

from msgspec import Struct
from sqlalchemy import Engine as Database

from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.health import responding
from monitor.health.pulse import PULSE, decode, our_version
from monitor.health.rule import Located
from monitor.health.waiting import PREFIX, alive
from monitor.hygiene import noted as hygiene
from monitor.retention import noted as retention
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed
from monitor.services.condition import Condition
from monitor.services.machinery_lines import lines_of
from monitor.services.machinery_views import Known, Line, Wellness
from monitor.services.responders import states_of
from monitor.store import trail
from monitor.store.connection import reading
from monitor.store.watching import Watching

_MOST = 500


def unknown(*_given: object) -> None:
    """What nobody knows."""


class Machine(Struct, frozen=True, kw_only=True):
    """What belongs to this process and not to the database: where it keeps its data, None where it
    keeps none; what says how old location data is, and of which moment (ms) a database's last
    backup is."""

    data: Path | None = None
    located: Callable[[], Located | None] = unknown
    backup: Callable[[Watching], int | None] = unknown


class Condensed(Struct, frozen=True, kw_only=True):
    """Every line, as of `time` (ms)."""

    time: int
    lines: list[Line]

    @property
    def unwell(self) -> int:
        """Lines that are not well."""
        return sum(one.wellness is Wellness.UNWELL for one in self.lines)

    @property
    def notes(self) -> int:
        """Lines that somebody should know of."""
        return sum(one.wellness is Wellness.NOTE for one in self.lines)


class Machinery:
    """Asks everything that tells of itself. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        roster: Roster,
        machine: Machine | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        """`now` gives ms since 1970 UTC."""
        self._reading = reading(database)
        self._watching = Watching(database)
        self._condition = Condition(self._watching, now)
        self._roster = roster
        self._machine = machine or Machine()
        self._now = now

    @allowed(Operation.SOURCES_READ)
    def condition(self, actor: Actor, language: str = "en") -> Condensed:
        """Every line, in a language."""
        known = self._known(language)
        return Condensed(time=known.now, lines=lines_of(known))

    def _known(self, language: str) -> Known:
        now, watching = self._now(), self._watching
        with self._reading.begin() as connection:
            responders = states_of(connection, self._roster, language)
            audited = trail.head(connection).number
        return Known(
            now=now,
            language=language,
            readiness=self._condition.readiness(),
            pulse=decode(watching.note(PULSE)),
            standby=alive(watching.notes(PREFIX), now),
            responding=responding.decode(watching.note(responding.NOTE)),
            findings=watching.findings(standing=True, limit=_MOST),
            sources=watching.sources(),
            inbox=watching.inbox(),
            responders=responders,
            backend=self._reading.dialect.name,
            size=watching.size(),
            revision=watching.revision(),
            free=_free(self._machine.data),
            audited=audited,
            located=self._machine.located(),
            backup=self._machine.backup(watching),
            hygiene=hygiene.noted(watching.note(hygiene.NOTE)).finished,
            retention=retention.noted(watching.note(retention.NOTE)).finished,
            version=our_version(),
        )


def _free(folder: Path | None) -> int | None:
    """Bytes that are free where a folder is; None where that cannot be seen."""
    if folder is None:
        return None
    try:
        return disk_usage(folder).free
    except OSError:
        return None
