"""A source whose lines are not understood any more: its format is not what it was."""

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.reason import kind_of
from monitor.health.rule import CLEAR, UNSURE, About, SourceRule, Verdict, standing
from monitor.health.seen import Seen

LEAST_LINES = 50
LEAST_REJECTS = 20
SHARE = 0.1
CLEARED = 0.05
FRUITLESS_LINES = 500
USUAL = 0.01
"""The least share of lines that were events, of a source that yields any."""

REJECTS = About(
    kind="rejects",
    title=Text("Not understood", "Incomprise"),
    sentence=Text(
        "{share:share} of its last lines could not be read, the last one because: {reason}",
        "{share:share} de ses dernières lignes sont illisibles, la dernière car : {reason}",
    ),
    remedy=Text(
        "Look at the lines (vigie sources NAME --rejects) and try them with vigie explain: the "
        "application may write another format now.",
        "Regardez les lignes (vigie sources NOM --rejects) et essayez-les avec vigie explain : "
        "l'application écrit peut-être un autre format.",
    ),
    severity=Severity.MEDIUM,
)
FRUITLESS = About(
    kind="fruitless",
    title=Text("Lines without events", "Lignes sans événement"),
    sentence=Text(
        "Of its last {lines} lines none was about a sign-in; it used to be {usual:share}.",
        "Aucune de ses {lines} dernières lignes ne parlait de connexion ; c'était {usual:share}.",
    ),
    remedy=Text(
        "Look whether the application still logs sign-ins, at the level and under the name it did.",
        "Vérifiez que l'application journalise encore les connexions, au même niveau et sous le "
        "même nom.",
    ),
    severity=Severity.MEDIUM,
)


def judge_rejects(seen: Seen, _now: int, stands: bool) -> Verdict:
    """It stands from a tenth of the last lines on, and until it is a twentieth."""
    if seen.lines < LEAST_LINES:
        return UNSURE
    share = seen.rejects / seen.lines
    if share >= SHARE and (stands or seen.rejects >= LEAST_REJECTS):
        return standing(share=share, reason=kind_of(seen.reason))
    return CLEAR if not stands or share < CLEARED else UNSURE


def judge_fruitless(seen: Seen, _now: int, _stands: bool) -> Verdict:
    """It stands when none of many lines was an event, and until one is."""
    if seen.events >= 1:
        return CLEAR
    if seen.lines >= FRUITLESS_LINES and seen.usual >= USUAL:
        return standing(lines=round(seen.lines), usual=seen.usual)
    return UNSURE


RULES = (SourceRule(REJECTS, judge_rejects), SourceRule(FRUITLESS, judge_fruitless))
