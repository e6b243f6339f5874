"""How many people use an account, by weeks of its use: a learned model, never the only ground."""

from collections.abc import Iterable, Sequence
from math import exp
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Meta, Struct, structs

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn
from detectors.core.feature import SHOWN, reason, reasons
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.sharing import usage
from detectors.sharing.features import FEATURES, LEAST_DAYS, vector
from detectors.sharing.usage import Usage

LEAST = 0.8
"""Nats, for or against, that say too little to be told."""
LOUDER = 0.8
"""Nats by which it must have changed to speak again."""
AGAIN_DAYS = 6
"""Days after which what still speaks for sharing is said again: an incident's evidence is fresh."""
SIGN = 0.5
"""Fading days unlike one person at one machine, below which there is nothing to weigh."""
MODEL = "account_sharing"
"""The name of its model."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What account_sharing reckons with."""

    most_for: Annotated[
        float,
        Meta(description="Most that the model may speak for", ge=0, le=6, extra={"unit": "nats"}),
    ] = 4.5
    most_against: Annotated[
        float,
        Meta(
            description="Most that the model may speak against", ge=0, le=6, extra={"unit": "nats"}
        ),
    ] = 2.0
    days: Annotated[
        int,
        Meta(description="Active days before which nothing is said", ge=1, extra={"unit": "days"}),
    ] = LEAST_DAYS
    usual: Annotated[
        float,
        Meta(
            description="Share that is taken off of what the model says of the tenant's people as "
            "a rule",
            ge=0,
            le=1,
            extra={"unit": "share"},
        ),
    ] = 0.7
    usual_from: Annotated[
        int,
        Meta(
            description="People of a tenant below which nothing is taken off",
            ge=1,
            extra={"unit": "accounts"},
        ),
    ] = 20

    def bounded(self, nats: float) -> float:
        """What is let count of so many nats."""
        return min(self.most_for, max(-self.most_against, nats))


class Facts(Struct, frozen=True):
    """What a finding says: the model's score, and what moved it most."""

    odds: Annotated[
        float,
        Meta(
            title="Times as likely of several people as of one",
            extra={"fr": "Fois plus probable de plusieurs personnes que d'une"},
        ),
    ]
    usual: Annotated[
        float,
        Meta(
            title="Times as likely as usual at this tenant, taken off",
            extra={"fr": "Fois plus probable d'ordinaire chez ce client, déduit"},
        ),
    ]
    days: Annotated[int, Meta(title="Active days", extra={"fr": "Jours d'activité"})]
    first: Annotated[str, reason(FEATURES, "First reason", "Première raison")]
    second: Annotated[str, reason(FEATURES, "Second reason", "Deuxième raison")]
    third: Annotated[str, reason(FEATURES, "Third reason", "Troisième raison")]
    first_nats: Annotated[
        float, Meta(title="Weight of the first", extra={"fr": "Poids de la première"})
    ]
    second_nats: Annotated[
        float, Meta(title="Weight of the second", extra={"fr": "Poids de la deuxième"})
    ]
    third_nats: Annotated[
        float, Meta(title="Weight of the third", extra={"fr": "Poids de la troisième"})
    ]
    model: Annotated[str, Meta(title="Model", extra={"fr": "Modèle"})]


class Reckoned(NamedTuple):
    """What the model makes of an account's use, in nats for several people against one: its
    `score`, and `strength`, what of it is let count; `parts` are of the features in their order."""

    score: float
    strength: float
    parts: Sequence[float]
    model: str


class AccountSharing:
    """Weighs the use of an account over the weeks at the end of every active day."""

    about: ClassVar[About] = About(
        name="account_sharing",
        title=Text("Used as several people would", "Utilisé comme à plusieurs"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=6,
        state_ttl=45 * DAY,
        facts=Facts,
        sentence=Text(
            "Over {days} active days the account was used in a way that is {odds} times as likely "
            "of several people as of one, reckons a learned model, measured against what it says "
            "of this tenant's people as a rule (÷ {usual}). What moved it most: {first} "
            "({first_nats}), {second} ({second_nats}), {third} ({third_nats}).",
            "Sur {days} jours d'activité, le compte a servi d'une façon {odds} fois plus probable "
            "de plusieurs personnes que d'une, selon un modèle appris, par rapport à ce qu'il dit "
            "d'ordinaire des personnes de ce client (÷ {usual}). Ce qui a le plus compté : "
            "{first} ({first_nats}), {second} ({second_nats}), {third} ({third_nats}).",
        ),
        innocent=Text(
            "One person with several computers, at unusual hours or often on the road. A model is "
            "never the only ground: look at what else was found.",
            "Une personne avec plusieurs postes, à des heures inhabituelles ou souvent en "
            "déplacement. Un modèle n'est jamais le seul motif : voir ce qui a été trouvé d'autre.",
        ),
        runbook="runbooks/account_sharing",
        ticks=True,
        tick_every=DAY,
    )
    state: ClassVar[type[Usage]] = Usage

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: Usage, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: what is done is only added up."""
        if not isinstance(event, SignIn) or usage.goes_on(state, event, profile):
            return ()
        if context.kind(subject, event.time) is not AccountKind.SERVICE:
            usage.observe(state, event, profile, context.population(subject.tenant))
        return ()

    def tick(
        self, until: int, subject: Subject, state: Usage, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when the model's score has changed, at the end of an active day."""
        usage.pass_to(state, profile, until)
        if not self._is_enough(state):
            return ()
        return self._score(until, subject, state, vector(state), context)

    def waits(self, state: Usage) -> bool:
        """Whether the last day was not over at midnight, as where it begins at another hour."""
        return usage.is_going_on(state)

    def reckon(self, state: Usage, context: Context) -> Reckoned | None:
        """What the model says of the use so far; None where too little was seen, nothing was unlike
        one person at one machine, or there is no model."""
        return self._reckoned(state, vector(state), context) if self._is_enough(state) else None

    def against(self, found: Finding, usual: float) -> Finding:
        """The finding, measured against what the model says of the tenant's people as a rule
        (`usual`, nats beyond others)."""
        taken_off = self.parameters.usual * usual
        strength = self.parameters.bounded(found.evidence.weights.shared - taken_off)
        facts = found.evidence.facts | {
            "odds": round(exp(strength), 2),
            "usual": round(exp(taken_off), 2),
        }
        weights = structs.replace(found.evidence.weights, shared=strength)
        evidence = structs.replace(found.evidence, weights=weights, facts=facts)
        return structs.replace(found, severity=grade(weights), evidence=evidence)

    def _is_enough(self, state: Usage) -> bool:
        return state.seen >= self.parameters.days and state.signs >= SIGN

    def _score(
        self,
        until: int,
        subject: Subject,
        state: Usage,
        values: Sequence[float],
        context: Context,
    ) -> Iterable[Finding]:
        """What the model says of it, where that has changed."""
        said = self._reckoned(state, values, context)
        if said is None or not _speaks(state, said.strength):
            return ()
        facts = _facts(state, said.strength, _reasons(said.strength, said.parts), said.model)
        evidence = Evidence("people", Weights(shared=said.strength), facts, learned=True)
        return (self._finding(until, subject, state, evidence),)

    def _reckoned(self, state: Usage, values: Sequence[float], context: Context) -> Reckoned | None:
        model = context.models.get(MODEL)
        if model is None:
            return None
        score, parts = model.score(values)
        return Reckoned(score, self.parameters.bounded(score), parts, model.version)

    def _finding(self, until: int, subject: Subject, state: Usage, evidence: Evidence) -> Finding:
        shown = tuple(dict.fromkeys((state.anchor, *reversed(state.shown))))
        return finding(self.about.name, subject, until, grade(evidence.weights), evidence, shown)

    def tick_many(
        self,
        until: int,
        cases: Iterable[tuple[Subject, Usage, Profile]],
        context: Context,
    ) -> list[Finding]:
        """What `tick` finds of each, in their order: the same bits as one by one."""
        return [
            found
            for subject, state, profile in cases
            for found in self.tick(until, subject, state, profile, context)
        ]


def _speaks(state: Usage, strength: float) -> bool:
    """Whether this is worth saying, and unlike what was said before or a week old; notes it."""
    least = LOUDER if state.spoken else LEAST
    again = strength >= LEAST and state.day - state.said >= AGAIN_DAYS
    if strength == 0 or (abs(strength - state.spoken) < least and not again):
        return False
    state.spoken = strength
    state.said = state.day
    return True


def _reasons(strength: float, parts: Sequence[float]) -> list[tuple[str, float]]:
    """The features that moved the score most in its own direction, with their nats."""
    sign = 1.0 if strength > 0 else -1.0
    moved = sorted(zip(parts, FEATURES, strict=True), key=lambda p: (-sign * p[0], p[1].name))
    return [(f.name, round(part, 1)) for part, f in moved[:SHOWN] if sign * part > 0]


def _facts(
    state: Usage,
    strength: float,
    moved: Sequence[tuple[str, float]],
    version: str,
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "odds": round(exp(strength), 2),
        "usual": 1.0,
        "days": state.seen,
        "model": version[:12],
    }
    facts |= reasons(moved)
    return facts
