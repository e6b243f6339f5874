"""Facts of hygiene in words, in both languages; fails on no particulars."""

from collections.abc import Mapping
from typing import Final

from alerts.wording import plain, said
from detectors.core.detector import Text
from monitor.directory.account import Mfa
from monitor.hygiene.facts import Detail, Fact
from monitor.hygiene.names import WORDS

TITLES: Final = {
    Fact.DORMANT: Text("Dormant", "Dormant"),
    Fact.GENERIC_NAME: Text("Impersonal name", "Nom impersonnel"),
    Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR: Text(
        "Privileged without a strong factor", "Privilégié sans facteur fort"
    ),
    Fact.NO_MFA: Text("No second factor", "Pas de second facteur"),
    Fact.OUTDATED_BROWSER: Text("Browser out of date", "Navigateur dépassé"),
    Fact.OUTDATED_SYSTEM: Text("System out of date", "Système dépassé"),
    Fact.STALE_SESSION: Text("Session left open", "Session laissée ouverte"),
    Fact.OFFBOARDED_ACTIVE: Text("Offboarded and in use", "Clôturé et utilisé"),
    Fact.UNKNOWN_TO_DIRECTORY: Text("Unknown to the directory", "Inconnu de l'annuaire"),
    Fact.WEAK_FACTOR: Text("Weak second factor", "Second facteur faible"),
    Fact.PRIVILEGED_WITHOUT_PASSKEY: Text(
        "Privileged without a passkey", "Privilégié sans clé d'accès"
    ),
    Fact.UNREVIEWED_ALERT: Text("Alert not reviewed", "Alerte non examinée"),
}
ADVICE: Final = {
    Fact.DORMANT: Text(
        "Close it, or ask whether it is still needed.",
        "Le clore, ou demander s'il sert encore.",
    ),
    Fact.GENERIC_NAME: Text(
        "Give each person an account; authorise sharing where there must be any.",
        "Donner un compte à chacun ; autoriser le partage là où il le faut.",
    ),
    Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR: Text(
        "Enrol a passkey or a one-time code before anything else.",
        "Enrôler une clé d'accès ou un code à usage unique avant tout.",
    ),
    Fact.NO_MFA: Text("Enrol a second factor.", "Enrôler un second facteur."),
    Fact.OUTDATED_BROWSER: Text("Update the browser.", "Mettre le navigateur à jour."),
    Fact.OUTDATED_SYSTEM: Text(
        "Replace a system that is mended no more.",
        "Remplacer un système qui n'est plus corrigé.",
    ),
    Fact.STALE_SESSION: Text(
        "End the session, and shorten how long sessions last.",
        "Fermer la session, et raccourcir la durée des sessions.",
    ),
    Fact.OFFBOARDED_ACTIVE: Text(
        "Deactivate it where it lives, and see its findings.",
        "Le désactiver là où il vit, et voir ses constats.",
    ),
    Fact.UNKNOWN_TO_DIRECTORY: Text(
        "Enter it with its holder, or close it.", "Le saisir avec son titulaire, ou le clore."
    ),
    Fact.WEAK_FACTOR: Text(
        "Replace codes by SMS, mail or call with a passkey or an authenticator.",
        "Remplacer les codes par SMS, courriel ou appel par une clé d'accès ou une application.",
    ),
    Fact.PRIVILEGED_WITHOUT_PASSKEY: Text(
        "Give it a passkey or a security key: codes can be talked out of people.",
        "Lui donner une clé d'accès ou une clé de sécurité : un code peut être soutiré.",
    ),
    Fact.UNREVIEWED_ALERT: Text(
        "Open its ticket and say what it was.", "Ouvrir son ticket et dire ce qu'il en est."
    ),
}
_NEVER = Text("Never used in {days} days", "Jamais utilisé en {days} jours")
_SENTENCES: Final = {
    Fact.DORMANT: Text("Not used for {days} days", "Pas utilisé depuis {days} jours"),
    Fact.GENERIC_NAME: Text("“{name}” is {reason}", "«\u00a0{name}\u00a0» est {reason}"),
    Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR: Text(
        "Privileged, with {factor}", "Privilégié, avec {factor}"
    ),
    Fact.NO_MFA: Text(
        "No second factor, as {said_by} says", "Pas de second facteur, dit {said_by}"
    ),
    Fact.OUTDATED_BROWSER: Text(
        "{browser} {version} is out of date", "{browser} {version} est dépassé"
    ),
    Fact.OUTDATED_SYSTEM: Text(
        "{system} {version} is mended no more", "{system} {version} n'est plus corrigé"
    ),
    Fact.STALE_SESSION: Text(
        "A session has been open for {days} days", "Une session est ouverte depuis {days} jours"
    ),
    Fact.OFFBOARDED_ACTIVE: Text(
        "Last used {days} days after it ended", "Utilisé jusqu'à {days} jours après sa fin"
    ),
    Fact.UNKNOWN_TO_DIRECTORY: Text(
        "In use, and not in the directory", "Utilisé, et absent de l'annuaire"
    ),
    Fact.WEAK_FACTOR: Text(
        "Its second factor can be intercepted or approved by mistake{methods}",
        "Son second facteur peut être intercepté ou approuvé par erreur{methods}",
    ),
    Fact.PRIVILEGED_WITHOUT_PASSKEY: Text(
        "Privileged, and has no passkey{methods}", "Privilégié, et n'a pas de clé d'accès{methods}"
    ),
    Fact.UNREVIEWED_ALERT: Text(
        "Alerts that nobody has looked at: {count}, the oldest for {days} days",
        "Alertes que personne n'a examinées\u00a0: {count}, la plus ancienne depuis {days} jours",
    ),
}
_WORDS: Final = {
    "factor": {
        Mfa.NONE.value: Text("no second factor", "aucun second facteur"),
        Mfa.WEAK.value: Text("a weak second factor", "un second facteur faible"),
    },
    "said_by": {
        "log": Text("the log of its last sign-on", "le journal de la dernière connexion"),
        "directory": Text("the directory", "l'annuaire"),
    },
    "reason": {reason.value: words for reason, words in WORDS.items()},
    "browser": {
        "chrome": Text("Chrome", "Chrome"),
        "edge": Text("Edge", "Edge"),
        "firefox": Text("Firefox", "Firefox"),
        "ie": Text("Internet Explorer", "Internet Explorer"),
        "opera": Text("Opera", "Opera"),
        "safari": Text("Safari", "Safari"),
        "samsung": Text("Samsung Internet", "Samsung Internet"),
    },
    "system": {
        "android": Text("Android", "Android"),
        "ios": Text("iOS", "iOS"),
        "macos": Text("macOS", "macOS"),
        "windows": Text("Windows NT", "Windows NT"),
    },
}


def title_of(fact: Fact, language: str) -> str:
    """What a fact is called."""
    return said(TITLES[fact], language)


def advice_of(fact: Fact, language: str) -> str:
    """What to do about it."""
    return said(ADVICE[fact], language)


def sentence_of(fact: Fact, detail: Mapping[str, Detail], language: str) -> str:
    """What is said of an account, without a full stop."""
    text = _NEVER if fact is Fact.DORMANT and detail.get("never") else _SENTENCES[fact]
    named = {key: _word(key, value, language) for key, value in detail.items()}
    named["methods"] = f" ({named['methods']})" if named.get("methods") else ""
    return said(text, language).format_map(_Lenient(named))


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _word(key: str, value: Detail, language: str) -> str:
    known = _WORDS.get(key, {}).get(str(value))
    return plain(str(value)) if known is None else said(known, language)
