"""A gate before an application that could not tell whom to let pass."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

BLIND = About(
    kind="gate_blind",
    title=Text("The gate was blind", "Le portail était aveugle"),
    sentence=Text(
        "For {away:duration} the gate could not tell whom to let pass ({reason}): {passed} "
        "requests passed unseen, {refused} were turned away.",
        "Pendant {away:duration}, le portail ne pouvait dire qui laisser passer ({reason}) : "
        "{passed} requêtes sont passées sans contrôle, {refused} ont été refusées.",
    ),
    remedy=Text(
        "See that the database and the provider answer. What must never pass unseen belongs in "
        "gate.closed_paths; gate.on_failure says the rest.",
        "Voyez si la base et le fournisseur répondent. Ce qui ne doit jamais passer sans contrôle "
        "a sa place dans gate.closed_paths ; gate.on_failure dit le reste.",
    ),
    severity=Severity.HIGH,
)


def judge(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands for a while after it is over: while the database is away, it cannot be told."""
    told = running.gate
    if told is None:
        return {ENGINE: CLEAR}
    away = max(0, told.until - told.since)
    found = standing(away=away, reason=told.reason, passed=told.passed, refused=told.refused)
    return {ENGINE: found}


RULES = (EngineRule(BLIND, judge),)
