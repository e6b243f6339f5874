"""`vigie train`: what it writes and prints, and what it refuses."""

from pathlib import Path

import pytest

from monitor.models.store import load
from monitor.store import migration
from tests.monitor.cli.calling import call

SMALL = ["--accounts", "90", "--worlds", "1", "--report-worlds", "1", "--days", "21", "--seed", "5"]


def test_it_writes_models_manifest_and_card_and_prints_the_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "train", *SMALL, "--out", tmp_path / "models")
    assert done.code == 0, done.told
    models = load(tmp_path / "models")
    printed = done.out
    for model in models.values():
        assert model.version in printed
    assert (tmp_path / "models" / "card.fr.md").is_file()


def test_too_small_a_world_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [
        "--accounts",
        "20",
        "--seed",
        "1",
        "--worlds",
        "1",
        "--report-worlds",
        "1",
        "--days",
        "14",
    ]
    done = call(capsys, "train", *small, "--out", tmp_path)
    assert done.code == 2
    assert "too few examples" in done.told


def test_labels_that_cannot_be_read_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "labels.ndjson"
    path.write_text("{}\n", encoding="utf-8")
    done = call(capsys, "train", "--labels", path, "--out", tmp_path)
    assert done.code == 2
    assert "labels.ndjson:1" in done.told
    done = call(capsys, "train", "--labels", tmp_path / "none", "--out", tmp_path)
    assert done.code == 1
    assert "No such file" in done.told


def test_decisions_are_collected_from_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIGIE_DATABASE__URL", f"sqlite:///{tmp_path / 'vigie.db'}")
    migration.upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    out = tmp_path / "decisions.ndjson"
    done = call(capsys, "train", "--collect", out)
    assert done.code == 0, done.told
    assert out.read_bytes() == b""
    assert "0 decisions" in done.told
