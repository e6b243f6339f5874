"""A source that is silent for longer than the hours of its week explain."""

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, UNSURE, About, SourceRule, Verdict, standing
from monitor.health.seen import Seen

MISSED_MINUTES = 15
"""Minutes without a line in which there usually is one."""
MISSED_HOURS = 3
"""Or whole hours, of a source that speaks seldom."""
SETTLING = 2 * MINUTE
"""After the start, what was written meanwhile is still being read."""

SILENT = About(
    kind="silent",
    title=Text("Silent", "Muette"),
    sentence=Text(
        "Nothing has come for {quiet:duration}, which is long for it at this hour.",
        "Rien n'est arrivé depuis {quiet:duration}, ce qui est long pour elle à cette heure.",
    ),
    remedy=Text(
        "Look whether the application still writes, and whether what ships its log runs. After a "
        "public holiday it clears by itself; silent_after_minutes sets a limit of your own.",
        "Vérifiez que l'application écrit encore et que l'envoi de son journal fonctionne. Après "
        "un jour férié, cela s'efface de soi-même ; silent_after_minutes fixe votre propre limite.",
    ),
    severity=Severity.MEDIUM,
)


def judge(seen: Seen, now: int, stands: bool) -> Verdict:
    """It stands once too much was missed, and until something comes."""
    limit = seen.expected.silent_after
    heard = seen.begun if seen.heard is None else seen.heard
    if limit == 0:
        return CLEAR
    if limit is not None:
        if now - heard <= limit:
            return CLEAR if not stands or seen.heard is not None else UNSURE
        return standing(quiet=now - heard) if now - seen.begun >= SETTLING else UNSURE
    if seen.heard is None:
        return UNSURE
    missed = seen.hours.missed(max(heard, seen.begun), now)
    if missed.minutes >= MISSED_MINUTES or missed.hours >= MISSED_HOURS:
        return standing(quiet=now - heard)
    return CLEAR if not stands or heard >= seen.begun else UNSURE


RULES = (SourceRule(SILENT, judge),)
