"""`vigie measure`: whoever has the machine asks for measures and takes them back; approves none."""

import json
from pathlib import Path

import pytest

from alerts.ladder import Step
from alerts.measure import Measure, State, Why
from monitor.directory.account import AccountChanges
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.store import measures
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.services.measured import ACCOUNT, NOW, TENANT, kept, known_account, measure

ASK = ("--tenant", TENANT, "--account", ACCOUNT, "--reason", "shared", "--yes")


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\n')
    placed(tmp_path / "vigie.db")
    database = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    known_account(database)
    database.dispose()
    return made


def run(capsys: pytest.CaptureFixture[str], config: Path, *given: object) -> Called:
    return call(capsys, "measure", *given, "--config", config)


def put(config: Path, one: Measure) -> int:
    database = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    with database.begin() as connection:
        number = kept(connection, one).id
    database.dispose()
    return number


def test_it_is_asked_for_listed_shown_and_taken_back(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no such measure" in run(capsys, config, "list").told
    asked = run(capsys, config, "request", "suspend", *ASK, "--hours", 24)
    assert asked.code == 0
    assert "1 of 1 accounts" in asked.out
    listed = json.loads(run(capsys, config, "list", "--state", "all", "--json").out)
    assert [(one["step"], one["account"]) for one in listed] == [("suspend", ACCOUNT)]
    number = listed[0]["id"]
    shown = run(capsys, config, "show", number)
    assert "shared" in shown.out
    assert "orders" in json.loads(run(capsys, config, "show", number, "--json").out)
    undone = run(capsys, config, "undo", number, "--reason", "a mistake")
    assert undone.code in (0, 1)


def test_a_deactivation_waits_for_somebody_in_the_console(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = run(capsys, config, "request", "deactivate", *ASK)
    assert "waits for approval" in asked.out
    assert run(capsys, config, "approve", 1).code == 2
    refused = run(capsys, config, "refuse", 1, "--reason", "an authorised pool")
    assert "refused" in refused.out
    again = run(capsys, config, "refuse", 1, "--reason", "x")
    assert again.code == 1
    assert "cannot be refused" in again.told


def test_what_is_stuck_is_listed_and_ordered_anew(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck = measure(state=State.UNFINISHED, ordered=NOW, until=None, unfinished=Why.ORDERS)
    number = put(config, stuck)
    put(config, measure(Step.CHALLENGE, State.IN_FORCE, until=None))
    listed = json.loads(run(capsys, config, "list", "--state", "stuck", "--json").out)
    assert [one["id"] for one in listed] == [number]
    assert "could not be reached" in run(capsys, config, "show", number).out
    assert run(capsys, config, "again", number).code == 0


def test_what_reaches_nobody_is_not_asked_for(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ("--tenant", TENANT, "--account", "u-99", "--reason", "x", "--yes")
    asked = run(capsys, config, "request", "revoke", *wrong)
    assert asked.code == 1
    assert "nothing is known of this account" in asked.told
    assert run(capsys, config, "show", 99).code == 1
    assert run(capsys, config, "request", "observe", *ASK).code == 2


def test_several_accounts_are_shown_before_they_are_asked_for(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    Directory(database).create(operator(), TENANT, "u-18", AccountChanges())
    asked = run(capsys, config, "request", "challenge", *ASK, "--account", "u-18")
    assert asked.code == 0
    assert "many of the tenant's accounts" in asked.out
    with database.begin() as connection:
        assert len(measures.page(connection, measures.Filter())) == 2
    database.dispose()
