"""Training: the same plan gives the same bytes; figures are of what was never trained on."""

from functools import cache
from math import isnan
from pathlib import Path

import pytest

from detectors.account_sharing import SIGN_ONS, WORK
from detectors.sharing.features import FEATURES
from detectors.takeover.features import FEATURES as OF_SIGN_IN
from detectors.unusual_sign_in import MODEL
from monitor.assembly import open_enricher
from monitor.models.labels import Label
from monitor.models.train import Plan, Trained, train
from monitor.settings import Settings
from tests.monitor.models.examples import made

TINY = Plan(seed=5, accounts=90, worlds=1, report_worlds=1, days=21)


@cache
def trained() -> Trained:
    return train(TINY, open_enricher(Settings()).enrich)


def labels(count: int) -> list[Label]:
    """Decisions as reviewers would make them."""
    return [
        Label(
            e.group,
            e.tenant,
            0,
            "true_positive" if e.shared else "false_positive",
            e.shared,
            True,
            {f.name: None if isnan(v) else v for f, v in zip(FEATURES, e.features, strict=True)},
        )
        for e in made(9, count)
    ]


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    again = train(TINY, open_enricher(Settings()).enrich)
    for name, one in (("one", trained()), ("again", again)):
        one.write(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "manifest.json" in files
    for name in trained().models:
        assert {f"{name}.json", f"{name}.skops"} < set(files)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert trained().figures == again.figures
    assert trained().sign_in == again.sign_in


def test_figures_are_of_accounts_each_counted_once() -> None:
    for figures in trained().figures:
        assert figures.name in {WORK, SIGN_ONS}
        assert sum(row.accounts for row in figures.rows) == figures.accounts
        assert sum(row.accounts for row in figures.rows if row.shared) == figures.shared
        assert sum(point.total for point in figures.bins) in {0, figures.accounts}
        assert 0 <= figures.area <= 1
        assert figures.found <= figures.shared
    assert any(row.held_back for f in trained().figures for row in f.rows if row.shared)


def test_reviewers_decisions_are_learned_from() -> None:
    more = train(TINY, open_enricher(Settings()).enrich, labels(60))
    assert more.labels == 60
    assert more.models[WORK] != trained().models[WORK]
    assert more.models.get(SIGN_ONS) == trained().models.get(SIGN_ONS)
    assert more.figures[0].examples == trained().figures[0].examples + 60


def test_the_model_of_one_sign_in_is_beside_them_and_measured_on_others() -> None:
    figures = trained().sign_in
    assert figures is not None
    assert set(trained().models) == set(trained().estimators) >= {MODEL}
    assert [curve.name for curve in trained().models[MODEL].curves] == [f.name for f in OF_SIGN_IN]
    assert sum(way.strangers for way in figures.ways) <= figures.strangers
    assert all(way.held_back for way in figures.ways)


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    train(
        TINY,
        open_enricher(Settings()).enrich,
        told=lambda what, done, total: told.append((what, done, total)),
    )
    assert [what for what, done, total in told if done == total] == [
        "worlds to learn from",
        "worlds to report on",
        "fitting",
        "sign-ins to learn from",
        "sign-ins to report on",
    ]


def test_too_small_a_world_is_refused() -> None:
    with pytest.raises(ValueError, match="too few examples"):
        train(
            Plan(seed=1, accounts=6, worlds=1, report_worlds=1, days=14),
            open_enricher(Settings()).enrich,
        )
