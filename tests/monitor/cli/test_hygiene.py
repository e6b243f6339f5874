"""`vigie hygiene`: as a table, as JSON and as CSV that no spreadsheet takes for formulas."""

import csv
import io
import json
from pathlib import Path

import pytest

from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.hygiene.world import T, World, enter, work
from tests.monitor.test_listings import account


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\n')
    placed(tmp_path / "vigie.db")
    return made


@pytest.fixture
def filled(config: Path) -> Path:
    database = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    world = World(database)
    enter(database, account("poste1", display_name="=Poste 1"), account("ann"))
    world.at(2).read(work("poste1", range(2)).sorted()).round()
    database.dispose()
    return config


def hygiene(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "hygiene", *arguments, "--config", config)


def test_before_the_first_round(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = hygiene(capsys, config, "tenants")
    assert done.code == 0
    assert "not looked through" in done.told
    assert json.loads(hygiene(capsys, config, "accounts", "--json").out) == []


def test_tenants_and_accounts(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = hygiene(capsys, filled, "tenants").out
    assert T in told
    assert "generic_name" in told
    (account,) = json.loads(hygiene(capsys, filled, "accounts", "--json").out)
    assert account["facts"][0]["sentence"] == "“poste1” is a place or a machine"
    assert "poste1" in hygiene(capsys, filled, "accounts", "--fact", "generic_name").out
    assert "Nothing" in hygiene(capsys, filled, "accounts", "--fact", "no_mfa").out


def test_csv_is_read_back_and_holds_no_formula(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = hygiene(capsys, filled, "accounts", "--as", "csv")
    assert done.code == 0
    (row,) = csv.DictReader(io.StringIO(done.out.lstrip("\ufeff")))
    assert row["name"] == "'=Poste 1"
    assert row["fact"] == "generic_name"


def test_days(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hygiene(capsys, filled, "days", "--tenant", "nobody").code == 1
    assert hygiene(capsys, filled, "days", "--tenant", T, "--days", 1_000).code == 0
