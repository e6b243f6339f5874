"""An engine that does not keep up, and detectors that fail."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.event import DAY, MINUTE
from detectors.core.finding import Severity
from monitor.health.rule import (
    CLEAR,
    ENGINE,
    UNSURE,
    About,
    EngineRule,
    Running,
    Verdict,
    detector_subject,
    standing,
)

BEHIND_AFTER = 10 * MINUTE
"""Reading without coming to an end, in ms of the clock."""
REMEMBERED = DAY
"""How long a detector's failure stands without another one."""

BEHIND = About(
    kind="behind",
    title=Text("The engine is behind", "Le moteur est en retard"),
    sentence=Text(
        "It has been reading for {behind:duration} without coming to an end.",
        "Il lit depuis {behind:duration} sans arriver au bout.",
    ),
    remedy=Text(
        "After a stop or a flood it comes to an end by itself; else more comes than this machine "
        "can take: look at the slowest part in /metrics.",
        "Après un arrêt ou un afflux, il y arrive de lui-même ; sinon, il arrive plus que cette "
        "machine ne peut prendre : cherchez la partie la plus lente dans /metrics.",
    ),
    severity=Severity.MEDIUM,
)
FAILING = About(
    kind="failing",
    title=Text("A detector fails", "Un détecteur échoue"),
    sentence=Text(
        "It failed on an event, which was kept; the last time: {error}",
        "Il a échoué sur un événement, qui est conservé ; la dernière fois : {error}",
    ),
    remedy=Text(
        "It is a fault of the program: report it. All other detectors saw the event.",
        "C'est un défaut du programme : signalez-le. Les autres détecteurs ont vu l'événement.",
    ),
    severity=Severity.HIGH,
)


def judge_behind(running: Running, now: int, stands: frozenset[str]) -> Mapping[str, Verdict]:
    """A first history, however long it takes, is no being behind."""
    behind = now - max(running.caught_up, running.begun)
    if running.caught_up and behind > BEHIND_AFTER:
        return {ENGINE: standing(behind=behind)}
    is_there = running.caught_up >= running.begun
    return {ENGINE: CLEAR if is_there or not stands else UNSURE}


def judge_failing(running: Running, now: int, stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands for a day after a detector's last failure."""
    found = {
        detector_subject(name): standing(error=error)
        for name, (at, error) in running.failed.items()
        if now - at < REMEMBERED
    }
    # What an engine before this one met stands for as long, counted from our beginning.
    old = UNSURE if now - running.begun < REMEMBERED else CLEAR
    return dict.fromkeys(stands, old) | found


RULES = (EngineRule(BEHIND, judge_behind), EngineRule(FAILING, judge_failing))
