"""`vigie directory`: whose accounts they are, said and shown from the command line."""

import json
from pathlib import Path

import pytest

from detectors.core.event import DAY
from monitor import clock
from tests.databases import placed
from tests.monitor.cli.calling import Called, call


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\ntenant = "acme"\n')
    placed(tmp_path / "vigie.db")
    return made


def ask(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "directory", *arguments, "--config", config)


def test_an_account_is_made_changed_and_shown(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = ("display_name=Ann Lee", "roles=agent,chef", "started=2024-02-01", "external.okta=7")
    assert ask(capsys, config, "set", "u-1", *fields, "aliases=ann").code == 0
    assert ask(capsys, config, "set", "ANN", "roles=").code == 0
    told = json.loads(ask(capsys, config, "show", "ann", "--json").out)
    assert (told["uid"], told["display_name"], told["roles"], told["version"]) == (
        "u-1",
        "Ann Lee",
        [],
        2,
    )
    assert told["started"] == "2024-02-01"
    assert told["origins"]["display_name"][0] == "person"
    shown = ask(capsys, config, "show", "u-1")
    assert "Ann Lee person" in shown.told
    (listed,) = json.loads(ask(capsys, config, "accounts", "lee", "--json").out)
    assert listed["uid"] == "u-1"
    assert "u-1" in ask(capsys, config, "accounts", "--state", "active").told
    assert "u-1" not in ask(capsys, config, "accounts", "--privileged").told


def test_a_persons_word_is_taken_back(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, config, "set", "u-1", "locale=fr")
    assert ask(capsys, config, "set", "u-1", "locale", "--release").code == 0
    told = json.loads(ask(capsys, config, "show", "u-1", "--json").out)
    assert (told["locale"], told["origins"]["locale"][0]) == ("fr", "log")


def test_tenants_are_made_and_changed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = ("zone=Europe/Paris", "countries=fr,be", "contacts=Ann <a@example.com>", "seats=2")
    assert ask(capsys, config, "tenant", "acme", *fields).code == 0
    assert ask(capsys, config, "tenant", "acme", "seats=").code == 0
    told = json.loads(ask(capsys, config, "tenant", "acme", "--json").out)
    assert (told["zone"], told["countries"], told["seats"]) == ("Europe/Paris", ["BE", "FR"], None)
    assert "Europe/Paris" in ask(capsys, config, "tenants").told
    (listed,) = json.loads(ask(capsys, config, "tenants", "--json").out)
    assert listed["uid"] == "acme"


def test_sharing_is_authorised_and_ended(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, config, "set", "desk", "locale=fr")
    until = clock.utc(clock.now_ms() + 30 * DAY)[:10]
    allowed = ("--owner", "Ann", "--reason", "front desk", "--until", until)
    done = ask(capsys, config, "share", "desk", *allowed)
    assert (done.code, until in done.told) == (0, True)
    told = json.loads(ask(capsys, config, "show", "desk", "--json").out)
    assert (told["kind"], told["sharing"]["owner"]) == ("shared", "Ann")
    assert ask(capsys, config, "share", "desk", "--end").code == 0
    assert json.loads(ask(capsys, config, "show", "desk", "--json").out)["kind"] == "person"
    assert ask(capsys, config, "share", "desk", "--owner", "Ann").code == 2
    refused = ask(capsys, config, "share", "desk", "--owner", "Ann", "--until", until)
    assert (refused.code, "reason" in refused.told) == (1, True)


def test_who_left_is_offboarded_and_two_are_one(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for uid in ("u-1", "u-2"):
        ask(capsys, config, "set", uid, "locale=fr")
    assert ask(capsys, config, "offboard", "u-2", "--reason", "left").code == 0
    assert ask(capsys, config, "merge", "u-1", "u-2").code == 0
    told = json.loads(ask(capsys, config, "show", "u-2", "--json").out)
    assert told["uid"] == "u-1"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("show", "nobody"), 1, "no such account"),
        (("tenant", "nobody"), 1, "no such tenant"),
        (("set", "u-1", "colour=red"), 2, "there is no field colour"),
        (("set", "u-1", "locale"), 2, "expected such as"),
        (("set", "u-1", "kind=martian"), 1, "kind: martian means nothing"),
        (("tenant", "acme", "zone=Mars"), 1, "no such time zone"),
    ],
)
def test_what_cannot_be_is_said(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    done = ask(capsys, config, *arguments)
    assert (done.code, told in done.told) == (code, True), done.told


def test_names_of_strangers_do_not_reach_the_terminal(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(capsys, config, "set", "u\x1b[31m", "locale=fr")
    for command in (("accounts",), ("show", "u\x1b[31m")):
        assert "\x1b" not in ask(capsys, config, *command).out
