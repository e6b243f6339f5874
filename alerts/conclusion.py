"""Names what weighed evidence comes to: one category, one severity, and how probable it is."""

from itertools import pairwise
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from alerts.assessment import HYPOTHESES, Scales, leading
from alerts.incident import Category, Hypothesis
from detectors.core.finding import Finding, Severity, Theme

_SHARED = HYPOTHESES.index(Hypothesis.SHARED)
_TAKEN_OVER = HYPOTHESES.index(Hypothesis.TAKEN_OVER)

WAYS_OF_TAKING_OVER = frozenset({Category.SESSION_HIJACKING})
"""Conclusions that say how an account was taken over; without one it is ACCOUNT_TAKEOVER.

Guesses and storms of requests that got somebody in are an incident of their own, about the attack.
"""

ATTACKS = frozenset(
    {
        Category.MFA_FATIGUE,
        Category.BRUTE_FORCE,
        Category.PASSWORD_SPRAYING,
        Category.CREDENTIAL_STUFFING,
        Category.ACCOUNT_ENUMERATION,
        Category.OVERLOAD,
        Category.AUTOMATED_ATTACK,
        Category.LIMIT_EVASION,
    }
)
"""Conclusions about somebody who is trying; without one it is SUSPICIOUS_ACCESS."""

# A detector called like a category speaks for it; these are called otherwise.
_CALLED_OTHERWISE = {
    "login_flood": Category.OVERLOAD.value,
    "automation": Category.AUTOMATED_ATTACK.value,
}
_CATEGORIES = {category.value: category for category in Category}


def _check_bands(*bands: float) -> None:
    if not all(low <= high for low, high in pairwise((0.0, *bands, 1.0))):
        raise ValueError(f"bands must rise within 0 to 1: {bands}")


class ConclusionParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From what probability on something is how severe; below the lowest it is INFORMATIONAL.

    Raises ValueError when bands do not rise within 0 to 1.
    """

    use_low: Annotated[
        float,
        Meta(description="LOW from this P(shared) + P(taken over)", extra={"unit": "probability"}),
    ] = 0.35
    use_grounds: Annotated[
        float,
        Meta(
            description="No more than LOW below this P(shared) + P(taken over) of what no model "
            "says",
            extra={"unit": "probability"},
        ),
    ] = 0.12
    use_medium: Annotated[
        float,
        Meta(
            description="MEDIUM from this P(shared) + P(taken over)", extra={"unit": "probability"}
        ),
    ] = 0.70
    use_high: Annotated[
        float,
        Meta(
            description="HIGH from this P(shared) + P(taken over), when shared leads",
            extra={"unit": "probability"},
        ),
    ] = 0.90
    use_critical: Annotated[
        float,
        Meta(
            description="CRITICAL from this P(shared) + P(taken over), when taken over leads; at 1 "
            "it never is by itself",
            extra={"unit": "probability"},
        ),
    ] = 1.0
    attack_low: Annotated[
        float, Meta(description="LOW from this P(attack)", extra={"unit": "probability"})
    ] = 0.35
    attack_medium: Annotated[
        float, Meta(description="MEDIUM from this P(attack)", extra={"unit": "probability"})
    ] = 0.70
    attack_high: Annotated[
        float, Meta(description="HIGH from this P(attack)", extra={"unit": "probability"})
    ] = 0.95

    def __post_init__(self) -> None:
        _check_bands(
            self.use_grounds, self.use_low, self.use_medium, self.use_high, self.use_critical
        )
        _check_bands(self.attack_low, self.attack_medium, self.attack_high)


DEFAULTS = ConclusionParameters()


class Conclusion(NamedTuple):
    """What evidence comes to; `probability`, 0 to 1, is that of the category."""

    category: Category
    severity: Severity
    probability: float


def conclude(
    scales: Scales,
    theme: Theme,
    parameters: ConclusionParameters = DEFAULTS,
    *,
    sharing_is_allowed: bool = False,
) -> Conclusion:
    """The conclusion of an incident of this theme. No finding's own severity has a say in it.

    About an account's use, the leading explanation is the category: shared is
    CREDENTIAL_SHARING, taken over is what the strongest finding for that is called after among
    `WAYS_OF_TAKING_OVER`; where the harmless ones lead it is SUSPICIOUS_ACCESS, as probable as
    shared and taken over are together. About an attack, it is what the strongest finding for it
    is called after among `ATTACKS`.

    Where `sharing_is_allowed`, that several people use the account is shown and no ground for
    alarm: only what speaks for a takeover makes it severe.

    What somebody reported is SUSPICIOUS_ACCESS, and LOW at most, however many say so.

    A model is never the only ground: where the rest of the evidence about use does not come to
    `use_grounds`, what a model adds makes it no more than LOW.
    """
    if theme is Theme.ATTACK:
        return _conclude_attack(scales, parameters)
    if theme is Theme.REPORT:
        return _conclude_report(scales, parameters)
    return _conclude_use(scales, parameters, sharing_is_allowed)


def _conclude_use(
    scales: Scales, parameters: ConclusionParameters, sharing_is_allowed: bool
) -> Conclusion:
    posterior = scales.posterior()
    shared, taken_over = posterior[_SHARED], posterior[_TAKEN_OVER]
    bad = taken_over if sharing_is_allowed else shared + taken_over
    leader = leading(posterior)
    severity = _band(bad, parameters.use_low, parameters.use_medium, parameters.use_high)
    if leader is Hypothesis.TAKEN_OVER and severity >= Severity.MEDIUM:
        # How sure it is, the probability says; a stranger inside is no less grave at first sight.
        is_sure = parameters.use_critical < 1.0 and bad >= parameters.use_critical
        severity = Severity.CRITICAL if is_sure else Severity.HIGH
    if (
        severity > Severity.LOW
        and _bad(scales.unlearned(), sharing_is_allowed) < parameters.use_grounds
    ):
        severity = Severity.LOW
    if leader is Hypothesis.SHARED:
        return Conclusion(Category.CREDENTIAL_SHARING, severity, shared)
    if leader is Hypothesis.TAKEN_OVER:
        strongest = scales.strongest_for(Hypothesis.TAKEN_OVER)
        category = _called_after(strongest, WAYS_OF_TAKING_OVER, Category.ACCOUNT_TAKEOVER)
        return Conclusion(category, severity, taken_over)
    return Conclusion(Category.SUSPICIOUS_ACCESS, severity, bad)


def _bad(scales: Scales, sharing_is_allowed: bool) -> float:
    posterior = scales.posterior()
    taken_over = posterior[_TAKEN_OVER]
    return taken_over if sharing_is_allowed else posterior[_SHARED] + taken_over


def _conclude_attack(scales: Scales, parameters: ConclusionParameters) -> Conclusion:
    attack = scales.attack()
    severity = _band(
        attack, parameters.attack_low, parameters.attack_medium, parameters.attack_high
    )
    strongest = scales.strongest_for_attack()
    category = _called_after(strongest, ATTACKS, Category.SUSPICIOUS_ACCESS)
    return Conclusion(category, severity, attack)


def _conclude_report(scales: Scales, parameters: ConclusionParameters) -> Conclusion:
    said = scales.attack()
    band = _band(said, parameters.attack_low, parameters.attack_medium, parameters.attack_high)
    return Conclusion(Category.SUSPICIOUS_ACCESS, min(band, Severity.LOW), said)


def _band(probability: float, low: float, medium: float, high: float) -> Severity:
    if probability >= high:
        return Severity.HIGH
    if probability >= medium:
        return Severity.MEDIUM
    return Severity.LOW if probability >= low else Severity.INFORMATIONAL


def _called_after(
    finding: Finding | None, among: frozenset[Category], otherwise: Category
) -> Category:
    if finding is None:
        return otherwise
    name = _CALLED_OTHERWISE.get(finding.detector, finding.detector)
    category = _CATEGORIES.get(name)
    return category if category in among else otherwise
