"""`vigie evaluate`: figures of a simulated world, and refusals of what makes no sense."""

from pathlib import Path

import msgspec
import pytest

from tests.monitor.cli.calling import call
from tests.monitor.evaluation.simulated import rba, world


def test_a_simulated_world_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, labels = world()
    html, json, markdown, cases = (
        tmp_path / name for name in ("r.html", "r.json", "r.md", "cases.ndjson")
    )
    done = call(
        capsys, "evaluate", log, "--labels", labels, "--ablation",
        "--html", html, "--json", json, "--markdown", markdown,
        "--cases", cases, "--made-by", "make it",
    )  # fmt: skip
    assert done.code == 0, done.told
    assert "Shared accounts found" in done.told
    told = msgspec.json.decode(json.read_bytes())
    assert [one["system"] for one in told["measures"]] == [
        "vigie", "buffalogs", "crowdsec", "freeman", "keycloak", "panther",
    ]  # fmt: skip
    assert told["command"] == "make it"
    assert all(msgspec.json.decode(line)["what"] for line in cases.read_bytes().splitlines())
    assert told["ablation"]
    assert {one["off"] for one in told["features"]} == {"account_sharing"}
    assert [one["name"] for one in told["steps"]][-2:] == ["sign_in_risk", "vigie"]
    assert "Panther" in html.read_text()
    assert told["command"] in markdown.read_text()


def test_several_worlds_each_with_its_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (one, its), (other, theirs) = world(), world(6)
    json = tmp_path / "r.json"
    done = call(
        capsys, "evaluate", one, other, "--labels", its, "--labels", theirs,
        "--no-baselines", "--json", json,
    )  # fmt: skip
    assert done.code == 0, done.told
    told = msgspec.json.decode(json.read_bytes())
    assert [log["name"] for log in told["logs"]] == ["seed5", "seed6"]
    assert [one["system"] for one in told["measures"]] == ["vigie"]
    given = f"{one} {other} --labels {its} --labels {theirs} --no-baselines"
    assert told["command"] == f"vigie evaluate {given}"


def test_the_chain_may_be_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, labels = world()
    json = tmp_path / "r.json"
    done = call(
        capsys, "evaluate", log, "--labels", labels, "--no-baselines", "--ablation", "--rerun",
        "--json", json,
    )  # fmt: skip
    assert done.code == 0, done.told
    told = msgspec.json.decode(json.read_bytes())
    assert told["exact"] is True
    assert all(one["group"] is None for one in told["ablation"])


def test_the_data_set_holds_its_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = rba(tmp_path / "rba.csv")
    json = tmp_path / "r.json"
    done = call(capsys, "evaluate", log, "--format", "rba", "--json", json, "--language", "fr")
    assert done.code == 0, done.told
    assert "Comptes partagés trouvés" in done.told
    told = msgspec.json.decode(json.read_bytes())
    assert told["measures"][0]["reauthentication"]["stolen"] == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("x",), "--labels FOLDER is missing"),
        (("x", "--labels", "a", "--labels", "b"), "2 folders of labels for 1 logs"),
        (("x", "--format", "rba", "--labels", "a"), "--labels does not apply"),
        (("x", "--labels", "a", "--rerun"), "give both"),
        (("x", "--labels", "a", "--language", "de"), "there are en, fr"),
        (("x", "--labels", "a", "--html", "/nonexistent/r.html"), "no file that can be written"),
        (("x", "--labels", "a", "--html", "x"), "an input or another output"),
        (("x", "--labels", "a", "--format", "nothing"), "no log format is called"),
    ],
)
def test_calls_that_make_no_sense_are_refused(
    arguments: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "evaluate", *arguments)
    assert done.code == 2
    assert reason in done.told


def test_what_cannot_be_read_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, labels = world()
    assert call(capsys, "evaluate", tmp_path / "none", "--labels", labels).code == 1
    done = call(capsys, "evaluate", log, "--labels", tmp_path / "none")
    assert done.code == 1
    assert "no folder of labels" in done.told
    empty = tmp_path / "empty.ndjson"
    empty.touch()
    assert "no event" in call(capsys, "evaluate", empty, "--labels", labels).told
