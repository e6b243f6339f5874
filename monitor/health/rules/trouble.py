"""A source that cannot be read."""

from detectors.core.detector import Text
from detectors.core.event import SECOND
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, UNSURE, About, SourceRule, Verdict, standing
from monitor.health.seen import Seen

PATIENCE = 30 * SECOND
"""A log that is being rotated is missing for an instant."""

TROUBLE = About(
    kind="trouble",
    title=Text("Cannot be read", "Illisible"),
    sentence=Text("It cannot be read: {en}", "Elle ne peut être lue : {fr}"),
    remedy=Text(
        "Mend what it says; reading goes on by itself where it stopped.",
        "Corrigez ce qui est dit ; la lecture reprend d'elle-même là où elle s'est arrêtée.",
    ),
    severity=Severity.HIGH,
)


def judge(seen: Seen, now: int, stands: bool) -> Verdict:
    """It stands once something was in the way for a while, and until it is not."""
    if seen.trouble is None:
        return CLEAR
    text = seen.trouble.text
    is_long = stands or now - seen.troubled >= PATIENCE or now < seen.troubled
    return standing(en=text.en, fr=text.fr) if is_long else UNSURE


RULES = (SourceRule(TROUBLE, judge),)
