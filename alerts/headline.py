"""Says in one plain sentence what an incident comes to, and how sure that is."""

from typing import Final

from alerts.incident import Category
from alerts.wording import plain, said
from detectors.core.detector import Text
from detectors.core.finding import Theme
from detectors.core.identity import SubjectKind

_REPORTED: Final = Text(
    "Somebody reports the account {who}; nobody has looked into it yet.",
    "Quelqu'un signale le compte {who} ; personne ne l'a encore examiné.",
)
_SENTENCES: Final = {
    Category.CREDENTIAL_SHARING: Text(
        "Several people {likely} use the account {who}.",
        "Plusieurs personnes utilisent {likely} le compte {who}.",
    ),
    Category.ACCOUNT_TAKEOVER: Text(
        "Somebody else {likely} signs in as {who}.",
        "Quelqu'un d'autre se connecte {likely} à la place de {who}.",
    ),
    Category.SESSION_HIJACKING: Text(
        "Somebody else {likely} uses a session that {who} opened.",
        "Quelqu'un d'autre utilise {likely} une session ouverte par {who}.",
    ),
    Category.MFA_FATIGUE: Text(
        "Somebody {likely} has the password of {who}, and asks for approval again and again.",
        "Quelqu'un a {likely} le mot de passe de {who}, et redemande sans cesse l'approbation.",
    ),
    Category.SUSPICIOUS_ACCESS: Text(
        "Something about how {who} signs in {likely} is not as it should be.",
        "Quelque chose dans les connexions de {who} n'est {likely} pas normal.",
    ),
    Category.BRUTE_FORCE: Text(
        "Somebody {likely} guesses the password of {who}.",
        "Quelqu'un cherche {likely} à deviner le mot de passe de {who}.",
    ),
}
_ATTACKS: Final = {
    Category.BRUTE_FORCE: Text("guesses passwords", "cherche à deviner des mots de passe"),
    Category.PASSWORD_SPRAYING: Text(
        "tries a few passwords on many accounts",
        "essaie quelques mots de passe sur beaucoup de comptes",
    ),
    Category.CREDENTIAL_STUFFING: Text(
        "tries names and passwords that leaked elsewhere",
        "essaie des identifiants volés ailleurs",
    ),
    Category.ACCOUNT_ENUMERATION: Text(
        "finds out which accounts there are", "cherche quels comptes existent"
    ),
    Category.OVERLOAD: Text("overloads the sign-in", "surcharge la connexion"),
    Category.AUTOMATED_ATTACK: Text(
        "attacks the sign-in with a program", "attaque la connexion avec un programme"
    ),
    Category.LIMIT_EVASION: Text("gets around a limit", "contourne une limite"),
}
_UNKNOWN_ATTACK: Final = Text("tries to get in", "tente d'entrer")
_FROM_SOURCE: Final = Text(
    "Somebody behind {who} {likely} {deed}.", "{Likely}, quelqu'un {deed} depuis {who}."
)
_AT_TENANT: Final = Text(
    "Somebody {likely} {deed} at {who}, from many addresses or on many accounts.",
    "{Likely}, quelqu'un {deed} chez {who}, depuis de nombreuses adresses ou sur de nombreux "
    "comptes.",
)
_ON_ACCOUNT: Final = Text(
    "Somebody {likely} {deed}, at the account {who}.",
    "{Likely}, quelqu'un {deed}, sur le compte {who}.",
)
_LIKELY: Final = (
    (90, Text("almost certainly", "presque certainement")),
    (66, Text("probably", "probablement")),
    (34, Text("possibly", "peut-être")),
    (0, Text("improbably", "très improbablement")),
)


def headline_of(
    category: Category, theme: Theme, kind: SubjectKind, who: str, confidence: int, language: str
) -> str:
    """The sentence; `who` is whom it is about as the reader may see it, `confidence` 0 to 100."""
    deed = said(_ATTACKS.get(category, _UNKNOWN_ATTACK), language)
    told = said(_frame(category, theme, kind), language)
    adverb = likely(confidence, language)
    parts = {"{likely}": adverb, "{Likely}": adverb.capitalize(), "{deed}": deed}
    for name, word in parts.items():
        told = told.replace(name, word)
    # Last, so that a brace in a name is only a brace.
    return told.replace("{who}", plain(who))


def likely(confidence: int, language: str) -> str:
    """A probability in percent as an adverb."""
    return said(next(word for least, word in _LIKELY if confidence >= least), language)


def _frame(category: Category, theme: Theme, kind: SubjectKind) -> Text:
    if kind is SubjectKind.SOURCE:
        return _FROM_SOURCE
    if kind is SubjectKind.TENANT:
        return _AT_TENANT
    if theme is Theme.REPORT:
        return _REPORTED
    return _SENTENCES.get(category, _ON_ACCOUNT)
