"""What responds to incidents is gone, does not keep up, or cannot do what it is there for."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from detectors.core.finding import Severity
from monitor.health.rule import (
    CLEAR,
    ENGINE,
    UNSURE,
    About,
    EngineRule,
    Running,
    Verdict,
    standing,
)

SILENT = 2 * MINUTE
"""How long it may tell nothing, in ms."""
BEHIND_AFTER = 10 * MINUTE
"""Following without coming to an end, in ms."""
_PREFIX = "duty:"

ABSENT = About(
    kind="nobody_responds",
    title=Text("Nobody responds", "Personne ne répond"),
    sentence=Text(
        "What responds to incidents has told nothing for {silent:duration}: no ticket is opened, "
        "no measure begins or ends.",
        "Ce qui répond aux incidents ne dit rien depuis {silent:duration} : aucun ticket n'est "
        "ouvert, aucune mesure ne commence ni ne prend fin.",
    ),
    remedy=Text(
        "`vigie run` starts it, unless --only says otherwise: look at its log. Nothing is lost: "
        "it goes on where it was.",
        "`vigie run` le démarre, sauf si --only dit autre chose : consultez son journal. Rien "
        "n'est perdu : il reprend où il en était.",
    ),
    severity=Severity.HIGH,
)
BEHIND = About(
    kind="responding_behind",
    title=Text("Responding is behind", "La réponse est en retard"),
    sentence=Text(
        "Incidents have waited for {behind:duration} to be responded to.",
        "Des incidents attendent une réponse depuis {behind:duration}.",
    ),
    remedy=Text(
        "After an upgrade or a flood it comes to an end by itself; else look at what it waits "
        "for in its log.",
        "Après une mise à niveau ou un afflux, elle y arrive d'elle-même ; sinon, cherchez dans "
        "son journal ce qu'elle attend.",
    ),
    severity=Severity.MEDIUM,
)
TROUBLE = About(
    kind="responding_trouble",
    title=Text("Responding is in trouble", "La réponse a un problème"),
    sentence=Text(
        "A part of it cannot do its work: {reason}",
        "Une de ses parties ne peut faire son travail : {reason}",
    ),
    remedy=Text(
        "It is tried again by itself. A policy that cannot be read does nothing: adopt one that "
        "can, with `vigie policy import`.",
        "Elle réessaie d'elle-même. Une politique illisible ne fait rien : adoptez-en une qui "
        "se lit, avec `vigie policy import`.",
    ),
    severity=Severity.HIGH,
)


def judge_absent(running: Running, now: int, stands: frozenset[str]) -> Mapping[str, Verdict]:
    """Where it was there once; when we begin, it has time to begin as well."""
    told = running.responding
    if told is None:
        return {ENGINE: CLEAR}
    silent = now - max(told.told, running.begun)
    if silent > SILENT:
        return {ENGINE: standing(silent=now - told.told)}
    is_there = not told.ended and now - told.told <= SILENT
    return {ENGINE: CLEAR if is_there or not stands else UNSURE}


def judge_behind(running: Running, now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands while it follows without coming to an end."""
    told = running.responding
    if told is None or told.behind_since is None or now - told.behind_since <= BEHIND_AFTER:
        return {ENGINE: CLEAR}
    return {ENGINE: standing(behind=now - told.behind_since)}


def judge_trouble(running: Running, _now: int, stands: frozenset[str]) -> Mapping[str, Verdict]:
    """One for each duty that is in trouble."""
    told = () if running.responding is None else running.responding.troubles
    found = {f"{_PREFIX}{name}": standing(reason=reason) for name, reason in told}
    return dict.fromkeys(stands, CLEAR) | found


RULES = (
    EngineRule(ABSENT, judge_absent),
    EngineRule(BEHIND, judge_behind),
    EngineRule(TROUBLE, judge_trouble),
)
