"""The model card: what a model is for, what it was made from, how well it does, where it fails."""

from collections.abc import Mapping, Sequence
from math import exp
from pathlib import Path

from detectors.account_sharing import Parameters
from detectors.core.detector import Text
from detectors.core.feature import Described
from detectors.core.model import AdditiveModel, Curve
from detectors.sharing.features import FEATURES
from detectors.takeover.features import FEATURES as OF_SIGN_IN
from detectors.unusual_sign_in import Parameters as OfSignIn
from monitor.evaluation.intervals import Share, share
from monitor.models.reliability import diagram
from monitor.models.stopping import ASKED, SignInFigures, Way
from monitor.models.store import CARD, RELIABILITY
from monitor.models.train import SPEAKS, Figures, Row, Source, Trained

_FIGURE = RELIABILITY
_LANGUAGES = ("en", "fr")
_ON_AVERAGE = Text(
    "Averages over the accounts with about such a value: with trees, what a feature adds depends "
    "on the others too. Of two accounts that differ in one feature alone, its direction is kept.",
    "Moyennes sur les comptes d'à peu près cette valeur : avec des arbres, ce qu'une "
    "caractéristique ajoute dépend aussi des autres. De deux comptes qui ne diffèrent que par une "
    "caractéristique, son sens est respecté.",
)
_TITLE = Text("Several people, or one", "Plusieurs personnes, ou une")


def write(trained: Trained, folder: Path) -> None:
    """Put the card, in both languages, and its diagram into the folder. Raises OSError."""
    for language in _LANGUAGES:
        path = folder / CARD.format(language=language)
        path.write_text(text_of(trained, language), encoding="utf-8")
    measured = {trained.figures.name: trained.figures.bins}
    if trained.sign_in is not None:
        measured[trained.sign_in.name] = trained.sign_in.bins
    drawn = diagram(measured)
    (folder / RELIABILITY).write_text(drawn, encoding="utf-8")


def text_of(trained: Trained, language: str) -> str:
    """The card as Markdown; the same training gives the same text."""
    french = language == "fr"
    parts = [_opening(trained, french), _results(trained.figures, french)]
    if trained.sources:
        parts.append(_sources(trained.sources, french))
    accounts = trained.models[trained.figures.name]
    parts.append(_curves(FEATURES, trained.moves, accounts.intercept, french, on_average=True))
    if trained.sign_in is not None:
        model = trained.models[trained.sign_in.name]
        parts.append(_stopping(trained.sign_in, french))
        if isinstance(model, AdditiveModel):
            parts.append(_curves(OF_SIGN_IN, model.curves, model.intercept, french))
    parts.append(_LIMITS.fr if french else _LIMITS.en)
    return "\n".join(parts)


_OPENING = Text(
    """# Model card: account_sharing, unusual_sign_in

How many people use an account, and whether one sign-in is a stranger's, by documented features of
weeks of use and of one sign-in. The first is a sum of small decision trees (gradient boosting),
none of which may turn a feature against its direction where it has one; the second an additive
logistic regression, each feature of which moves the score as its curve shows. Of every score a
reviewer sees the three parts that moved it most.

**Intended use.** Voices among others in `alerts/assessment.py`, for accounts of one person each.
They may speak for sharing with at most {most} nats and against it with at most {against}; for a
stranger with at most {stranger}, from a score of {least} on, and never against one. They are not
for rating people, and that of accounts not for those of rooms, kiosks or programs.

**Article 5.** A model is never the only ground of a sanction: without evidence that is no model's,
an incident stays at LOW, whatever the model says, and nobody is called.

**Made from.** Simulated worlds: seed {seed}, {worlds} worlds of {accounts} accounts over {days}
days with the strategies and lives that may be trained on; {elsewhere} rows of {sources} other
simulators, whose authors had seen neither ours nor the detectors (`data/examples`); {labels}
reviewers' decisions. Every other author counts for as much, our own simulator for twice that.
Measured on {reported} worlds of ours of other seeds with the strategies that are held back, and all
lives; and on the worlds of each author in turn, by trees fitted without them.
Made again, to the bit, by
`vigie train --seed {seed} --worlds {worlds} --accounts {accounts}`.

![Reliability]({figure})

Points are accounts, or sign-ins that show something new, in tenths of what was predicted for them,
at their base rate, with 95 % intervals (Wilson): accounts of all authors, each by trees fitted
without that author's, and sign-ins of the worlds reported on. On the line, what is predicted comes
true.
""",
    """# Fiche du modèle : account_sharing, unusual_sign_in

Combien de personnes se servent d'un compte, et si une connexion est celle d'un étranger, par des
caractéristiques documentées de semaines d'usage et d'une connexion. Le premier est une somme de
petits arbres de décision (gradient boosting), dont aucun ne peut tourner une caractéristique contre
son sens là où elle en a un ; le second, une régression logistique additive, dont chaque
caractéristique meut le score comme sa courbe le montre. De chaque score, le lecteur voit les trois
parts qui l'ont le plus mû.

**Usage prévu.** Des voix parmi d'autres dans `alerts/assessment.py`, pour des comptes d'une
personne chacun. Elles plaident pour le partage avec {most} nats au plus et contre lui avec
{against} au plus ; pour un étranger avec {stranger} au plus, à partir d'un score de {least}, et
jamais contre. Elles ne servent pas à noter des personnes, et celle des comptes ne vaut pas pour
ceux de salles, de bornes ou de programmes.

**Article 5.** Un modèle n'est jamais le seul motif d'une sanction : sans élément qui ne soit pas
d'un modèle, un incident reste au niveau BAS, quoi que dise le modèle, et personne n'est appelé.

**Fait de.** Mondes simulés : graine {seed}, {worlds} mondes de {accounts} comptes pendant {days}
jours, avec les stratégies et les vies dont on peut apprendre ; {elsewhere} lignes de {sources}
autres simulateurs, dont les auteurs n'avaient vu ni le nôtre ni les détecteurs (`data/examples`) ;
{labels} décisions de lecteurs. Chaque autre auteur compte autant, notre propre simulateur deux fois
plus. Mesuré sur {reported} de nos mondes d'autres graines, avec les stratégies tenues à l'écart et
toutes les vies ; et sur les mondes de chaque auteur tour à tour, par des arbres appris sans eux.
Refait, au bit près, par
`vigie train --seed {seed} --worlds {worlds} --accounts {accounts}`.

![Fiabilité]({figure})

Les points sont les comptes, ou les connexions qui montrent du nouveau, par dixièmes de ce qui leur
était prédit, à leur taux de base, avec des intervalles à 95 % (Wilson) : les comptes de tous les
auteurs, chacun par des arbres appris sans ceux de son auteur, et les connexions des mondes de
mesure. Sur la ligne, ce qui est prédit se vérifie.
""",
)

_LIMITS = Text(
    """## Limits
- They learned from simulators. What none of them does, they have not seen; how much the model of
  accounts loses with an author that it never saw, the table of authors shows. That is why their
  voices are bounded and why nothing with a direction can turn against it.
- The isolation forests (novelty against a tenant's other accounts, and of a sign-in) are trained
  and measured here and **have no weight**: the tables show what they would add.
- The model of one sign-in takes strangers who come as the owner does (from the own country, in the
  owner's hours, with the owner's sort of computer) for the owner: what it predicts as unlikely
  happens more often than it says. So it never speaks for the owner.
- Reviewers' decisions, where there are any, are of accounts that were flagged, and not of all, and
  the model of one sign-in does not learn from them yet.
- Accounts that are new (fewer than three active days) or that show nothing unlike one person at one
  machine are not scored.
""",
    """## Limites
- Ils ont appris de simulateurs. Ce qu'aucun d'eux ne fait, ils ne l'ont pas vu ; ce que le modèle
  des comptes perd face à un auteur qu'il n'a jamais vu, le tableau des auteurs le montre. C'est
  pourquoi leurs voix sont bornées et rien de ce qui a un sens ne peut tourner contre lui.
- Les forêts d'isolement (celle des comptes, face aux autres d'un client, et celle des connexions)
  sont apprises et mesurées ici et **n'ont aucun poids** : les tableaux montrent ce
  qu'elles ajouteraient.
- Le modèle d'une connexion prend pour le titulaire l'étranger qui vient comme lui (du même pays, à
  ses heures, avec sa sorte d'ordinateur) : ce qu'il prédit comme rare arrive plus souvent qu'il ne
  dit. Aussi ne plaide-t-il jamais pour le titulaire.
- Les décisions de lecteurs, s'il y en a, portent sur des comptes signalés, et non sur tous, et le
  modèle d'une connexion n'en apprend pas encore.
- Les comptes nouveaux (moins de trois jours d'activité), ou qui ne montrent rien d'autre qu'une
  personne à un poste, ne sont pas notés.
""",
)


def _opening(trained: Trained, french: bool) -> str:
    plan, given = trained.plan, Parameters()
    template = _OPENING.fr if french else _OPENING.en
    return template.format(
        most=given.most_for,
        against=given.most_against,
        stranger=OfSignIn().most_for,
        least=OfSignIn().least,
        seed=plan.seed,
        worlds=plan.worlds,
        accounts=plan.accounts,
        days=plan.days,
        reported=plan.report_worlds,
        labels=trained.labels,
        elsewhere=trained.elsewhere,
        sources=sum(bool(one.name) for one in trained.sources),
        figure=_FIGURE,
    )


def _results(figures: Figures, french: bool) -> str:
    found = share(figures.found, figures.shared)
    false = share(figures.false, figures.accounts - figures.shared)
    odds = exp(SPEAKS)
    rows: Mapping[str, str]
    if french:
        rows = {
            "exemples (dont partagés)": f"{figures.examples} ({figures.shared_examples})",
            "comptes mesurés (dont partagés)": f"{figures.accounts} ({figures.shared})",
            "aire sous la courbe ROC": f"{figures.area:.3f}",
            "précision moyenne": f"{figures.precision:.3f}",
            f"partagés notés {odds:.1f} fois plus probables ou plus": _told(found),
            "comptes d'une personne, de même": _told(false),
            "forêt d'isolement seule, aire": f"{figures.novelty:.3f}",
            "précision moyenne avec la forêt": f"{figures.with_novelty:.3f}",
        }
    else:
        rows = {
            "examples (of these shared)": f"{figures.examples} ({figures.shared_examples})",
            "accounts measured (of these shared)": f"{figures.accounts} ({figures.shared})",
            "area under the ROC curve": f"{figures.area:.3f}",
            "average precision": f"{figures.precision:.3f}",
            f"shared ones scored {odds:.1f} times as likely or more": _told(found),
            "accounts of one person, likewise": _told(false),
            "isolation forest alone, area": f"{figures.novelty:.3f}",
            "average precision together with the forest": f"{figures.with_novelty:.3f}",
        }
    table = [f"| {name} | {value} |" for name, value in rows.items()]
    head = "| mesure | valeur |" if french else "| measure | value |"
    lines = [f"## {_TITLE.fr if french else _TITLE.en}", "", head, "|---|---|", *table, ""]
    lines.append(
        "| qui | comptes | plaide pour | plaide contre |"
        if french
        else "| who | accounts | speaks for | speaks against |"
    )
    lines.append("|---|---|---|---|")
    lines += [_row(row, french) for row in figures.rows]
    return "\n".join([*lines, ""])


_SYSTEMS = {
    "sign_in_risk": Text("sign_in_risk alone", "sign_in_risk seul"),
    "unusual_sign_in": Text("the model alone", "le modèle seul"),
    "together": Text("sign_in_risk and what the model adds", "sign_in_risk et l'apport du modèle"),
    "forest": Text("isolation forest alone", "forêt d'isolement seule"),
    "ranked": Text(
        "sign_in_risk, and the forest among equals", "sign_in_risk, et la forêt entre égaux"
    ),
}


def _stopping(figures: SignInFigures, french: bool) -> str:
    called = (share(n, figures.honest) for n in (figures.alone, figures.together))
    alone, together = (_told(one, 3) for one in called)
    rows: Mapping[str, str]
    if french:
        rows = {
            "exemples (dont d'étrangers)": f"{figures.examples} ({figures.stolen_examples})",
            "connexions de titulaires (dont avec du nouveau)": (
                f"{figures.honest} ({figures.strange})"
            ),
            "étrangers": f"{figures.strangers}",
            "aire sous la courbe ROC, modèle": f"{figures.area:.3f}",
            "aire sous la courbe ROC, forêt d'isolement": f"{figures.forest:.3f}",
            "connexions de titulaires qui appellent, sans le modèle": alone,
            "de même, avec lui": together,
        }
    else:
        rows = {
            "examples (of these strangers')": f"{figures.examples} ({figures.stolen_examples})",
            "owners' sign-ons (of these with something new)": (
                f"{figures.honest} ({figures.strange})"
            ),
            "strangers": f"{figures.strangers}",
            "area under the ROC curve, model": f"{figures.area:.3f}",
            "area under the ROC curve, isolation forest": f"{figures.forest:.3f}",
            "owners' sign-ons that call somebody, without the model": alone,
            "likewise, with it": together,
        }
    title = "## Une connexion à la fois" if french else "## One sign-in at once"
    head = "| mesure | valeur |" if french else "| measure | value |"
    lines = [title, "", head, "|---|---|", *(f"| {name} | {it} |" for name, it in rows.items())]
    limits = " | ".join(f"{limit:.1%}" for limit in ASKED)
    what = (
        "arrêtés à leur première connexion, si l'on demande à"
        if french
        else "stopped at their first sign-in, asking"
    )
    lines += ["", f"| {what} | {limits} |", "|---|" + "---|" * len(ASKED)]
    for one in figures.stopped:
        name = _SYSTEMS[one.name]
        shares = " | ".join(_told(share(count, figures.strangers)) for count in one.counts)
        lines.append(f"| {name.fr if french else name.en} | {shares} |")
    lines += [
        "",
        "| étrangers | combien | appellent sans le modèle | avec lui |"
        if french
        else "| strangers | how many | call somebody without the model | with it |",
        "|---|---|---|---|",
        *(_way(way, french) for way in figures.ways),
    ]
    return "\n".join([*lines, ""])


def _way(way: Way, french: bool) -> str:
    apart = (" (tenu à l'écart)" if french else " (held back)") if way.held_back else ""
    return f"| `{way.name}`{apart} | {way.strangers} | {way.alone} | {way.together} |"


def _row(row: Row, french: bool) -> str:
    several = "plusieurs : " if french else "several: "
    apart = (" (tenu à l'écart)" if french else " (held back)") if row.held_back else ""
    name = f"{several}`{row.name}`" if row.shared else f"`{row.name}`"
    return (
        f"| {name}{apart} | {row.accounts} | {_part(row.spoken_for, row)} | "
        f"{_part(row.spoken_against, row)} |"
    )


def _part(count: int, row: Row) -> str:
    return f"{count / row.accounts:.0%}"


def _told(found: Share, digits: int = 1) -> str:
    if found.value is None:
        return "–"
    value, low, high = (f"{one:.{digits}%}" for one in (found.value, found.low, found.high))
    return f"{value} ({low}–{high})"


def _sources(sources: Sequence[Source], french: bool) -> str:
    odds = exp(SPEAKS)
    head = (
        f"| auteur, tenu à l'écart | comptes (dont partagés) | aire | précision moyenne | partagés "
        f"notés {odds:.1f} fois plus probables ou plus | d'une personne, de même |"
        if french
        else f"| author, left out | accounts (of these shared) | area | average precision | shared "
        f"ones scored {odds:.1f} times as likely or more | of one person, likewise |"
    )
    own = "nous-mêmes" if french else "ourselves"
    lines = [head, "|---|---|---|---|---|---|"]
    for one in sources:
        found, false = share(one.found, one.shared), share(one.false, one.accounts - one.shared)
        lines.append(
            f"| {one.name or own} | {one.accounts} ({one.shared}) | {one.area:.3f} | "
            f"{one.precision:.3f} | {_told(found)} | {_told(false)} |"
        )
    return "\n".join([*lines, ""])


def _curves(
    features: Sequence[Described],
    curves: Sequence[Curve],
    intercept: float,
    french: bool,
    *,
    on_average: bool = False,
) -> str:
    head = (
        "| caractéristique | unité | ce qu'elle ajoute (valeur : nats) |"
        if french
        else "| feature | unit | what it adds (value: nats) |"
    )
    lines = [head, "|---|---|---|"]
    for feature, curve in zip(features, curves, strict=True):
        if not any(curve.values):
            continue
        points = ", ".join(
            f"{k:g}: {v:+.2f}" for k, v in zip(curve.knots, curve.values, strict=True)
        )
        words = feature.words.fr if french else feature.words.en
        lines.append(f"| `{feature.name}`: {words} | {feature.unit} | {points} |")
    end = "et la constante" if french else "and the constant"
    lines += ["", _ON_AVERAGE.fr if french else _ON_AVERAGE.en] if on_average else []
    return "\n".join([*lines, "", f"… {end} {intercept:+.2f}.", ""])
