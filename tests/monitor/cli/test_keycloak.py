"""A realm's users are shown before they are taken over, and nothing happens that was not said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.directory import command
from monitor.directory.account import State, account_id
from monitor.store.connection import connect
from monitor.store.directory import DirectoryTable
from monitor.store.migration import upgrade
from tests.monitor.sources.idp import CLIENT, SECRET, Idp, running


@pytest.fixture
def idp() -> Iterator[Idp]:
    made = Idp()
    made.roles = {"view-users"}
    with running(made):
        yield made


class Desk:
    """Somebody at a terminal, with settings and a database."""

    def __init__(self, folder: Path, idp: Idp) -> None:
        self.folder = folder
        (folder / "secret").write_text(SECRET + "\n")
        (folder / "vigie.toml").write_text(
            f"""
            data = "kept"
            [realms.main]
            url = "{idp.url.removeprefix("keycloak+")}"
            tenant = "acme"
            client_id = "{CLIENT}"
            client_secret_file = "secret"
            missing = "offboard"
            page = 2
            """
        )
        (folder / "kept").mkdir()
        self.url = f"sqlite:///{folder}/kept/vigie.db"
        upgrade(self.url)

    def run(self, *arguments: str) -> Result:
        given = ["import-keycloak", *arguments, "--config", str(self.folder / "vigie.toml")]
        return CliRunner().invoke(command, given)

    def state(self, uid: str) -> State | None:
        engine = connect(self.url)
        with engine.begin() as connection:
            found = DirectoryTable(connection).account(account_id("acme", uid))
        engine.dispose()
        return None if found is None else found.account.state


@pytest.fixture
def desk(tmp_path: Path, idp: Idp) -> Desk:
    return Desk(tmp_path, idp)


def test_it_is_shown_and_nothing_changes_without_a_word(desk: Desk, idp: Idp) -> None:
    uid = idp.enrol("ann", firstName="Ann", lastName="[bold]Moreau\x1b[31m")
    told = desk.run("main")
    assert told.exit_code == 0, told.output
    assert "1 users: 1 added" in told.output
    assert "[bold]Moreau" in told.output
    assert "\x1b" not in told.output
    assert "--yes takes it over" in told.output
    assert SECRET not in told.output
    assert desk.state(uid) is None


def test_it_is_taken_over_when_said_so_and_then_there_is_nothing_to_do(
    desk: Desk, idp: Idp
) -> None:
    ids = [idp.enrol(f"u{number}") for number in range(3)]
    told = desk.run("main", "--yes", "--rows", "1")
    assert "and 2 more" in told.output
    assert "Taken over: 3 added." in told.output
    assert desk.state(ids[2]) is State.ACTIVE
    assert "nothing to take over" in desk.run("main", "--yes").output
    idp.users.pop()
    told = desk.run("main", "--yes")
    assert "1 missing" in told.output
    assert desk.state(ids[2]) is State.OFFBOARDED


def test_programs_read_what_each_user_comes_to(desk: Desk, idp: Idp) -> None:
    idp.enrol("ann", enabled=False)
    told = json.loads(desk.run("main", "--json").stdout)
    assert [each["outcome"] for each in told] == ["added"]
    assert told[0]["changed"]["state"] == ["provisional", "suspended"]


def test_a_realm_that_is_not_in_the_settings_is_told(desk: Desk) -> None:
    told = desk.run("other")
    assert told.exit_code != 0
    assert "there is no [realms.other] in the settings (there: main)" in str(told.exception)


def test_what_was_not_read_whole_offboards_nobody(desk: Desk, idp: Idp) -> None:
    ids = [idp.enrol(f"u{number}") for number in range(3)]
    desk.run("main", "--yes")
    idp.users = [idp.users[0], {**idp.users[1], "enabled": "perhaps"}]
    told = desk.run("main", "--yes")
    assert "1 could not be understood" in " ".join(told.output.split())
    assert "Nobody is offboarded" in told.output
    assert desk.state(ids[2]) is State.ACTIVE
