"""The model card: what a model is for, what it was made from, how well it does, where it fails."""

from collections.abc import Mapping
from math import exp
from pathlib import Path

from detectors.account_sharing import WORK, Parameters
from detectors.core.detector import Text
from detectors.core.model import AdditiveModel
from detectors.sharing.features import FEATURES
from monitor.evaluation.intervals import Share, share
from monitor.models.reliability import diagram
from monitor.models.store import CARD, RELIABILITY
from monitor.models.train import SPEAKS, Figures, Row, Trained

_FIGURE = RELIABILITY
_LANGUAGES = ("en", "fr")
_TITLES = {
    True: Text("Logs that tell of work in sessions", "Journaux qui disent le travail en session"),
    False: Text("Logs that tell of sign-ons alone", "Journaux qui ne disent que les connexions"),
}


def write(trained: Trained, folder: Path) -> None:
    """Put the card, in both languages, and its diagram into the folder. Raises OSError."""
    for language in _LANGUAGES:
        path = folder / CARD.format(language=language)
        path.write_text(text_of(trained, language), encoding="utf-8")
    drawn = diagram({one.name: one.bins for one in trained.figures})
    (folder / RELIABILITY).write_text(drawn, encoding="utf-8")


def text_of(trained: Trained, language: str) -> str:
    """The card as Markdown; the same training gives the same text."""
    french = language == "fr"
    parts = [_opening(trained, french)]
    for figures in trained.figures:
        parts.append(_results(figures, french))
        parts.append(_curves(trained.models[figures.name], french))
    parts.append(_LIMITS.fr if french else _LIMITS.en)
    return "\n".join(parts)


_OPENING = Text(
    """# Model card: account_sharing

How many people use an account: an additive logistic regression over documented features of weeks of
use, each of which may only move the score the way it says. Of every score a reviewer sees the three
parts that moved it most.

**Intended use.** One voice among others in `alerts/assessment.py`, for accounts of one person each.
It may speak for sharing with at most {most} nats ({sign_ons} where the log tells of sign-ons alone)
and against it with at most {against}. It is not for rating people, and not for the accounts of
rooms, kiosks or programs.

**Article 5.** A model is never the only ground of a sanction: without evidence that is no model's,
an incident stays at LOW, whatever the model says, and nobody is called.

**Made from.** Simulated worlds and nothing else: seed {seed}, {worlds} worlds of {accounts}
accounts over {days} days with the strategies and lives that may be trained on; {labels} reviewers'
decisions. Measured on {reported} worlds of other seeds with the strategies that are held back, and
all lives. Made again, to the bit, by
`vigie train --seed {seed} --worlds {worlds} --accounts {accounts}`.

![Reliability]({figure})

Points are accounts of the worlds reported on in tenths of what was predicted for them, at their
base rate, with 95 % intervals (Wilson). On the line, what is predicted comes true.
""",
    """# Fiche du modèle : account_sharing

Combien de personnes se servent d'un compte : une régression logistique additive sur des
caractéristiques documentées de semaines d'usage, dont chacune ne peut mouvoir le score que dans le
sens qu'elle dit. De chaque score, le lecteur voit les trois parts qui l'ont le plus mû.

**Usage prévu.** Une voix parmi d'autres dans `alerts/assessment.py`, pour des comptes d'une
personne chacun. Elle plaide pour le partage avec {most} nats au plus ({sign_ons} si le journal ne
dit que les connexions) et contre lui avec {against} au plus. Elle ne sert pas à noter des
personnes, ni aux comptes de salles, de bornes ou de programmes.

**Article 5.** Un modèle n'est jamais le seul motif d'une sanction : sans élément qui ne soit pas
d'un modèle, un incident reste au niveau BAS, quoi que dise le modèle, et personne n'est appelé.

**Fait de.** Mondes simulés et rien d'autre : graine {seed}, {worlds} mondes de {accounts} comptes
pendant {days} jours, avec les stratégies et les vies dont on peut apprendre ; {labels} décisions de
lecteurs. Mesuré sur {reported} mondes d'autres graines avec les stratégies tenues à l'écart, et
toutes les vies. Refait, au bit près, par
`vigie train --seed {seed} --worlds {worlds} --accounts {accounts}`.

![Fiabilité]({figure})

Les points sont les comptes des mondes de mesure, par dixièmes de ce qui leur était prédit, à leur
taux de base, avec des intervalles à 95 % (Wilson). Sur la ligne, ce qui est prédit se vérifie.
""",
)

_LIMITS = Text(
    """## Limits
- It learned from a simulator. What no strategy of it does, it has not seen; that is why its voice
  is small and why curves cannot bend the wrong way.
- The isolation forest (novelty against a tenant's other accounts) is trained and measured here and
  **has no weight**: the tables show what it would add.
- Reviewers' decisions, where there are any, are of accounts that were flagged, and not of all.
- Accounts that are new (fewer than three active days) or that show nothing unlike one person at one
  machine are not scored.
""",
    """## Limites
- Il a appris d'un simulateur. Ce qu'aucune de ses stratégies ne fait, il ne l'a pas vu ; c'est
  pourquoi sa voix est faible et ses courbes ne peuvent fléchir dans le mauvais sens.
- La forêt d'isolement (nouveauté face aux autres comptes d'un client) est apprise et mesurée ici et
  **n'a aucun poids** : les tableaux montrent ce qu'elle ajouterait.
- Les décisions de lecteurs, s'il y en a, portent sur des comptes signalés, et non sur tous.
- Les comptes nouveaux (moins de trois jours d'activité), ou qui ne montrent rien d'autre qu'une
  personne à un poste, ne sont pas notés.
""",
)


def _opening(trained: Trained, french: bool) -> str:
    plan, given = trained.plan, Parameters()
    template = _OPENING.fr if french else _OPENING.en
    return template.format(
        most=given.most_for,
        sign_ons=given.most_for_sign_ons,
        against=given.most_against,
        seed=plan.seed,
        worlds=plan.worlds,
        accounts=plan.accounts,
        days=plan.days,
        reported=plan.report_worlds,
        labels=trained.labels,
        figure=_FIGURE,
    )


def _results(figures: Figures, french: bool) -> str:
    title = _TITLES[figures.name == WORK]
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
    lines = [f"## {title.fr if french else title.en}", "", head, "|---|---|", *table, ""]
    lines.append(
        "| qui | comptes | plaide pour | plaide contre |"
        if french
        else "| who | accounts | speaks for | speaks against |"
    )
    lines.append("|---|---|---|---|")
    lines += [_row(row, french) for row in figures.rows]
    return "\n".join([*lines, ""])


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


def _told(found: Share) -> str:
    if found.value is None:
        return "–"
    return f"{found.value:.1%} ({found.low:.1%}–{found.high:.1%})"


def _curves(model: AdditiveModel, french: bool) -> str:
    head = (
        "| caractéristique | unité | courbe (valeur : nats) |"
        if french
        else "| feature | unit | curve (value: nats) |"
    )
    lines = [head, "|---|---|---|"]
    for feature, curve in zip(FEATURES, model.curves, strict=True):
        if not any(curve.values):
            continue
        points = ", ".join(
            f"{k:g}: {v:+.2f}" for k, v in zip(curve.knots, curve.values, strict=True)
        )
        words = feature.words.fr if french else feature.words.en
        lines.append(f"| `{feature.name}`: {words} | {feature.unit} | {points} |")
    end = "et la constante" if french else "and the constant"
    return "\n".join([*lines, "", f"… {end} {model.intercept:+.2f}.", ""])
