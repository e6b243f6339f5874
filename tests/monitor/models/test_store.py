"""Model files: the same bytes for the same model, and nothing is read that was tampered with."""

import hashlib
import json
import zipfile
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
import skops.io

from detectors.core.model import TreeModel
from detectors.sharing.features import FEATURES
from detectors.takeover.features import FEATURES as OF_SIGN_IN
from monitor.models import store
from monitor.models.additive import fit
from monitor.models.boosted import export_trees, fit_trees
from monitor.models.store import ModelError, dump, load, load_estimator, read_manifest, save
from tests.detectors.models import MODELS
from tests.monitor.models.examples import made
from tests.monitor.models.test_additive import table

FITTED = fit(*table(made(1, 300)))
MADE_FROM = {"seed": 1, "accounts": 2, "worlds": 3, "labels": 4, "scikit_learn": "1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, MODELS, {"account_sharing": FITTED.estimator}, **MADE_FROM)
    return tmp_path


def test_what_is_saved_is_loaded_with_its_hash_as_version(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.seed == 1
    assert manifest.features == tuple(f.name for f in FEATURES)
    assert manifest.of_sign_in == tuple(f.name for f in OF_SIGN_IN)
    for name, model in load(folder).items():
        assert msgspec.structs.replace(model, version="") == msgspec.structs.replace(
            MODELS[name], version=""
        )
        assert model.version == manifest.models[name].sha256


def test_an_estimator_comes_back_whole(folder: Path) -> None:
    estimator = load_estimator(folder, "account_sharing")
    before = FITTED.estimator.calibrated_classifiers_[0].estimator
    after = estimator.calibrated_classifiers_[0].estimator
    assert (before.coef_ == after.coef_).all()


def test_the_same_model_gives_the_same_bytes() -> None:
    again = fit(*table(made(1, 300)))
    assert dump(again.estimator) == dump(FITTED.estimator)
    assert dump(fit(*table(made(2, 300))).estimator) != dump(FITTED.estimator)


@pytest.mark.parametrize("name", ["account_sharing.json", "unusual_sign_in.json"])
def test_a_file_that_was_changed_is_refused(folder: Path, name: str) -> None:
    body = (folder / name).read_bytes()
    (folder / name).write_bytes(body.replace(b"0.0", b"1.0", 1))
    with pytest.raises(ModelError, match="not what was trained"):
        load(folder)


def test_an_estimator_that_was_changed_is_refused(folder: Path) -> None:
    with (folder / "account_sharing.skops").open("ab") as opened:
        opened.write(b"x")
    with pytest.raises(ModelError, match="not what was trained"):
        load_estimator(folder, "account_sharing")


def _replaced(folder: Path, estimator: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    body = skops.io.dumps(estimator)
    manifest["estimators"]["account_sharing"]["sha256"] = hashlib.sha256(body).hexdigest()
    (folder / "account_sharing.skops").write_bytes(body)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_types_that_are_not_ours_are_refused(folder: Path) -> None:
    _replaced(folder, {"estimator": Counter("ab")})
    with pytest.raises(ModelError, match=r"holds collections\.Counter"):
        load_estimator(folder, "account_sharing")


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match="holds no estimator other"):
        load_estimator(folder, "other")
    (folder / "account_sharing.json").unlink()
    with pytest.raises(ModelError, match=r"account_sharing\.json: cannot be read: No such file"):
        load(folder)
    (folder / "manifest.json").write_bytes(b"{")
    with pytest.raises(ModelError, match=r"manifest\.json"):
        load(folder)
    with pytest.raises(ModelError, match=r"manifest\.json: cannot be read"):
        load(folder / "nowhere")


def _with_model(folder: Path, body: bytes, name: str = "account_sharing.json") -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    file = {"name": name, "sha256": hashlib.sha256(body).hexdigest()}
    manifest["models"] = {"account_sharing": file}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if Path(name).name == name:
        (folder / name).write_bytes(body)


def test_other_features_than_these_are_refused(folder: Path) -> None:
    model = MODELS["account_sharing"]
    _with_model(folder, store.encode(msgspec.structs.replace(model, curves=model.curves[1:])))
    with pytest.raises(ModelError, match="train it again"):
        load(folder)


def test_curves_without_a_shape_and_strange_files_are_refused(folder: Path) -> None:
    body = store.encode(MODELS["account_sharing"])
    _with_model(folder, body.replace(b"0.3", b"-0.3", 1))
    with pytest.raises(ModelError):
        load(folder)
    _with_model(folder, body, "../elsewhere.json")
    with pytest.raises(ModelError, match="not in the folder"):
        load(folder)
    _with_model(folder, b" " * (store.MAXIMUM_FILE + 1))
    with pytest.raises(ModelError, match="larger than"):
        load(folder)


def test_the_shipped_models_are_whole_and_say_what_their_estimators_say() -> None:
    models = load()
    manifest = read_manifest(store.SHIPPED)
    assert (
        set(models)
        == set(manifest.estimators)
        == {
            "account_sharing",
            "unusual_sign_in",
        }
    )
    for language in ("en", "fr"):
        assert (store.SHIPPED / store.CARD.format(language=language)).is_file()
    estimator = load_estimator(store.SHIPPED, "unusual_sign_in")
    assert (estimator.calibrated_classifiers_[0].estimator.coef_[0] != 0).all()
    # The trees decide as scikit-learn's do, up to the line that makes log-odds of decisions.
    trees = load_estimator(store.SHIPPED, "account_sharing")
    features, _, _ = table(made(7, 40))
    scores = np.asarray([models["account_sharing"].score(row)[0] for row in features])
    slope, offset = np.polyfit(trees.decision_function(features), scores, 1)
    assert slope > 0
    assert scores == pytest.approx(slope * trees.decision_function(features) + offset, abs=1e-3)


def test_trees_are_saved_and_loaded_as_they_were(tmp_path: Path) -> None:
    features, shared, groups = table(made(1, 300, tenants=5))
    fitted = fit_trees(features, shared, groups, np.ones(len(shared)))
    model = export_trees(fitted)
    save(tmp_path, {"account_sharing": model}, {"account_sharing": fitted.estimator}, **MADE_FROM)
    loaded = load(tmp_path)["account_sharing"]
    assert isinstance(loaded, TreeModel)
    assert loaded.trees == model.trees
    trees = load_estimator(tmp_path, "account_sharing")
    assert (trees.decision_function(features) == fitted.estimator.decision_function(features)).all()
    again = fit_trees(features, shared, groups, np.ones(len(shared)))
    assert dump(again.estimator) == dump(fitted.estimator)
    _with_model(tmp_path, store.encode(model).replace(b'"trees"', b'"bushes"', 1))
    with pytest.raises(ModelError, match=r"bushes.*train it again"):
        load(tmp_path)


def test_a_zip_holds_neither_times_nor_addresses(tmp_path: Path) -> None:
    path = tmp_path / "a.skops"
    path.write_bytes(dump(FITTED.estimator))
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(
            len(name) <= len("0001.npy") or name == "schema.json" for name in archive.namelist()
        )
