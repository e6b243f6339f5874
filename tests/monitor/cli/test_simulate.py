"""`vigie simulate`: the same seed the same bytes, and the truth beside them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from monitor.formats.detection import detect
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
