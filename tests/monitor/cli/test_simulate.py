"""`vigie simulate`: the same seed the same bytes, and the truth beside them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from monitor.formats.detection import detect
from monitor.settings import load
from tests.monitor.cli.calling import call

SMALL = ("--days", "2", "--accounts", "20", "--start", "2026-09-21")


@pytest.mark.parametrize("form", ["ocsf", "sshd"])
def test_the_same_seed_gives_the_same_bytes_and_another_others(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        out = tmp_path / name
        done = call(capsys, "simulate", "--format", form, "--seed", seed, *SMALL, "--out", out)
        assert done.code == 0
        made[name] = out.read_bytes()
        assert f"{made[name].count(10):,} lines" in done.told
        assert done.out == ""
    assert made["a"] == made["b"] != made["c"]
    assert detect(made["a"].splitlines()[:20]) == form


@pytest.mark.parametrize(
    ("form", "misdeed", "uids"),
    [("ocsf", "credential_sharing=2", True), ("sshd", "brute_force=2", False)],
)
def test_the_labels_are_of_the_lines(
    form: str,
    misdeed: str,
    uids: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, truth = tmp_path / "world", tmp_path / "made" / "truth"
    arguments = ("--out", out, "--labels", truth, "--misdeed", misdeed, "--format", form)
    assert call(capsys, "simulate", *SMALL, *arguments).code == 0
    labels = [json.loads(line) for line in (truth / "events.ndjson").read_bytes().splitlines()]
    lines = out.read_bytes().splitlines()
    assert len(labels) == len(lines)
    if uids:
        assert [json.loads(x)["metadata"]["uid"] for x in lines] == [x["uid"] for x in labels]
    incidents = [json.loads(x) for x in (truth / "incidents.ndjson").read_bytes().splitlines()]
    assert len(incidents) == 2
    told = Counter(label["incident"] for label in labels if label.get("incident"))
    assert told == {one["id"]: one["events"] for one in incidents}
    assert (truth / "accounts.ndjson").exists() is uids


def test_the_log_may_go_to_the_output(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    from monitor.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["simulate", *SMALL])
    assert ended.value.code in (None, 0)
    out, err = capsysbinary.readouterr()
    assert all(json.loads(line)["class_uid"] in (3001, 3002) for line in out.splitlines())
    assert b"lines of 20 accounts" in err


@pytest.mark.parametrize("chosen", ["training", "held_back"])
def test_what_is_tuned_on_and_what_is_reported_on_are_different(
    chosen: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--days", "10", "--accounts", "150", "--start", "2026-09-21", "--labels", tmp_path)
    out = tmp_path / "world"
    assert call(capsys, "simulate", *arguments, "--strategies", chosen, "--out", out).code == 0
    incidents = [json.loads(x) for x in (tmp_path / "incidents.ndjson").read_bytes().splitlines()]
    assert incidents
    assert {one.get("held_back", False) for one in incidents} == {chosen == "held_back"}
    accounts = [json.loads(x) for x in (tmp_path / "accounts.ndjson").read_bytes().splitlines()]
    assert any(one.get("held_back") for one in accounts) is (chosen == "held_back")


def test_the_directory_is_beside_the_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "world"
    arguments = ("--days", "1", "--accounts", "300", "--start", "2026-09-21", "--labels", tmp_path)
    assert call(capsys, "simulate", *arguments, "--out", out).code == 0
    told = load(tmp_path / "vigie.toml", {}).accounts
    accounts = [json.loads(x) for x in (tmp_path / "accounts.ndjson").read_bytes().splitlines()]
    programs = {f"{a['tenant']}:{a['account']}" for a in accounts if a.get("kind") == "service"}
    assert set(told.service) == programs
    assert programs


def test_a_preset_is_a_size_and_what_is_said_wins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--preset", "month", "--accounts", "5", "--start", "2026-09-01")
    done = call(capsys, "simulate", *arguments, "--out", tmp_path / "world")
    assert done.code == 0
    assert "of 5 accounts" in done.told
    lines = (tmp_path / "world").read_bytes().splitlines()
    times = [json.loads(line)["time"] for line in (lines[0], lines[-1])]
    assert times[1] - times[0] > 25 * 86_400_000
