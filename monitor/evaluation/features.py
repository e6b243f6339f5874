"""The learned model without each of its features in turn: what it would have found."""

from collections.abc import Iterable, Sequence
from math import fsum
from typing import Any, NamedTuple

from msgspec import structs

from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.finding import Finding
from detectors.core.identity import Subject
from detectors.core.model import Model
from detectors.sharing.features import FEATURES
from detectors.sharing.usage import Usage

NAMES = tuple(feature.name for feature in FEATURES)


class Without(NamedTuple):
    """A model with a contribution of zero by one feature, whatever its value."""

    model: Model
    feature: str

    @property
    def version(self) -> str:
        """That of the model."""
        return self.model.version

    @property
    def intercept(self) -> float:
        """That of the model."""
        return self.model.intercept

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the model."""
        return self.model.names

    def score(self, values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        """As `Model.score` says."""
        _, parts = self.model.score(values)
        left = tuple(
            0.0 if name == self.feature else part
            for name, part in zip(self.names, parts, strict=True)
        )
        return fsum((self.intercept, *left)), left


class Variants:
    """What account_sharing finds with each feature's contribution set to zero, by feature."""

    def __init__(self) -> None:
        self.findings: dict[str, dict[bytes, Finding]] = {name: {} for name in NAMES}

    def watch(self, detector: Detector[Any]) -> Detector[Any]:
        """The detector itself, or one that finds the same and notes what it would have found."""
        if isinstance(detector, AccountSharing):
            return _Watched(detector, self)
        return detector


class _Watched(AccountSharing):
    """Scores every account once more for each feature. A score is a sum of parts and its state does
    not depend on what it says, so that nothing need be folded again."""

    def __init__(self, detector: AccountSharing, variants: Variants) -> None:
        super().__init__(detector.parameters)
        self._variants = variants
        self._given: Context | None = None
        self._contexts: dict[str, Context] = {}
        self._said: dict[Subject, dict[str, tuple[float, int]]] = {}

    def _score(
        self,
        until: int,
        subject: Subject,
        state: Usage,
        values: Any,
        context: Context,
    ) -> Iterable[Finding]:
        said = self._said.setdefault(subject, {})
        for name, other in self._without(context).items():
            spoken, day = said.get(name, (0.0, 0))
            like = structs.replace(state, spoken=spoken, said=day)
            for one in super()._score(until, subject, like, values, other):
                self._variants.findings[name][one.id] = one
            said[name] = like.spoken, like.said
        return super()._score(until, subject, state, values, context)

    def _without(self, context: Context) -> dict[str, Context]:
        if context is not self._given:
            self._given = context
            self._contexts = {
                name: structs.replace(
                    context,
                    models={of: Without(model, name) for of, model in context.models.items()},
                )
                for name in NAMES
            }
        return self._contexts
