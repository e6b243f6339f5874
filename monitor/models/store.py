"""Model files: what was trained as skops, what is scored with as plain numbers, and a manifest.

Nothing is read whose SHA-256 is not the manifest's, and never a pickle. The daemon reads the plain
numbers alone; the estimators are for people who look into them or train further.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct, structs

from detectors.account_sharing import MODEL as ACCOUNTS
from detectors.core.model import AdditiveModel, TreeModel
from detectors.sharing.features import FEATURES
from detectors.takeover.features import FEATURES as OF_SIGN_IN
from detectors.unusual_sign_in import MODEL as SIGN_IN

SHIPPED = Path(__file__).parent / "shipped"
MANIFEST = "manifest.json"
CARD = "card.{language}.md"
RELIABILITY = "reliability.svg"
MAXIMUM_FILE = 4 * 1024 * 1024
TRUSTED = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types, besides those that skops trusts itself, that an estimator of ours is made of."""
_FEATURES = tuple(feature.name for feature in FEATURES)
_OF_SIGN_IN = tuple(feature.name for feature in OF_SIGN_IN)
_GOES_BY = {ACCOUNTS: _FEATURES, SIGN_IN: _OF_SIGN_IN}
_EPOCH = (1980, 1, 1, 0, 0, 0)
Plain: TypeAlias = AdditiveModel | TreeModel
"""What a file of plain numbers holds."""


class ModelError(ValueError):
    """A model cannot be used; says which file and why."""


class File(Struct, frozen=True):
    """One file of a model: its name and the SHA-256 of its bytes, in hexadecimal."""

    name: str
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What belongs to a folder of models.

    `models` are the plain numbers by their detector's name, `estimators` what was trained.
    `features` are the names that the model of accounts goes by, in order, `of_sign_in` those of one
    sign-in; `seed`, `accounts`, `worlds` and `labels` what it was made from, `elsewhere` the rows
    of logs that others wrote; `scikit_learn` the version that the estimators need.
    """

    models: dict[str, File]
    estimators: dict[str, File]
    features: tuple[str, ...]
    seed: int
    accounts: int
    worlds: int
    labels: int
    scikit_learn: str
    of_sign_in: tuple[str, ...] = ()
    elsewhere: int = 0


def save(
    folder: Path,
    models: Mapping[str, Plain],
    estimators: Mapping[str, Any],
    **made_from: Any,
) -> Manifest:
    """Write models and estimators; the same ones give the same bytes. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {name: _write(folder / f"{name}.json", encode(m)) for name, m in models.items()}
    kept = {name: _write(folder / f"{name}.skops", dump(e)) for name, e in estimators.items()}
    manifest = Manifest(
        models=told,
        estimators=kept,
        features=_FEATURES,
        of_sign_in=_OF_SIGN_IN if SIGN_IN in told else (),
        **made_from,
    )
    _write(folder / MANIFEST, _pretty(manifest))
    return manifest


def load(folder: Path = SHIPPED) -> dict[str, Plain]:
    """The models of a folder by their detector's name, each with its hash as version.

    Raises ModelError.
    """
    manifest = read_manifest(folder)
    models: dict[str, Plain] = {}
    for name, file in manifest.models.items():
        body = _read(folder, file)
        try:
            model: Plain = msgspec.json.decode(body, type=Plain)
        except (msgspec.DecodeError, ValueError) as error:
            raise ModelError(
                f"{folder / file.name}: {error}; if it is of an older version, train it again"
            ) from error
        if model.names != _GOES_BY.get(name):
            raise ModelError(f"{folder / file.name}: was trained on other features; train it again")
        models[name] = structs.replace(model, version=file.sha256)
    return models


def load_estimator(folder: Path, name: str) -> Any:
    """What was trained, as scikit-learn has it. Raises ModelError."""
    manifest = read_manifest(folder)
    if name not in manifest.estimators:
        raise ModelError(f"{folder}: holds no estimator {name}; there are {[*manifest.estimators]}")
    file = manifest.estimators[name]
    body = _read(folder, file)
    import skops.io  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and not for the daemon

    try:
        strange = set(skops.io.get_untrusted_types(data=body)) - set(TRUSTED)
        if strange:
            raise ModelError(f"{folder / file.name}: holds {', '.join(sorted(strange))}")
        return skops.io.loads(body, trusted=list(TRUSTED))
    except (KeyError, TypeError, AttributeError, ImportError, zipfile.BadZipFile) as error:
        raise ModelError(f"{folder / file.name}: {type(error).__name__}: {error}") from error


def read_manifest(folder: Path) -> Manifest:
    """What belongs to a folder. Raises ModelError."""
    body = _bytes(folder / MANIFEST)
    try:
        return msgspec.json.decode(body, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder / MANIFEST}: {error}") from error


def encode(model: Plain) -> bytes:
    """A model as plain numbers, without the version that only its hash gives it."""
    return _pretty(structs.replace(model, version=""))


def dump(estimator: Any) -> bytes:
    """An estimator as skops; the same one gives the same bytes.

    skops names its parts by their addresses in memory and stamps them with the time: both are
    replaced, by their order and by a constant.
    """
    import skops.io  # noqa: PLC0415 - slow, and not for the daemon

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator))) as archive:
        schema = json.loads(archive.read("schema.json"))
        numbers: dict[int, int] = {}
        files: dict[str, str] = {}
        _number(schema, numbers, files)
        parts = {files[n]: archive.read(n) for n in archive.namelist() if n in files}
    parts["schema.json"] = json.dumps(schema, indent=1).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), parts[name], zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def _number(node: Any, numbers: dict[int, int], files: dict[str, str]) -> None:
    """Give every part of a skops schema the number of its first place in it."""
    if isinstance(node, dict):
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
        if isinstance(node.get("file"), str):
            name = node["file"]
            suffix = Path(name).suffix
            node["file"] = files.setdefault(name, f"{len(files) + 1:04d}{suffix}")
        for value in node.values():
            _number(value, numbers, files)
    elif isinstance(node, list):
        for value in node:
            _number(value, numbers, files)


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1) + b"\n"


def _write(path: Path, body: bytes) -> File:
    path.write_bytes(body)
    return File(path.name, hashlib.sha256(body).hexdigest())


def _read(folder: Path, file: File) -> bytes:
    if Path(file.name).name != file.name:
        raise ModelError(f"{folder / MANIFEST}: {file.name} is not in the folder")
    body = _bytes(folder / file.name)
    found = hashlib.sha256(body).hexdigest()
    if found != file.sha256:
        raise ModelError(
            f"{folder / file.name}: has the SHA-256 {found[:12]}…, the manifest says "
            f"{file.sha256[:12]}…; it is not what was trained"
        )
    return body


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            body = opened.read(MAXIMUM_FILE + 1)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    if len(body) > MAXIMUM_FILE:
        raise ModelError(f"{path}: is larger than {MAXIMUM_FILE} bytes")
    return body
