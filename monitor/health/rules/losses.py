"""A source of which messages are lost before they can be stored."""

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, UNSURE, About, SourceRule, Verdict, standing
from monitor.health.seen import LOST_WINDOW, Seen

LOSSES = About(
    kind="losses",
    title=Text("Messages are lost", "Messages perdus"),
    sentence=Text(
        "{lost} messages were lost within {window:duration}, most of them: {en}",
        "{lost} messages ont été perdus en {window:duration}, surtout : {fr}",
    ),
    remedy=Text(
        "See who sends so much (vigie sources NAME). Send by TCP or TLS, which wait; raise the "
        "option that is named, or net.core.rmem_max.",
        "Regardez qui envoie autant (vigie sources NOM). Envoyez par TCP ou TLS, qui attendent ; "
        "augmentez l'option nommée, ou net.core.rmem_max.",
    ),
    severity=Severity.MEDIUM,
)


def judge(seen: Seen, _now: int, _stands: bool) -> Verdict:
    """It stands while any was lost of late."""
    lost = seen.lost()
    if lost is None:
        return UNSURE
    if not lost:
        return CLEAR
    return standing(lost=lost, window=LOST_WINDOW, en=seen.lost_by.en, fr=seen.lost_by.fr)


RULES = (SourceRule(LOSSES, judge),)
