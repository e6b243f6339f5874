"""The report's words in English and French, and how it writes figures."""

from babel.numbers import format_decimal, format_percent

from alerts.incident import Category
from alerts.telling import name_of
from alerts.wording import NARROW_SPACE, SPACE, is_french, said
from detectors.core import registry
from detectors.core.detector import Text
from detectors.core.event import HOUR, MINUTE, SECOND
from monitor.evaluation.intervals import Estimate, Share
from monitor.evaluation.truth import CALLED_OTHERWISE

DASH = "—"

_CATEGORIES = {category.value: category for category in Category}
_CATEGORIES.update({said_so: Category(named) for said_so, named in CALLED_OTHERWISE.items()})

WORDS: dict[str, Text] = {
    "title": Text("Accuracy", "Justesse"),
    "lead": Text(
        "How well Vigie finds what it is for, beside published rules, on logs whose truth is "
        "known. Every figure has its 95% interval.",
        "Ce que Vigie trouve de ce qu'elle cherche, à côté de règles publiées, sur des journaux "
        "dont la vérité est connue. Chaque chiffre a son intervalle à 95 %.",
    ),
    "made_by": Text("Made by", "Produit par"),
    "logs": Text("The logs", "Les journaux"),
    "log": Text("log", "journal"),
    "events": Text("events", "événements"),
    "days": Text("days", "jours"),
    "accounts": Text("accounts", "comptes"),
    "honest": Text("honest", "honnêtes"),
    "misdeeds": Text("misdeeds to find", "méfaits à trouver"),
    "speed": Text("events a second", "événements par seconde"),
    "unreadable": Text("unreadable", "illisibles"),
    "targets": Text("What is asked for", "Ce qui est demandé"),
    "figure": Text("figure", "chiffre"),
    "asked": Text("asked for", "demandé"),
    "reached": Text("reached", "atteint"),
    "yes": Text("yes", "oui"),
    "no": Text("not yet", "pas encore"),
    "unknown": Text("nothing to tell by", "rien pour le dire"),
    "interval": Text("95% interval", "intervalle à 95 %"),
    "cases": Text("of", "sur"),
    "at_least": Text("at least", "au moins"),
    "at_most": Text("at most", "au plus"),
    "sharing_recall": Text("Shared accounts found", "Comptes partagés trouvés"),
    "sharing_precision": Text(
        "Rightly called shared, of those called so", "Dits partagés à raison, parmi ceux dits tels"
    ),
    "takeover_recall": Text(
        "Takeovers found as such, after they began",
        "Détournements trouvés comme tels, après leur début",
    ),
    "takeover_delay": Text(
        "Time to find a takeover, median", "Délai pour trouver un détournement, médiane"
    ),
    "hijacking_recall": Text(
        "Stolen sessions found as such, after they began",
        "Sessions volées trouvées comme telles, après leur début",
    ),
    "hijacking_delay": Text(
        "Time to find a stolen session, median", "Délai pour trouver une session volée, médiane"
    ),
    "sources_recall": Text(
        "Addresses of spraying, stuffing and brute force found",
        "Adresses de pulvérisation, de bourrage et de force brute trouvées",
    ),
    "sources_precision": Text(
        "Addresses rightly called attacking", "Adresses dites attaquantes à raison"
    ),
    "honest_flagged": Text("Honest accounts flagged", "Comptes honnêtes signalés"),
    "honest_rate": Text(
        "False alarms per 1,000 honest accounts a week",
        "Fausses alertes pour 1 000 comptes honnêtes et par semaine",
    ),
    "systems": Text("Beside published rules", "À côté de règles publiées"),
    "systems_note": Text(
        "The same events, places and networks for all. A rule that does not say whether it found "
        "sharing or a takeover is credited with both, and not blamed for the one where it is asked "
        "for the other.",
        "Les mêmes événements, lieux et réseaux pour tous. Une règle qui ne dit pas si elle a "
        "trouvé un partage ou un détournement est créditée des deux, et n'est pas blâmée de l'un "
        "quand on lui demande l'autre.",
    ),
    "system": Text("system", "système"),
    "rule": Text("rule", "règle"),
    "shared_found": Text("sharing found", "partages trouvés"),
    "shared_precision": Text("sharing, precision", "partages, précision"),
    "taken_found": Text("takeovers found", "détournements trouvés"),
    "taken_precision": Text("takeovers, precision", "détournements, précision"),
    "stolen_found": Text("stolen sessions found", "sessions volées trouvées"),
    "flagged": Text("honest flagged", "honnêtes signalés"),
    "weekly": Text("false alarms / 1,000 / week", "fausses alertes / 1 000 / semaine"),
    "attacks_found": Text("attacks found", "attaques trouvées"),
    "delay": Text("median delay", "délai médian"),
    "delay90": Text("90th percentile", "90e centile"),
    "area": Text("area under ROC", "aire sous ROC"),
    "average": Text("average precision", "précision moyenne"),
    "curves": Text("Over every threshold", "Pour tout seuil"),
    "curves_note": Text(
        "Accounts by the highest score that each system gave them: for Vigie the probability of "
        "sharing, or of sharing and takeover together.",
        "Les comptes selon le score le plus haut que chaque système leur a donné : pour Vigie la "
        "probabilité de partage, ou de partage et de détournement ensemble.",
    ),
    "roc_sharing": Text("Sharing: ROC", "Partage : ROC"),
    "pr_sharing": Text("Sharing: precision and recall", "Partage : précision et rappel"),
    "roc_use": Text("Any abuse: ROC", "Tout abus : ROC"),
    "pr_use": Text("Any abuse: precision and recall", "Tout abus : précision et rappel"),
    "false_rate": Text("honest accounts flagged, %", "comptes honnêtes signalés, %"),
    "recall": Text("found, %", "trouvés, %"),
    "precision": Text("precision, %", "précision, %"),
    "reauth": Text("Asking users again", "Redemander aux utilisateurs"),
    "reauth_note": Text(
        "To stop so many takeovers at sign-in, so many legitimate sign-ins would be asked to "
        "verify again (as Wiefling et al. 2022 report it). Vigie asks at a sign-in that brings a "
        "finding, from a given probability up; 100% says that it could only be done by asking at "
        "every sign-in.",
        "Pour arrêter autant de détournements à la connexion, autant de connexions légitimes "
        "devraient être vérifiées à nouveau (comme le rapportent Wiefling et al. 2022). Vigie "
        "demande à une connexion qui apporte un constat, à partir d'une probabilité donnée ; "
        "100 % dit que cela ne se pourrait qu'en demandant à chaque connexion.",
    ),
    "stopped": Text("takeovers stopped", "détournements arrêtés"),
    "stopped_axis": Text("takeovers stopped, %", "détournements arrêtés, %"),
    "asked_axis": Text("legitimate sign-ins asked, %", "connexions légitimes vérifiées, %"),
    "personas": Text(
        "Honest accounts flagged, by persona", "Comptes honnêtes signalés, par profil"
    ),
    "persona": Text("persona", "profil"),
    "strategies": Text("By strategy", "Par stratégie"),
    "strategies_note": Text(
        "How many were found under their own category, after they began. Those marked “held "
        "back” are strategies that nothing was tuned on.",
        "Combien ont été trouvés sous leur propre catégorie, après leur début. Les stratégies "
        "marquées « réservée » n'ont servi à aucun réglage.",
    ),
    "behaviour": Text("misdeed", "méfait"),
    "strategy": Text("strategy", "stratégie"),
    "held_back": Text("held back", "réservée"),
    "right": Text("found as such", "trouvés comme tels"),
    "any": Text("found at all", "trouvés tout court"),
    "all_strategies": Text("all", "toutes"),
    "missed": Text("What is not found, and why", "Ce qui n'est pas trouvé, et pourquoi"),
    "missed_note": Text(
        "Misdeeds that Vigie did not find under their category, after they began.",
        "Les méfaits que Vigie n'a pas trouvés sous leur catégorie, après leur début.",
    ),
    "nothing_missed": Text("Nothing was missed.", "Rien n'a été manqué."),
    "why": Text("why", "pourquoi"),
    "count": Text("how many", "combien"),
    "otherwise": Text(
        "a reviewer was called, for another category",
        "un analyste a été appelé, pour une autre catégorie",
    ),
    "early": Text(
        "a reviewer was called only before it began",
        "un analyste n'a été appelé qu'avant son début",
    ),
    "weak": Text(
        "something was found, not enough to call anybody",
        "quelque chose a été trouvé, pas assez pour appeler quelqu'un",
    ),
    "silent": Text("no detector found anything", "aucun détecteur n'a rien trouvé"),
    "ablation": Text("Each detector off in turn", "Chaque détecteur coupé à son tour"),
    "ablation_quick": Text(
        "Its findings are dropped and what is left is correlated again; what a finding keeps out "
        "of a profile stays out. Differences are in points of percentage; a loss of recall or "
        "precision, or more false alarms, is what the detector is worth.",
        "Ses constats sont retirés et le reste est corrélé à nouveau ; ce qu'un constat tient hors "
        "d'un profil le reste. Les écarts sont en points de pourcentage ; une perte de rappel ou "
        "de précision, ou plus de fausses alertes, est ce que vaut le détecteur.",
    ),
    "ablation_exact": Text(
        "The whole chain was run again without it. Differences are in points of percentage; a loss "
        "of recall or precision, or more false alarms, is what the detector is worth.",
        "Toute la chaîne a été relancée sans lui. Les écarts sont en points de pourcentage ; une "
        "perte de rappel ou de précision, ou plus de fausses alertes, est ce qu'il vaut.",
    ),
    "features": Text(
        "Each feature of the learned model off in turn",
        "Chaque caractéristique du modèle appris coupée à son tour",
    ),
    "features_note": Text(
        "What it adds to the score is set to zero, for every account and at every tick, and what "
        "the detector would have found then is correlated with the rest. The model is not fitted "
        "again: another feature that tells nearly the same could take over its part.",
        "Ce qu'elle ajoute au score est mis à zéro, pour chaque compte et à chaque échéance, et ce "
        "que le détecteur aurait alors trouvé est corrélé avec le reste. Le modèle n'est pas "
        "réajusté : une autre caractéristique qui dit presque la même chose prendrait sa part.",
    ),
    "changed": Text("findings changed", "constats changés"),
    "steps": Text("From Freeman et al. to Vigie", "De Freeman et al. à Vigie"),
    "steps_note": Text(
        "Sign-ins by others than the owner that are stopped, where so many of the legitimate ones "
        "are asked to verify again. Each step has what the one above it has, and something more; "
        "the last but one is Vigie's own score by itself, the last all of its detectors. What "
        "each of its parts is worth stands above, under the detector off.",
        "Connexions par d'autres que le titulaire qui sont arrêtées, quand tant de connexions "
        "légitimes doivent être vérifiées. Chaque étape a ce qu'a celle du dessus, et quelque "
        "chose de plus ; l'avant-dernière est le score de Vigie seul, la dernière tous ses "
        "détecteurs. Ce que vaut chacune de ses parties figure plus haut, sous le détecteur coupé.",
    ),
    "step": Text("step", "étape"),
    "asked_of": Text("stopped, asking", "arrêtées, en demandant à"),
    "off": Text("off", "coupé"),
    "findings": Text("findings", "constats"),
    "nothing_off": Text("nothing", "rien"),
    "no_effect": Text("changes nothing here", "ne change rien ici"),
    "method": Text("How it is measured", "Comment c'est mesuré"),
    "any_abuse": Text("Any abuse", "Tout abus"),
}

METHOD: tuple[Text, ...] = (
    Text(
        "The whole chain runs on event time with its defaults, as `vigie replay` does; nothing is "
        "set by the labels. An account or an address counts as flagged when an incident of "
        "severity medium or higher names it: that is what a reviewer is called for.",
        "Toute la chaîne tourne en temps des événements avec ses réglages par défaut, comme "
        "`vigie replay` ; rien n'est réglé d'après les étiquettes. Un compte ou une adresse est "
        "signalé quand un incident de sévérité moyenne ou plus le nomme : c'est pour cela qu'on "
        "appelle un analyste.",
    ),
    Text(
        "Found means: under the misdeed's own category, and at or after its first act. Delay is "
        "event time from the first act to the event at which a reviewer was called.",
        "Trouvé veut dire : sous la catégorie propre du méfait, et à son premier acte ou après. Le "
        "délai est le temps des événements du premier acte à celui où un analyste a été appelé.",
    ),
    Text(
        "An account is honest when nobody but its user uses it; groups that may share are honest, "
        "and so are targets of guessing that failed. What is rightly said of an attack on an "
        "honest account is no false alarm. Minor misdeeds are neither looked for nor held against "
        "a system.",
        "Un compte est honnête quand personne d'autre que son utilisateur ne s'en sert ; les "
        "groupes autorisés à partager le sont, comme les cibles d'essais qui ont échoué. Ce qui "
        "est dit à raison d'une attaque contre un compte honnête n'est pas une fausse alerte. Les "
        "méfaits mineurs ne sont ni cherchés ni reprochés.",
    ),
    Text(
        "Shares have Wilson's interval; medians, rates and areas have a Poisson bootstrap over "
        "accounts, 400 times from a fixed seed. Shares of few cases have wide intervals: read "
        "these before the figure.",
        "Les parts ont l'intervalle de Wilson ; les médianes, taux et aires un bootstrap de "
        "Poisson sur les comptes, 400 fois depuis une graine fixe. Les parts de peu de cas ont de "
        "larges intervalles : les lire avant le chiffre.",
    ),
)


def word(key: str, language: str) -> str:
    """The word of this key."""
    return sentence(WORDS[key], language)


def sentence(text: Text, language: str) -> str:
    """The text in this language; in French, nothing breaks before its marks."""
    told_as = said(text, language)
    if not is_french(language):
        return told_as
    for mark in "%;?!":
        told_as = told_as.replace(f" {mark}", f"{NARROW_SPACE}{mark}")
    told_as = told_as.replace(" :", f"{SPACE}:").replace("« ", f"«{SPACE}")
    return told_as.replace(" »", f"{SPACE}»").replace("1 000", f"1{NARROW_SPACE}000")


def category(name: str, language: str) -> str:
    """A misdeed's name as the pages write it; what is no category as it is."""
    known = _CATEGORIES.get(name)
    return name.replace("_", " ") if known is None else name_of(known, language)


def mid_sentence(name: str, language: str) -> str:
    """A misdeed's name within a sentence: a small letter, but not of an abbreviation."""
    told_as = category(name, language)
    return told_as if told_as[:2].isupper() else told_as[:1].lower() + told_as[1:]


def detector(name: str, language: str) -> str:
    """A detector's title."""
    kind = registry.classes().get(name)
    return name if kind is None else said(kind.about.title, language)


def percent(value: float | None, language: str, digits: int = 1) -> str:
    """A share as a percentage with one decimal; small ones with two."""
    if value is None:
        return DASH
    if 0 < value < 0.01:
        digits = max(digits, 2)
    pattern = f"#,##0.{'#' * digits}" + (f"{NARROW_SPACE}%" if is_french(language) else "%")
    return str(format_percent(value, format=pattern, locale=_locale(language)))


def number(value: float | None, language: str, digits: int = 0) -> str:
    """A number with its digits grouped."""
    if value is None:
        return DASH
    return str(format_decimal(round(value, digits), locale=_locale(language)))


def duration(ms: float | None, language: str) -> str:
    """A length of event time in its greatest unit, with a decimal where it is small."""
    if ms is None:
        return DASH
    for unit, name in ((24 * HOUR, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        if ms >= unit:
            told = "j" if name == "d" and is_french(language) else name
            return f"{number(ms / unit, language, 1)} {told}"
    return "0 s"


def interval(figure: Share | Estimate, language: str, unit: str = "%") -> str:
    """The interval of a figure in this unit: `%`, `ms`, or empty for a bare number."""
    if figure.value is None or figure.low is None or figure.high is None:
        return DASH
    low, high = (told(end, language, unit) for end in (figure.low, figure.high))
    return f"{low} – {high}"


def told(value: float | None, language: str, unit: str = "%") -> str:
    """A figure in this unit."""
    if unit == "ms":
        return duration(value, language)
    return percent(value, language) if unit == "%" else number(value, language, 2)


def _locale(language: str) -> str:
    return "fr" if is_french(language) else "en"
