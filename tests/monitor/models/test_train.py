"""Training: the same plan gives the same bytes; figures are of what was never trained on."""

from functools import cache
from math import isnan
from pathlib import Path

import pytest
from msgspec import structs

from detectors.account_sharing import MODEL as ACCOUNTS
from detectors.sharing.features import FEATURES
from detectors.takeover.features import FEATURES as OF_SIGN_IN
from detectors.unusual_sign_in import MODEL
from monitor.assembly import open_enricher
from monitor.models.labels import Label
from monitor.models.train import OWN, SHARED_WEIGHT, WHOLE, Plan, Trained, train, weights_of
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
    figures = trained().figures
    assert figures.name == ACCOUNTS
    assert sum(row.accounts for row in figures.rows) == figures.accounts
    assert sum(row.accounts for row in figures.rows if row.shared) == figures.shared
    assert 0 < sum(point.total for point in figures.bins) <= figures.examples
    assert 0 <= figures.area <= 1
    assert figures.found <= figures.shared
    assert any(row.held_back for row in figures.rows if row.shared)


def test_reviewers_decisions_are_learned_from() -> None:
    more = train(TINY, open_enricher(Settings()).enrich, labels(60))
    assert more.labels == 60
    assert more.models[ACCOUNTS] != trained().models[ACCOUNTS]
    assert more.models[MODEL] == trained().models[MODEL]
    assert more.figures.examples == trained().figures.examples + 60


def test_worlds_of_others_are_learned_from_and_each_is_left_out_in_turn() -> None:
    others = {"birch": labels(90), "alder": labels(80)}
    more = train(TINY, open_enricher(Settings()).enrich, elsewhere=others)
    assert more.elsewhere == 170
    assert more.models[ACCOUNTS] != trained().models[ACCOUNTS]
    assert [one.name for one in more.sources] == ["", "alder", "birch"]
    for one in more.sources:
        assert 0 <= one.found <= one.shared < one.accounts
        assert 0 <= one.area <= 1
    assert more.sources[1].area > 0.8, "birch is like alder"
    assert not trained().sources


def test_a_few_decisions_weigh_as_a_few_accounts() -> None:
    decided = [structs.replace(one, source="reviewers") for one in made(3, 4)]
    weights = weights_of([*made(1, 2_000), *decided])
    assert weights[-4:].sum() / weights.sum() == pytest.approx(4 / WHOLE / (OWN + 4 / WHOLE))


def test_every_author_and_every_account_weighs_as_much_and_our_own_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.models.train.WHOLE", 30)
    own = made(1, 40)
    others = [structs.replace(one, source="birch") for one in made(2, 80)]
    twice = [structs.replace(one, week=2) for one in others[:30]]
    examples = [*own, *others, *twice]
    weights = weights_of(examples)
    assert weights.mean() == pytest.approx(1)
    whole = weights.sum()
    for source in ("", "birch"):
        mine = [(w, e) for w, e in zip(weights, examples, strict=True) if e.source == source]
        of_shared = sum(weight for weight, example in mine if example.shared)
        part = sum(weight for weight, _ in mine) / whole
        assert part == pytest.approx((1.0 if source else OWN) / (OWN + 1.0))
        assert of_shared / whole == pytest.approx(SHARED_WEIGHT * part)
    by_account: dict[str, float] = {}
    for weight, example in zip(weights, examples, strict=True):
        if example.source == "birch" and not example.shared:
            by_account[example.group] = by_account.get(example.group, 0.0) + weight
    assert max(by_account.values()) == pytest.approx(min(by_account.values()))


def test_the_model_of_one_sign_in_is_beside_them_and_measured_on_others() -> None:
    figures = trained().sign_in
    assert figures is not None
    assert set(trained().models) == set(trained().estimators) >= {MODEL}
    assert trained().models[MODEL].names == tuple(f.name for f in OF_SIGN_IN)
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
