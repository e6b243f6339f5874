"""Health: what a running engine finds wrong with its sources, its disk or itself."""

from collections.abc import Iterator

from detectors.core.finding import Severity
from monitor import clock
from monitor.doctor.check import Check, database_of, note
from monitor.health.pulse import PULSE, decode
from monitor.health.rule import abouts
from monitor.health.telling import remedy_of, sentence_of, title_of
from monitor.settings import Settings
from monitor.store.watching import HealthRow, Watching

_MOST = 50


def look(settings: Settings) -> Iterator[Check]:
    """What stands; nothing where no engine runs, as nobody would take it back then."""
    with database_of(settings) as database:
        if database is None:
            return
        watching = Watching(database)
        pulse = decode(watching.note(PULSE))
        if pulse is None or not pulse.is_alive(clock.now_ms()):
            return
        found = watching.findings(standing=True, limit=_MOST)
    for row in found:
        yield _told(row)


def _told(row: HealthRow) -> Check:
    name = f"{title_of(row.kind, 'en')} ({row.subject})"
    seen = f"since {clock.utc(row.since)}: {sentence_of(row.kind, row.facts, 'en')}"
    remedy = remedy_of(row.kind, "en")
    about = abouts().get(row.kind)
    if about is not None and about.severity < Severity.MEDIUM:
        return note(name, seen, remedy)
    return Check(name, False, seen, remedy)
