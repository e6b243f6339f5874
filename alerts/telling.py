"""Says in English and in French what was found, and why it is an incident; fails on no facts."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias, get_type_hints

from msgspec import Meta, Struct

from alerts.assessment import HYPOTHESES, leading
from alerts.incident import Category, Contribution, Hypothesis, Incident
from alerts.wording import (
    NARROW_SPACE,
    SPACE,
    UNKNOWN_DURATION,
    duration,
    fact,
    is_french,
    is_unsaid,
    number,
    percent,
    plain,
    said,
)
from detectors.core import registry
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, MILLISECONDS, MINUTE, SECOND
from detectors.core.finding import Fact, Finding, Severity, Theme
from detectors.core.fold import DETECTOR_FAILURE

Named: TypeAlias = Category | Hypothesis | Severity | Theme

MAXIMUM_FACTS = 12
"""Facts that are listed of a finding whose detector is not known."""

_NAMES: dict[Named, Text] = {
    Category.CREDENTIAL_SHARING: Text("Shared account", "Compte partagé"),
    Category.ACCOUNT_TAKEOVER: Text("Account taken over", "Compte détourné"),
    Category.SESSION_HIJACKING: Text("Session hijacked", "Session détournée"),
    Category.MFA_FATIGUE: Text("MFA fatigue", "Harcèlement de demandes MFA"),
    Category.BRUTE_FORCE: Text("Brute force", "Force brute"),
    Category.PASSWORD_SPRAYING: Text("Password spraying", "Pulvérisation de mots de passe"),
    Category.CREDENTIAL_STUFFING: Text("Credential stuffing", "Bourrage d'identifiants"),
    Category.ACCOUNT_ENUMERATION: Text("Account enumeration", "Énumération de comptes"),
    Category.OVERLOAD: Text("Overload", "Surcharge"),
    Category.AUTOMATED_ATTACK: Text("Automated attack", "Attaque automatisée"),
    Category.LIMIT_EVASION: Text("Limit evasion", "Contournement de limites"),
    Category.SUSPICIOUS_ACCESS: Text("Suspicious access", "Accès suspect"),
    Hypothesis.ONE_PERSON: Text("One person at work", "Une seule personne au travail"),
    Hypothesis.ROAMING: Text(
        "One person, travelling or on a VPN", "Une seule personne, en déplacement ou sur un VPN"
    ),
    Hypothesis.SHARED: Text("Several people share it", "Plusieurs personnes l'utilisent"),
    Hypothesis.TAKEN_OVER: Text("Taken over by someone else", "Détourné par quelqu'un d'autre"),
    Severity.INFORMATIONAL: Text("informational", "informative"),
    Severity.LOW: Text("low", "faible"),
    Severity.MEDIUM: Text("medium", "moyenne"),
    Severity.HIGH: Text("high", "élevée"),
    Severity.CRITICAL: Text("critical", "critique"),
    Theme.USE: Text("Use of the account", "Utilisation du compte"),
    Theme.ATTACK: Text("Attack", "Attaque"),
    Theme.REPORT: Text("Report", "Signalement"),
    Theme.HEALTH: Text("Health of Vigie", "Santé de Vigie"),
}
_FAILURE = Text(
    "The detector {detector} failed on an event: {error}.",
    f"Le détecteur {{detector}} a échoué sur un événement{SPACE}: {{error}}.",
)
_FAILURE_INNOCENT = Text(
    "This says nothing about the account: it is a fault of Vigie.",
    "Cela ne dit rien du compte : c'est un défaut de Vigie.",
)
_NO_INNOCENT = Text(
    "There may be a harmless explanation that this detector does not name: ask the user.",
    "Il peut y avoir une explication anodine que ce détecteur ne donne pas : interrogez "
    "l'utilisateur.",
)
_LENGTHS = {
    "milliseconds": MILLISECONDS,
    "millisecondes": MILLISECONDS,
    "seconds": SECOND,
    "secondes": SECOND,
    "minutes": MINUTE,
    "hours": HOUR,
    "heures": HOUR,
    "days": DAY,
    "jours": DAY,
}
# None of a unit: it was rounded.
_LESS = {
    MINUTE: Text("less than a minute", "moins d'une minute"),
    HOUR: Text("less than an hour", "moins d'une heure"),
    DAY: Text("less than a day", "moins d'un jour"),
}
# A span of time when a fact is called so; days are mostly counted ones.
_SPANS = {"ms": MILLISECONDS, "seconds": SECOND, "minutes": MINUTE, "hours": HOUR}
_UNITS = {"km": "km", "kmh": "km/h"}
# What stands in a sentence for what the log did not name, by the last word of the fact's name.
_UNNAMED = {
    "device": Text("an unknown device", "un appareil inconnu"),
    "place": Text("an unknown place", "un lieu inconnu"),
    "network": Text("an unknown network", "un réseau inconnu"),
    "ip": Text("an unknown address", "une adresse inconnue"),
    "session": Text("without a name", "sans nom"),
}
# Nouns that may follow a count; of others a detector's sentence keeps the plural.
_SINGULAR = {
    "accounts": "account",
    "addresses": "address",
    "adresses": "adresse",
    "appareils": "appareil",
    "attempts": "attempt",
    "comptes": "compte",
    "computers": "computer",
    "connexions": "connexion",
    "demandes": "demande",
    "devices": "device",
    "failures": "failure",
    "lignes": "ligne",
    "lines": "line",
    "networks": "network",
    "operators": "operator",
    "opérateurs": "opérateur",
    "requests": "request",
    "réseaux": "réseau",
    "postes": "poste",
    "sessions": "session",
    "sign-ons": "sign-on",
    "tentatives": "tentative",
    "times": "time",
    "échecs": "échec",
}
# One pass, so that a brace in a fact is only a brace.
_FIELD = re.compile(rf"\{{(\w+)\}}(?:([ {SPACE}{NARROW_SPACE}])([\w-]+)\b)?")
# A remark in brackets, of which what the log did not say is left out.
_NOT_ELIDED = re.compile(r"\b([dD])e ((?:une?|[aeiouéêœ]\w*)\b)")
_REMARK = re.compile(rf"[ {SPACE}]?\(([^()]*{{\w+}}[^()]*)\)")


def name_of(value: Named, language: str) -> str:
    """What a category, an explanation, a severity or a theme is called."""
    return said(_NAMES[value], language)


def sentence_of(finding: Finding, language: str, abouts: Mapping[str, About] | None = None) -> str:
    """What a finding found: its detector's sentence with the finding's facts.

    `abouts` are the detectors by name, those discovered by default; of one that is not among
    them the facts are listed. A field followed by a unit of time (`{idle} minutes`) and one
    called `..._ms` become a time span in words; a common noun after a count agrees with it. What
    the log did not name is left out of a remark in brackets, and is an unknown device, place,
    network or address elsewhere.
    """
    about = _about(finding.detector, abouts)
    if about is not None:
        return _filled(about.sentence, finding, language, about)
    if finding.detector == DETECTOR_FAILURE:
        return _filled(_FAILURE, finding, language)
    return _listed(finding, language)


def innocent_of(finding: Finding, language: str, abouts: Mapping[str, About] | None = None) -> str:
    """What a harmless explanation of a finding would be, as its detector says."""
    about = _about(finding.detector, abouts)
    if about is not None:
        return _filled(about.innocent, finding, language, about)
    harmless = _FAILURE_INNOCENT if finding.detector == DETECTOR_FAILURE else _NO_INNOCENT
    return said(harmless, language)


def label_of(
    finding: Finding, field: str, language: str, abouts: Mapping[str, About] | None = None
) -> str:
    """What a fact is called: the title that its detector gave it, else its name made readable.

    The detector's `About.facts` says it: `Annotated[..., Meta(title=..., extra={"fr": ...})]`.
    """
    about = _about(finding.detector, abouts)
    given = _meta_of(about.facts).get(field) if about else None
    if given is None or not given.title:
        return plain(_without_unit(str(field)).replace("_", " ").strip()).capitalize()
    return str((given.extra or {}).get("fr", given.title)) if is_french(language) else given.title


def value_of(
    finding: Finding, field: str, language: str, abouts: Mapping[str, About] | None = None
) -> str:
    """A fact's value in words. The name's last word is its unit: km, km/h, ms or a time span;
    a value that its detector names (`extra={"values": {...: Text}}`) is told by that name.
    """
    value = finding.evidence.facts.get(field)
    about = _about(finding.detector, abouts)
    named = None if about is None else _named(about, field, value)
    if named is not None:
        return said(named, language)
    if value is None or isinstance(value, bool | str):
        return fact(value, language)
    last = str(field).rpartition("_")[2]
    if last in _SPANS:
        return _span(value, _SPANS[last], language)
    told = fact(value, language)
    return f"{told}{SPACE}{_UNITS[last]}" if last in _UNITS else told


def describe(
    incident: Incident,
    findings: Sequence[Finding],
    language: str,
    abouts: Mapping[str, About] | None = None,
) -> str:
    """Why this is an incident: the conclusion, what speaks most for it, and how much more there is.

    `findings` are the incident's, or those of them that are at hand.
    """
    category = name_of(incident.category, language)
    share = percent(incident.confidence, language)
    if is_french(language):
        head, colon = f"{category} (probabilité {share})", f"{SPACE}: "
    else:
        head, colon = f"{category} ({share} probable)", ": "
    reason = reason_of(incident, findings, language, abouts)
    return f"{head}{colon}{reason}" if reason else f"{head}."


def reason_of(
    incident: Incident,
    findings: Sequence[Finding],
    language: str,
    abouts: Mapping[str, About] | None = None,
) -> str:
    """What speaks most for an incident's conclusion, and how much more there is; may be empty."""
    decisive = _decisive(incident, findings)
    reason = "" if decisive is None else sentence_of(decisive, language, abouts).rstrip(". ")
    more = len(incident.findings) - (decisive is not None)
    if is_french(language):
        semicolon, others = f"{NARROW_SPACE}; ", "autre indice" if more < 2 else "autres indices"
    else:
        semicolon = "; "
        others = "more piece of evidence" if more == 1 else "more pieces of evidence"
    count = f"{number(more, language)} {others}" if more else ""
    told = semicolon.join(part for part in (reason, count) if part)
    return f"{told}." if told else ""


def _decisive(incident: Incident, findings: Sequence[Finding]) -> Finding | None:
    """What says most; a model's opinion only where nothing else says anything (article 5)."""
    at_hand = {finding.id: finding for finding in findings}
    told = [c for c in incident.assessment.contributions if c.finding in at_hand]
    if not told:
        return None

    def rank(contribution: Contribution) -> tuple[bool, float]:
        says = _says(incident, contribution)
        return says > 0 and not at_hand[contribution.finding].evidence.learned, says

    most = max(map(rank, told))
    return at_hand[min(c.finding for c in told if rank(c) == most)]


def _says(incident: Incident, contribution: Contribution) -> float:
    if incident.theme is not Theme.USE:
        return contribution.attack
    leader = leading(incident.assessment.posterior)
    if leader in {Hypothesis.SHARED, Hypothesis.TAKEN_OVER}:
        return contribution.weights[HYPOTHESES.index(leader)]
    _, _, shared, taken_over = contribution.weights
    return max(shared, taken_over)


@cache
def _discovered() -> Mapping[str, About]:
    return {name: detector.about for name, detector in registry.classes().items()}


def _about(detector: str, abouts: Mapping[str, About] | None) -> About | None:
    return (_discovered() if abouts is None else abouts).get(detector)


def _filled(text: Text, finding: Finding, language: str, about: About | None = None) -> str:
    facts = finding.evidence.facts

    def is_said(part: str) -> bool:
        fields = [match[1] for match in _FIELD.finditer(part)]
        return not fields or not all(is_unsaid(facts.get(field)) for field in fields)

    def remark(match: re.Match[str]) -> str:
        kept = [part for part in match[1].split(", ") if is_said(part)]
        return match[0].replace(match[1], ", ".join(kept)) if kept else ""

    def value(match: re.Match[str]) -> str:
        name, space, word = match.groups(default="")
        given = facts.get(name)
        named = None if about is None else _named(about, name, given)
        told = _told(name, given, language) if named is None else said(named, language)
        if is_unsaid(given) and named is None and word and word not in _LENGTHS:
            return _of_unknown(name, told, f"{space}{word}", language)
        if not isinstance(given, str) or is_unsaid(given):
            if word in _LENGTHS:
                return _span(given, _LENGTHS[word], language)
            if name.endswith("_ms"):
                told = _span(given, MILLISECONDS, language)
            elif _is_one(given, language):
                word = _SINGULAR.get(word, word)
        return f"{told}{space}{word}"

    told = _FIELD.sub(value, _REMARK.sub(remark, said(text, language)))
    if is_french(language):
        told = _NOT_ELIDED.sub(r"\1'\2", told)
    begins_unnamed = told.startswith(tuple(said(name, language) for name in _UNNAMED.values()))
    return told[:1].upper() + told[1:] if begins_unnamed else told


def _of_unknown(field: str, told: str, word: str, language: str) -> str:
    """What follows a fact that is not said: what is counted, where it is a count."""
    if field.rpartition("_")[2] in _UNNAMED:
        return told + word
    if is_french(language):
        return f"un nombre inconnu de{word}"
    return f"an unknown number of{word}"


def _told(field: str, value: Fact, language: str) -> str:
    unnamed = _UNNAMED.get(field.rpartition("_")[2])
    return (
        fact(value, language)
        if not is_unsaid(value) or unnamed is None
        else said(unnamed, language)
    )


@cache
def _meta_of(facts: type[Struct]) -> Mapping[str, Meta]:
    hints = get_type_hints(facts, include_extras=True)
    return {
        name: meta
        for name, hint in hints.items()
        for meta in getattr(hint, "__metadata__", ())
        if isinstance(meta, Meta)
    }


def _named(about: About, field: str, value: Fact) -> Text | None:
    """What a detector calls this value of a fact in words; None where it has no word for it."""
    given = _meta_of(about.facts).get(field)
    named = ((given.extra or {}) if given else {}).get("values", {}).get(value)
    return named if isinstance(named, Text) else None


def _without_unit(field: str) -> str:
    rest, _, last = field.rpartition("_")
    return rest if rest and (last in _UNITS or last in _SPANS) else field


def _is_one(value: Fact, language: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 2 if is_french(language) else value == 1


def _span(value: Fact, unit: int, language: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return said(UNKNOWN_DURATION, language)
    if value == 0 and unit in _LESS:
        return said(_LESS[unit], language)
    return duration(value * unit, language)


def _listed(finding: Finding, language: str) -> str:
    facts = sorted(finding.evidence.facts.items(), key=lambda item: str(item[0]))
    listed = ", ".join(
        f"{plain(str(name))} = {fact(value, language)}" for name, value in facts[:MAXIMUM_FACTS]
    )
    detector = plain(finding.detector)
    if is_french(language):
        head = f"Le détecteur «{SPACE}{detector}{SPACE}» a relevé quelque chose"
        return f"{head}{SPACE}: {listed}." if listed else f"{head}."
    head = f"The detector “{detector}” found something"
    return f"{head}: {listed}." if listed else f"{head}."
