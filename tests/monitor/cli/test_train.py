"""`vigie train`: what it writes and prints, and what it refuses."""

from pathlib import Path

import pytest

from monitor.models import labels
from monitor.models.store import load, read_manifest
from monitor.store import migration
from tests.monitor.cli.calling import call

SMALL = ["--accounts", "90", "--worlds", "1", "--report-worlds", "1", "--days", "21", "--seed", "5"]
ALONE = [*SMALL, "--alone"]


def test_it_writes_models_manifest_and_card_and_prints_the_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "train", *ALONE, "--out", tmp_path / "models")
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
        "--alone",
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
    assert "0 rows" in done.told


def test_rows_of_a_labelled_log_are_collected_and_learned_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, truth, rows = tmp_path / "a.ndjson", tmp_path / "truth", tmp_path / "rows.ndjson.xz"
    world = ["--accounts", "40", "--days", "15", "--seed", "4"]
    assert call(capsys, "simulate", *world, "--out", log, "--labels", truth).code == 0
    done = call(capsys, "train", "--collect", rows, "--log", log, "--truth", truth)
    assert done.code == 0, done.told
    found = labels.read(rows)
    assert f"{len(found)} rows" in done.told
    assert len(found) > 20
    done = call(capsys, "train", *ALONE, "--labels", rows, "--out", tmp_path / "models")
    assert done.code == 0, done.told
    manifest = read_manifest(tmp_path / "models")
    assert (manifest.labels, manifest.elsewhere) == (0, len(found))


@pytest.mark.parametrize(
    "given", [["--log", "a"], ["--truth", "b"], ["--log", "a", "--truth", "b"], ["--collect", "c"]]
)
def test_a_log_its_truth_and_where_to_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    given = [*given, "--log", "a"] if given == ["--collect", "c"] else given
    done = call(capsys, "train", *given, "--out", tmp_path)
    assert done.code == 2
    assert "go together" in done.told


def test_labels_that_cannot_be_read_leave_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rows.ndjson"
    done = call(capsys, "train", "--collect", out, "--log", "none", "--truth", tmp_path)
    assert done.code == 2
    assert "accounts.ndjson" in done.told
    assert not out.exists()


def test_a_log_that_the_labels_are_not_of_gives_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, truth, rows = tmp_path / "a.ndjson", tmp_path / "truth", tmp_path / "rows.ndjson"
    world = ["--accounts", "10", "--days", "8", "--seed", "4", "--out", tmp_path / "b.ndjson"]
    assert call(capsys, "simulate", *world, "--labels", truth).code == 0
    log.write_bytes(b"")
    done = call(capsys, "train", "--collect", rows, "--log", log, "--truth", truth)
    assert done.code == 1
    assert "is it the log of these labels" in done.told
    assert not rows.exists()
