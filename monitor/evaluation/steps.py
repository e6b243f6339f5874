"""From Freeman et al. as published to Vigie, step by step: what each is worth at sign-in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar

from msgspec import Struct

from detectors.core.detector import Text
from detectors.core.event import HOUR, SignIn
from monitor.evaluation.baselines.baseline import Baseline
from monitor.evaluation.baselines.freeman import Chain, Freeman, Values
from monitor.evaluation.intervals import Share, share
from monitor.evaluation.trial import Trial
from monitor.evaluation.verdicts import VIGIE, SignIns

ASKED = (0.001, 0.005, 0.02)
"""Shares of the legitimate sign-ins that may be asked to verify again."""
SIGN_IN_RISK = "sign_in_risk"


def _place(event: SignIn) -> Values:
    place = event.place
    return (None if place is None else place.city, None if place is None else place.country)


def _kind(event: SignIn) -> Values:
    return (None if event.network is None else event.network.kind,)


def _hour(event: SignIn) -> Values:
    hour = event.time // HOUR % 24
    return (hour, hour // 6)


class Bare(Freeman):
    """Without the smoothing: how often an address and a user agent came, and no more."""

    name: ClassVar[str] = "bare"
    rule: ClassVar[Text] = Text(
        "likelihood ratio of address and user agent, as they are",
        "rapport de vraisemblance de l'adresse et du navigateur, tels quels",
    )
    is_smoothed: ClassVar[bool] = False


class Smoothed(Freeman):
    """As published."""

    name: ClassVar[str] = "smoothed"
    rule: ClassVar[Text] = Text(
        "with smoothing by operator, country, browser and system: as published",
        "avec le lissage par opérateur, pays, navigateur et système : tel que publié",
    )


class Placed(Smoothed):
    """With the place and the kind of network besides."""

    name: ClassVar[str] = "placed"
    rule: ClassVar[Text] = Text(
        "with the town and the kind of network", "avec la ville et la sorte de réseau"
    )
    chains: ClassVar[tuple[Chain, ...]] = (
        *Freeman.chains,
        Chain((0.6, 0.4), _place),
        Chain((1.0,), _kind),
    )


class Timed(Placed):
    """With the hour besides."""

    name: ClassVar[str] = "timed"
    rule: ClassVar[Text] = Text("with the hour of the day", "avec l'heure du jour")
    chains: ClassVar[tuple[Chain, ...]] = (*Placed.chains, Chain((0.7, 0.3), _hour))


class ByTenant(Timed):
    """Against the people of the user's own tenant."""

    name: ClassVar[str] = "by_tenant"
    rule: ClassVar[Text] = Text(
        "against the user's own tenant in place of everybody",
        "face au seul client de l'utilisateur au lieu de tout le monde",
    )
    is_by_tenant: ClassVar[bool] = True


STEPS: tuple[type[Baseline], ...] = (Bare, Smoothed, Placed, Timed, ByTenant)
_OWN = {
    SIGN_IN_RISK: Text(
        "Vigie's sign-in risk alone: trust, lines of the same place, the owner's own past",
        "le seul risque de connexion de Vigie : confiance, lignes d'un même lieu, passé du "
        "titulaire",
    ),
    VIGIE: Text("all of Vigie", "tout Vigie"),
}


class Step(Struct, frozen=True):
    """What a step stops: the share of sign-ins by others than their owners, at each of `ASKED`."""

    name: str
    rule: Text
    stopped: list[Share]


def steps(trials: Sequence[Trial]) -> list[Step]:
    """Each step over all trials, each with what the one before it has and something more.

    Empty where the trials did not listen to them. Raises ValueError for one without its judge.
    """
    if not all(trial.steps for trial in trials):
        return []
    found = [
        Step(kind.name, kind.rule, stopped(trial.steps[kind.name] for trial in trials))
        for kind in STEPS
    ]
    alone = [_alone(trial) for trial in trials]
    whole = [trial.verdicts[0].sign_ins for trial in trials]
    return [
        *found,
        Step(SIGN_IN_RISK, _OWN[SIGN_IN_RISK], stopped(alone)),
        Step(VIGIE, _OWN[VIGIE], stopped(whole)),
    ]


def _alone(trial: Trial) -> SignIns:
    if trial.judge is None:
        raise ValueError(f"nothing can judge {trial.name} again")
    mine = [finding for finding in trial.findings if finding.detector == SIGN_IN_RISK]
    return trial.judge.verdicts(trial, mine).sign_ins


def stopped(of: Iterable[SignIns]) -> list[Share]:
    """How many sign-ins of strangers are stopped where so many legitimate ones are asked."""
    legitimate: Counter[float] = Counter()
    stolen: Counter[float] = Counter()
    for one in of:
        legitimate.update(one.legitimate)
        stolen.update(one.stolen)
    total, wanted = legitimate.total(), stolen.total()
    found = []
    for limit in ASKED:
        asked = caught = 0
        for score in sorted(legitimate.keys() | stolen.keys(), reverse=True):
            asked += legitimate[score]
            if asked > limit * total:
                break
            caught += stolen[score]
        found.append(share(caught, wanted))
    return found
