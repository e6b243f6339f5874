"""What one score of sign-ins is worth: counted at first ones; it never adds more than it may."""

from random import Random

import numpy as np
import pytest

from detectors.takeover.features import FEATURES
from detectors.unusual_sign_in import Parameters
from monitor.models.additive import TooLittleError, export
from monitor.models.sign_ins import SignInExample, SignIns
from monitor.models.stopping import ASKED, added, bins, fit_sign_ins, measure

NAMES = [feature.name for feature in FEATURES]


def made(seed: int, count: int) -> list[SignInExample]:
    """A fifth are strangers': what they bring is a surprise, and mostly behind a server."""
    rng = Random(seed)
    examples = []
    for number in range(count):
        stolen = number % 5 == 0
        values = {f.name: rng.uniform(0, f.most / 4) for f in FEATURES}
        values["surprise"] = rng.uniform(3, 8) if stolen else rng.uniform(0, 4)
        values["masked"] = float(rng.random() < (0.7 if stolen else 0.1))
        features = tuple(values[name] for name in NAMES)
        examples.append(
            SignInExample(
                features,
                stolen,
                f"{seed}/tenant-{number % 11}",
                rng.uniform(2, 6) if stolen else rng.uniform(0, 3),
                f"{seed}-{number}" if stolen else "",
                "abroad" if stolen else "",
                is_first=stolen,
            )
        )
    return examples


FITTED = fit_sign_ins(made(1, 400))
FIGURES = measure("model", FITTED, made(1, 400), SignIns(made(2, 200), 5_000, 4), 7)


def test_it_is_calibrated_and_keeps_directions() -> None:
    model = export(FITTED)
    assert [curve.name for curve in model.curves] == NAMES
    for feature, curve in zip(FEATURES, model.curves, strict=True):
        steps = [b - a for a, b in zip(curve.values, curve.values[1:], strict=False)]
        assert all(step >= 0 if feature.rises else step <= 0 for step in steps), curve.name
    for example in made(3, 20):
        score = FITTED.scores(np.asarray([example.features]))[0]
        assert model.score(example.features)[0] == pytest.approx(score, abs=1e-4)


def test_strangers_that_nothing_shows_count_as_not_stopped() -> None:
    assert FIGURES.strangers == 40 + 4
    assert FIGURES.strange == 160
    assert FIGURES.area > 0.9
    for one in FIGURES.stopped:
        assert len(one.counts) == len(ASKED)
        assert list(one.counts) == sorted(one.counts)
        assert one.counts[-1] <= 40


def test_with_the_model_no_fewer_are_called_for() -> None:
    [way] = FIGURES.ways
    assert way.strangers == 40
    assert way.alone <= way.together
    assert FIGURES.alone <= FIGURES.together


def test_it_adds_no_more_than_it_may_and_takes_nothing_away() -> None:
    given = Parameters()
    scores = np.asarray([-9.0, given.least, given.least + 0.5, 9.0])
    assert list(added(scores)) == [0.0, 0.0, 0.5, given.most_for]


def test_tenths_are_of_all_examples() -> None:
    assert sum(one.total for one in FIGURES.bins) == 200
    assert bins(np.asarray([1.0]), np.asarray([True])) == ()


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(TooLittleError):
        fit_sign_ins(made(1, 10))
