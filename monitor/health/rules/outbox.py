"""Orders to responders that people have to look at, and responders that do not answer."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

_PREFIX = "responder:"

DEAD = About(
    kind="orders_given_up",
    title=Text("Orders were given up", "Des ordres ont été abandonnés"),
    sentence=Text(
        "Orders to responders that were given up: {dead}. What they were to do is not done.",
        "Ordres aux connecteurs abandonnés : {dead}. Ce qu'ils devaient faire n'est pas fait.",
    ),
    remedy=Text(
        "`vigie outbox list --state dead` says why. Mend it, then try them again "
        "(`vigie outbox retry`), or cancel what was done otherwise.",
        "`vigie outbox list --state dead` dit pourquoi. Réparez, puis réessayez "
        "(`vigie outbox retry`), ou annulez ce qui a été fait autrement.",
    ),
    severity=Severity.HIGH,
)
PARKED = About(
    kind="orders_parked",
    title=Text("Orders wait for a person", "Des ordres attendent une personne"),
    sentence=Text(
        "Orders that came back with a backup: {parked}. They may have been carried out since, and "
        "nothing is done before a person lets them go.",
        "Ordres revenus avec une sauvegarde : {parked}. Ils ont pu être exécutés depuis, et rien "
        "n'est fait avant qu'une personne les laisse partir.",
    ),
    remedy=Text(
        "Once the database that was lost sends nothing any more: `vigie outbox release`, or "
        "`vigie outbox cancel` for what was done.",
        "Quand la base perdue n'envoie plus rien : `vigie outbox release`, ou `vigie outbox "
        "cancel` pour ce qui a été fait.",
    ),
    severity=Severity.MEDIUM,
)
SILENT = About(
    kind="responder_silent",
    title=Text("A responder does not answer", "Un connecteur ne répond pas"),
    sentence=Text(
        "{name} failed several times in a row and is left in peace for a while: {reason}",
        "{name} a échoué plusieurs fois de suite et est laissé en paix un moment : {reason}",
    ),
    remedy=Text(
        "Its orders wait and are tried by themselves for a day. Look at the other side, and at "
        "[responders] and [outbound] of the settings.",
        "Ses ordres attendent et sont réessayés d'eux-mêmes pendant un jour. Voyez l'autre côté, "
        "et [responders] et [outbound] des réglages.",
    ),
    severity=Severity.MEDIUM,
)


def judge_dead(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands while there is one that nobody looked at."""
    dead = 0 if running.orders is None else running.orders.dead
    return {ENGINE: standing(dead=dead) if dead else CLEAR}


def judge_parked(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands until the last one was released or cancelled."""
    parked = 0 if running.orders is None else running.orders.parked
    return {ENGINE: standing(parked=parked) if parked else CLEAR}


def judge_silent(running: Running, _now: int, stands: frozenset[str]) -> Mapping[str, Verdict]:
    """One for each responder, until it answers."""
    told = () if running.orders is None else running.orders.silent
    found = {f"{_PREFIX}{name}": standing(name=name, reason=reason) for name, reason in told}
    return dict.fromkeys(stands, CLEAR) | found


RULES = (
    EngineRule(DEAD, judge_dead),
    EngineRule(PARKED, judge_parked),
    EngineRule(SILENT, judge_silent),
)
