"""`vigie challenge`: whoever has the machine asks somebody for a proof, and takes that back."""

import json
from pathlib import Path

import pytest

from tests.monitor.cli.calling import Called, call

WHO = ("--tenant", "acme", "--account", "u-17")


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\n[web]\npublic_url = "https://vigie.example"\n')
    assert call(capsys, "db", "upgrade", "--config", made).code == 0
    return made


def run(capsys: pytest.CaptureFixture[str], config: Path, *given: object) -> Called:
    return call(capsys, "challenge", *given, "--config", config)


def test_it_is_asked_for_listed_and_withdrawn(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no such challenge" in run(capsys, config, "list").told
    made = run(capsys, config, "create", *WHO, "--session", "s-1")
    assert "https://vigie.example/challenge#" in made.out
    [listed] = json.loads(run(capsys, config, "list", "--state", "open", "--json").out)
    shown = run(capsys, config, "list").out
    assert listed["handle"] in shown, "what is to be typed again is whole"
    assert "u-17" in shown
    assert (listed["account"], listed["session"], listed["origin"]) == ("u-17", "s-1", "reviewer")
    assert "withdrawn" in run(capsys, config, "withdraw", listed["handle"]).out
    assert json.loads(run(capsys, config, "list", "--state", "open", "--json").out or "[]") == []


def test_a_program_reads_the_link(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = json.loads(run(capsys, config, "create", *WHO, "--language", "en", "--json").out)
    assert set(made) == {"handle", "link", "expires"}


def test_the_tenant_may_be_that_of_the_settings(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, config, "create", "--account", "u-17").code == 0
    [listed] = json.loads(run(capsys, config, "list", "--json").out)
    assert listed["tenant"] == "default"
    assert run(capsys, config, "create", "--account", "u-17", "--tenant", "").code == 2


def test_what_is_not_there_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = run(capsys, config, "withdraw", "0" * 32)
    assert (gone.code, "no such challenge" in gone.told) == (1, True)
    empty = run(capsys, config, "create", "--tenant", "acme", "--account", "")
    assert empty.code == 1
