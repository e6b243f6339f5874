"""A source whose clock, or whose time zone, is not right: its events come from the future, or all
from the same time ago."""

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, UNSURE, About, SourceRule, Verdict, standing
from monitor.health.seen import Seen

AHEAD = 2 * MINUTE
LEAST = 5
"""Live batches that a judgement needs."""
SPAN = 10 * MINUTE
"""Time that they must span before events count as behind: a backlog is caught up on."""
_STEADY = 0.2
_STEADY_MS = 2 * MINUTE

CLOCK_AHEAD = About(
    kind="clock_ahead",
    title=Text("Clock ahead", "Horloge en avance"),
    sentence=Text(
        "Its events come {ahead:duration} before their own time.",
        "Ses événements arrivent {ahead:duration} avant leur propre heure.",
    ),
    remedy=Text(
        "Set the clock of the host that writes it (NTP), or the source's zone if its stamps carry "
        "no offset.",
        "Réglez l'horloge de la machine qui l'écrit (NTP), ou le fuseau (zone) de la source si ses "
        "dates n'en portent pas.",
    ),
    severity=Severity.MEDIUM,
)
CLOCK_BEHIND = About(
    kind="clock_behind",
    title=Text("Clock behind", "Horloge en retard"),
    sentence=Text(
        "Its events come {behind:duration} late, steadily.",
        "Ses événements arrivent avec {behind:duration} de retard, constamment.",
    ),
    remedy=Text(
        "Set the clock of the host that writes it, or the source's zone; if what ships the log "
        "waits so long, let it send more often, or allow it by lag_allowed_minutes.",
        "Réglez l'horloge de la machine qui l'écrit, ou le fuseau (zone) de la source ; si "
        "l'envoi du journal attend aussi longtemps, faites-le plus souvent ou admettez-le par "
        "lag_allowed_minutes.",
    ),
    severity=Severity.MEDIUM,
)


def judge_ahead(seen: Seen, _now: int, stands: bool) -> Verdict:
    """It stands while the middle one of the last live batches is ahead of the clock."""
    lag = seen.lag
    if lag is None or len(seen.lags) < LEAST:
        return UNSURE
    if lag < -AHEAD:
        return standing(ahead=-lag)
    return CLEAR if not stands or lag > -AHEAD // 2 else UNSURE


def judge_behind(seen: Seen, _now: int, stands: bool) -> Verdict:
    """It stands while they all are behind by about as much."""
    lag = seen.lag
    if lag is None or len(seen.lags) < LEAST:
        return UNSURE
    allowed = seen.expected.lag_allowed
    if lag <= allowed:
        return CLEAR if not stands or lag <= allowed // 2 else UNSURE
    lags = [one.lag for one in seen.lags]
    is_steady = max(lags) - min(lags) <= max(_STEADY_MS, _STEADY * lag)
    is_long = abs(seen.lags[-1].at - seen.lags[0].at) >= SPAN
    return standing(behind=lag) if is_steady and is_long else UNSURE


RULES = (SourceRule(CLOCK_AHEAD, judge_ahead), SourceRule(CLOCK_BEHIND, judge_behind))
