"""Turns all the evidence on a subject into one posterior, and says what each piece moved."""

from collections.abc import Iterable, Sequence
from math import exp, fsum, isfinite
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from alerts.incident import Assessment, Contribution, Hypothesis
from detectors.core.finding import Finding

HYPOTHESES = tuple(Hypothesis)
"""The order in which a posterior and the weights of a contribution are given."""

_ATTACK = len(HYPOTHESES)
_SHARED = HYPOTHESES.index(Hypothesis.SHARED)
_TAKEN_OVER = HYPOTHESES.index(Hypothesis.TAKEN_OVER)
_MAXIMUM_PRIOR = 50.0

# Every finite double is a whole number of these, so that sums of them are exact.
_SMALLEST_EXPONENT = 1074
_UNIT = 1 << _SMALLEST_EXPONENT

_encoder = msgspec.msgpack.Encoder(order="deterministic")


class AssessmentParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of an account before there is any evidence, and how models and rules go
    together.

    Nats against one person at work, whose prior is 0 by definition. Raises ValueError for one
    that is not finite or beyond +-50 nats.
    """

    prior_roaming: Annotated[
        float,
        Meta(description="Log-odds of one person on the move or on a VPN", extra={"unit": "nats"}),
    ] = -1.0
    prior_shared: Annotated[
        float,
        Meta(
            description="Log-odds of an account that several people share", extra={"unit": "nats"}
        ),
    ] = -3.6
    prior_taken_over: Annotated[
        float,
        Meta(
            description="Log-odds of an account that a stranger took over", extra={"unit": "nats"}
        ),
    ] = -4.1
    prior_attack: Annotated[
        float,
        Meta(description="Log-odds that somebody is trying to get in", extra={"unit": "nats"}),
    ] = -3.0
    most_beside_model: Annotated[
        float,
        Meta(
            description="Most that all other findings together speak for sharing, where a model "
            "has said what it makes of the same weeks",
            ge=0,
            extra={"unit": "nats"},
        ),
    ] = 2.7

    def __post_init__(self) -> None:
        for name, value in structs.asdict(self).items():
            if not (isfinite(value) and abs(value) <= _MAXIMUM_PRIOR):
                raise ValueError(f"{name} = {value} is not within {_MAXIMUM_PRIOR} nats")


DEFAULTS = AssessmentParameters()


class Scales:
    """Weighs findings one by one, in any order, at a cost that does not grow with their number.

    Of the findings of one evidence group, and for each explanation apart, the strongest one for
    it and the strongest one against it count, the one of the smaller id where two are equal. Of
    what a model says in a group the latest counts: an opinion on the same weeks, renewed.

    Whatever rules saw of an account's use, a model of its weeks has weighed too. So where it has
    spoken about sharing, all that is no model's speaks for it by `most_beside_model` at most. Where
    the model speaks for it, what speaks for a takeover alike counts for less by as much, but never
    by more than the model says: the limit is not to decide which of the two it is.
    """

    def __init__(self, parameters: AssessmentParameters = DEFAULTS) -> None:
        priors = (
            0.0,
            parameters.prior_roaming,
            parameters.prior_shared,
            parameters.prior_taken_over,
            parameters.prior_attack,
        )
        self._totals = [_exact(prior) for prior in priors]
        self._counted: dict[tuple[str, int, bool | None], Finding] = {}
        self._opinions: dict[str, Finding] = {}
        self._strongest: dict[int, Finding] = {}
        self._unlearned: Scales | None = None
        self._parameters = parameters

    def add(self, finding: Finding) -> bool:
        """Put a finding on the scales; whether that moved anything. Twice is the same as once."""
        if finding.evidence.learned:
            return self._renew(finding)
        if self._unlearned is not None:
            self._unlearned.add(finding)
        moved = False
        group = finding.evidence.group
        for column, weight in enumerate(_columns(finding)):
            if not weight:
                continue
            side: tuple[str, int, bool | None] = (group, column, weight > 0)
            held = self._counted.get(side)
            if held is not None and not _is_stronger(finding, held, column):
                continue
            self._counted[side] = finding
            replaced = 0.0 if held is None else _columns(held)[column]
            self._totals[column] += _exact(weight) - _exact(replaced)
            if weight > 0:
                self._note_strongest(finding, column)
            moved = True
        return moved

    def unlearned(self) -> "Scales":
        """The scales without what models say; these themselves where no model spoke."""
        return self if self._unlearned is None else self._unlearned

    def posterior(self) -> tuple[float, float, float, float]:
        """The probability of each of `HYPOTHESES`; they sum to 1."""
        totals = self._totals[:_ATTACK]
        for column, beyond in zip((_SHARED, _TAKEN_OVER), self._beyond(), strict=True):
            totals[column] -= _exact(beyond)
        logits = [total / _UNIT for total in totals]
        highest = max(logits)
        one, roaming, shared, taken_over = (exp(logit - highest) for logit in logits)
        whole = fsum((one, roaming, shared, taken_over))
        return one / whole, roaming / whole, shared / whole, taken_over / whole

    def attack(self) -> float:
        """The probability that somebody is trying to get in, 0 to 1."""
        return _logistic(self._totals[_ATTACK] / _UNIT)

    def strongest_for(self, hypothesis: Hypothesis) -> Finding | None:
        """The finding that speaks most for this explanation; None when none does."""
        return self._strongest.get(HYPOTHESES.index(hypothesis))

    def strongest_for_attack(self) -> Finding | None:
        """The finding that speaks most for an attack; None when none does."""
        return self._strongest.get(_ATTACK)

    def assessment(self, findings: Iterable[Finding]) -> Assessment:
        """What the scales say, with the part that each of `findings`, all added, has in it."""
        parts: dict[bytes, list[float]] = {}
        for (_, column, _), finding in self._counted.items():
            moved = parts.setdefault(finding.id, [0.0] * (_ATTACK + 1))
            moved[column] = _columns(finding)[column]
        contributions = tuple(
            _contribution(finding, parts.get(finding.id)) for finding in distinct(findings)
        )
        return Assessment(self.posterior(), self.attack(), contributions, self._beyond())

    def _beyond(self) -> tuple[float, float]:
        """How much of what speaks for sharing, and for a takeover, is not counted, where a model
        has spoken of sharing."""
        said = [_columns(one)[_SHARED] for one in self._opinions.values()]
        if not any(said):
            return 0.0, 0.0
        rules = self.unlearned()
        beside = rules._totals[_SHARED] - _exact(self._parameters.prior_shared)
        beyond = max(0, beside - _exact(self._parameters.most_beside_model)) / _UNIT
        return beyond, min(beyond, rules._for_both(), max(0.0, fsum(said)))

    def _for_both(self) -> float:
        """What findings that speak for sharing as well speak for a takeover."""
        return fsum(
            _columns(one)[_TAKEN_OVER]
            for (_, column, is_for), one in self._counted.items()
            if column == _TAKEN_OVER and is_for and _columns(one)[_SHARED] > 0
        )

    def _renew(self, finding: Finding) -> bool:
        """Put what a model says in place of what it said before; whether that moved anything."""
        if self._unlearned is None:
            self._unlearned = self._copied()
        group = finding.evidence.group
        held = self._opinions.get(group)
        if held is not None and (held.time, held.id) >= (finding.time, finding.id):
            return False
        self._opinions[group] = finding
        before = (0.0,) * (_ATTACK + 1) if held is None else _columns(held)
        for column, (weight, replaced) in enumerate(zip(_columns(finding), before, strict=True)):
            self._totals[column] += _exact(weight) - _exact(replaced)
            if weight:
                self._counted[group, column, None] = finding
            else:
                self._counted.pop((group, column, None), None)
        return True

    def _copied(self) -> "Scales":
        other = Scales(self._parameters)
        other._totals = self._totals.copy()
        other._counted = self._counted.copy()
        other._strongest = self._strongest.copy()
        return other

    def _note_strongest(self, finding: Finding, column: int) -> None:
        held = self._strongest.get(column)
        if held is None or _is_stronger(finding, held, column):
            self._strongest[column] = finding


def assess(findings: Sequence[Finding], parameters: AssessmentParameters = DEFAULTS) -> Assessment:
    """The posterior over `HYPOTHESES` given these findings of one subject, in any order.

    softmax(prior + over evidence groups the sum of the strongest weight for and against each
    explanation); the attack is a logistic of the same sum. There is one contribution per
    finding, by id; their exact sum and the prior give the posterior again.
    """
    scales = Scales(parameters)
    for finding in distinct(findings):
        scales.add(finding)
    return scales.assessment(findings)


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by id, each id once; of two versions always the same one, whatever the order."""
    kept: dict[bytes, Finding] = {}
    for finding in findings:
        other = kept.get(finding.id)
        if other is None or (
            other is not finding and _encoder.encode(finding) > _encoder.encode(other)
        ):
            kept[finding.id] = finding
    return [kept[identifier] for identifier in sorted(kept)]


def leading(posterior: tuple[float, float, float, float]) -> Hypothesis:
    """The most probable explanation; of two as probable the first, which is the more harmless."""
    return HYPOTHESES[posterior.index(max(posterior))]


def _columns(finding: Finding) -> tuple[float, float, float, float, float]:
    weights = finding.evidence.weights
    return 0.0, weights.roaming, weights.shared, weights.taken_over, weights.attack


def _is_stronger(finding: Finding, held: Finding, column: int) -> bool:
    weight, other = abs(_columns(finding)[column]), abs(_columns(held)[column])
    return weight > other or (weight == other and finding.id < held.id)


def _contribution(finding: Finding, moved: list[float] | None) -> Contribution:
    if moved is None:
        return Contribution(finding.id, finding.detector, (0.0, 0.0, 0.0, 0.0))
    one, roaming, shared, taken_over, attack = moved
    return Contribution(finding.id, finding.detector, (one, roaming, shared, taken_over), attack)


def _exact(value: float) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator << (_SMALLEST_EXPONENT + 1 - denominator.bit_length())


def _logistic(logit: float) -> float:
    if logit >= 0:
        return 1.0 / (1.0 + exp(-logit))
    odds = exp(logit)
    return odds / (1.0 + odds)
