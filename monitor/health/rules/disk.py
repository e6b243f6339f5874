"""A disk that is nearly full."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, UNSURE, About, EngineRule, Running, Verdict, standing

LEAST_FREE = 1 << 30
ENOUGH = LEAST_FREE + (1 << 28)
DISK = "disk"

LOW = About(
    kind="disk_low",
    title=Text("The disk is nearly full", "Le disque est presque plein"),
    sentence=Text(
        "{free} MiB are free where the data is kept.",
        "Il reste {free} Mio là où sont les données.",
    ),
    remedy=Text(
        "Free at least 1 GiB, or keep events for a shorter time; when nothing is left, reading "
        "waits and loses nothing.",
        "Libérez au moins 1 Gio, ou conservez les événements moins longtemps ; quand il ne reste "
        "rien, la lecture attend et ne perd rien.",
    ),
    severity=Severity.HIGH,
)


def judge(running: Running, _now: int, stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands below a gibibyte, and until there is a little more than that."""
    free = running.free
    if free is None:
        return {DISK: UNSURE}
    if free < (ENOUGH if stands else LEAST_FREE):
        return {DISK: standing(free=free >> 20)}
    return {DISK: CLEAR}


RULES = (EngineRule(LOW, judge),)
