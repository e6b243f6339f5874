"""The learned models that have a say: what each is, from what it was made, how often what it
predicts comes true, and what its card says of its limits."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from monitor.evaluation.intervals import Share, share
from monitor.models.reliability import Point, points_of
from monitor.models.store import (
    CARD,
    RELIABILITY,
    SHIPPED,
    Manifest,
    ModelError,
    Plain,
    load,
    read_manifest,
)
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed

LONGEST: Final = 1 << 20
"""Bytes of a card or a diagram that are read."""


class Reliable(Struct, frozen=True, kw_only=True):
    """A tenth of what was predicted: the mean prediction, and the share that was so."""

    predicted: float
    share: Share


class ModelView(Struct, frozen=True, kw_only=True):
    """One model: its name, the SHA-256 of its numbers and of what was trained, how many of its
    features have a say, and its reliability."""

    name: str
    sha256: str
    estimator: str
    heard: int
    features: int
    reliability: tuple[Reliable, ...]


class ModelsView(Struct, frozen=True, kw_only=True):
    """A folder of models: whether they have a say, whether they are those that are shipped, what
    they were made from, and their card as Markdown. `trouble` is why they cannot be used."""

    is_on: bool
    is_shipped: bool
    trouble: str = ""
    manifest: Manifest | None = None
    models: tuple[ModelView, ...] = ()
    card: str = ""


class ModelCards:
    """Of the models that the settings name, else those that are shipped."""

    def __init__(self, path: Path | None = None, *, is_on: bool = True) -> None:
        self._folder = path or SHIPPED
        self._is_shipped = path is None
        self._is_on = is_on

    @allowed(Operation.DETECTORS_READ)
    def all(self, actor: Actor, language: str) -> ModelsView:
        """All that is known of them, in the reader's language."""
        is_on, is_shipped = self._is_on, self._is_shipped
        try:
            manifest, models = read_manifest(self._folder), load(self._folder)
        except ModelError as error:
            return ModelsView(is_on=is_on, is_shipped=is_shipped, trouble=str(error))
        points = points_of(self._text(RELIABILITY))
        return ModelsView(
            is_on=is_on,
            is_shipped=is_shipped,
            manifest=manifest,
            models=tuple(
                _view(name, model, manifest, points.get(name, ())) for name, model in models.items()
            ),
            card=self._text(CARD.format(language="fr" if language == "fr" else "en")),
        )

    def _text(self, name: str) -> str:
        """A file of the folder; empty where it has none."""
        try:
            with (self._folder / name).open("rb") as opened:
                return opened.read(LONGEST).decode("utf-8", "replace")
        except OSError:
            return ""


def _view(name: str, model: Plain, manifest: Manifest, points: tuple[Point, ...]) -> ModelView:
    estimator = manifest.estimators.get(name)
    return ModelView(
        name=name,
        sha256=manifest.models[name].sha256,
        estimator="" if estimator is None else estimator.sha256,
        heard=len(model.asked),
        features=len(model.names),
        reliability=tuple(
            Reliable(predicted=one.predicted, share=share(one.shared, one.total)) for one in points
        ),
    )
