"""The audit is not what it was: an entry was altered, or entries are gone."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

BROKEN = About(
    kind="audit_broken",
    title=Text("The audit is broken", "Le journal des actes est rompu"),
    sentence=Text(
        "The audit is not what was entered, at number {number} ({wrong}): somebody altered the "
        "database, it was restored by other means than `vigie restore`, or a disk failed. No "
        "further place of it is signed.",
        "Le journal des actes n'est plus ce qui a été inscrit, au numéro {number} ({wrong}) : "
        "quelqu'un a modifié la base, elle a été restaurée autrement que par `vigie restore`, ou "
        "un disque a failli. Aucune autre place n'en est signée.",
    ),
    remedy=Text(
        "`vigie audit verify` tells all that is wrong. Keep the database, the data folder and the "
        "last export as they are, and compare them before anything else.",
        "`vigie audit verify` dit tout ce qui ne va pas. Gardez la base, le dossier de données et "
        "le dernier export en l'état, et comparez-les avant toute autre chose.",
    ),
    severity=Severity.HIGH,
)


def judge(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands while the chain does not prove whole."""
    if running.broken is None:
        return {ENGINE: CLEAR}
    return {ENGINE: standing(number=running.broken.number, wrong=running.broken.wrong)}


RULES = (EngineRule(BROKEN, judge),)
