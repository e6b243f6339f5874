"""The learned model without each feature: exactly what it would say with that part at zero."""

from math import fsum

import pytest

from detectors.account_sharing import AccountSharing
from detectors.brute_force import BruteForce
from detectors.core.context import Context
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.core.model import AdditiveModel, Curve
from detectors.sharing.features import FEATURES
from monitor.evaluation.features import NAMES, Variants, Without
from tests.detectors.story import CHROME, FIREFOX, LYON, PARIS, Story

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def model(worth: dict[str, float]) -> AdditiveModel:
    """A model in which a feature adds so much from the first bit of it on."""
    curves = tuple(Curve(f.name, (0.0, 0.001), (0.0, worth.get(f.name, 0.0))) for f in FEATURES)
    return AdditiveModel("test", 0.1, curves)


def shared() -> Story:
    """Three weeks of two people in two towns."""
    return Story().work(range(21), LYON, CHROME).work(range(21), PARIS, FIREFOX, 490)


def context(worth: dict[str, float]) -> Context:
    one = model(worth)
    return Context(models={"account_sharing": one})


def folded(detector: object, given: Context) -> list[tuple[int, float]]:
    """What it finds of Alice: when, and how strongly."""
    fold = Fold(SubjectKind.ACCOUNT, (detector,), given)  # type: ignore[arg-type]
    cell = fold.fresh(ALICE)
    found = [finding for event in shared().sorted() for finding in fold.observe(cell, event)]
    return [(finding.time, finding.evidence.weights.shared) for finding in found]


def test_a_feature_is_off_by_its_part() -> None:
    one = model({NAMES[0]: 2.0, NAMES[1]: 1.0})
    values = [1.0] * len(NAMES)
    assert one.score(values)[0] == pytest.approx(3.1)
    off, parts = Without(one, NAMES[0]).score(values)
    assert off == pytest.approx(1.1)
    assert parts[0] == 0.0
    assert fsum(parts) == 1.0
    assert Without(one, "no such feature").score(values) == one.score(values)
    assert Without(one, NAMES[0]).version == one.version


def test_what_is_noted_is_what_a_model_without_the_feature_finds() -> None:
    """And what is found stays what it was."""
    worth = dict.fromkeys(NAMES, 0.3)
    variants = Variants()
    watched = variants.watch(AccountSharing())
    plain = folded(AccountSharing(), context(worth))
    assert plain
    assert folded(watched, context(worth)) == plain
    for name in NAMES:
        noted = sorted(variants.findings[name].values(), key=lambda one: one.id)
        told = [(one.time, one.evidence.weights.shared) for one in noted]
        assert told == folded(AccountSharing(), context({**worth, name: 0.0})), name


def test_other_detectors_are_left_alone() -> None:
    other = BruteForce()
    assert Variants().watch(other) is other
    watched = Variants().watch(AccountSharing())
    assert isinstance(watched, AccountSharing)
    assert watched.about is AccountSharing.about
