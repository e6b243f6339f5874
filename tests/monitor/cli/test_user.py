"""`vigie user`: a link alone on standard output, everything else beside it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from monitor import instance
from monitor.clock import now_ms
from monitor.services.actor import Role
from monitor.services.sessions import Purpose
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.services.reviewing import House


class Desk:
    """A database, and the command over it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.folder = folder
        self.config = folder / "vigie.toml"
        self.config.write_text(f'data = "{folder}"\n')
        placed(folder / "vigie.db")
        assert self.user("list").code == 0
        self.engine: Engine = connect(f"sqlite:///{folder / 'vigie.db'}")
        self.house = House(self.engine, pepper=instance.opened(None, folder)[0].pepper)

    def user(self, *arguments: object) -> Called:
        return call(self.capsys, "user", *arguments, "--config", self.config)

    def told(self, *arguments: object) -> Any:
        return json.loads(self.user(*arguments, "--json").out)

    def purpose(self, link: str) -> Purpose | None:
        """What a printed link opens for."""
        site = urlsplit(link.strip())
        assert site.path == "/enter"
        assert site.netloc == "127.0.0.1:8320"
        return self.house.opened(site.fragment).purpose


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    made = Desk(tmp_path, capsys)
    yield made
    made.engine.dispose()


def now(desk: Desk) -> None:
    """The house's clock is the command's."""
    desk.house.clock.now = now_ms()


def test_an_invitation_is_a_link_alone(desk: Desk) -> None:
    done = desk.user("invite", "ada@x.example", "--name", "Ada", "--role", "administrator")
    assert done.code == 0
    assert "72 hours" in done.told
    now(desk)
    assert desk.purpose(done.out) is Purpose.INVITATION
    [ada] = desk.told("list")
    assert (ada["email"], ada["role"], ada["state"]) == (
        "ada@x.example",
        "administrator",
        "invited",
    )
    again = desk.user("invite", "ada@x.example", "--again")
    assert again.out != done.out
    assert "ada@x.example" in desk.user("list").out
    assert desk.user("invite", "ada@x.example").code == 1


def test_somebody_is_shown_with_where_they_are(desk: Desk) -> None:
    now(desk)
    person = desk.house.person()
    visit = desk.house.visit(person)
    shown = desk.user("show", person.email).out
    assert "password and one-time codes" in shown
    assert "10 left" in shown
    told = desk.told("show", person.uid)
    assert [one["uid"] for one in told["sessions"]] == [visit.uid]
    assert [one["uid"] for one in desk.told("sessions", person.email)] == [visit.uid]
    ended = desk.user("sign-out", person.email, "--session", visit.uid)
    assert "1 session ended" in ended.told
    assert desk.told("sessions", person.email) == []
    assert "0 sessions" in desk.user("sign-out", person.email).told


def test_roles_and_states_are_changed_and_the_last_administrator_stays(desk: Desk) -> None:
    desk.user("invite", "ada@x.example")
    assert desk.user("role", "ada@x.example", "tenant_contact", "--tenant", "acme").code == 0
    assert desk.told("show", "ada@x.example")["tenant"] == "acme"
    assert desk.user("role", "ada@x.example", "viewer").code == 0
    assert desk.told("show", "ada@x.example")["tenant"] == "acme"
    assert desk.user("role", "ada@x.example", "viewer", "--tenant", "").code == 1
    both = ("--tenant", "acme", "--all-tenants")
    assert desk.user("role", "ada@x.example", "viewer", *both).code == 2
    assert desk.user("role", "ada@x.example", "viewer", "--all-tenants").code == 0
    assert desk.told("show", "ada@x.example")["tenant"] is None
    assert desk.user("role", "ada@x.example", "tenant_contact").code == 1
    assert desk.user("role", "ada@x.example", "king").code == 2
    assert desk.user("disable", "ada@x.example").code == 0
    assert "invited again" in desk.user("enable", "ada@x.example").told
    now(desk)
    last = desk.house.person("root@x.example", Role.ADMINISTRATOR)
    refused = desk.user("disable", last.email)
    assert (refused.code, refused.out) == (1, "")
    assert "last administrator" in refused.told


@pytest.mark.parametrize(
    ("options", "purpose"),
    [
        (["--password"], Purpose.PASSWORD),
        (["--second-factor"], Purpose.SECOND_FACTOR),
        (["--password", "--second-factor"], Purpose.INVITATION),
    ],
)
def test_a_reset_is_a_link_for_what_is_gone(
    desk: Desk, options: list[str], purpose: Purpose
) -> None:
    now(desk)
    person = desk.house.person()
    assert desk.user("reset", person.email).code == 1
    done = desk.user("reset", person.email, *options)
    assert done.code == 0
    assert desk.purpose(done.out) is purpose


def test_removing_asks_first(desk: Desk) -> None:
    desk.user("invite", "ada@x.example")
    assert desk.user("remove", "ada@x.example").code == 1
    assert len(desk.told("list")) == 1
    assert desk.user("remove", "ada@x.example", "--yes").code == 0
    assert desk.told("list") == []
    assert "invite EMAIL" in desk.user("list").told


@pytest.mark.parametrize("deed", ["show", "disable", "sessions", "sign-out"])
def test_who_is_not_there_is_said(desk: Desk, deed: str) -> None:
    done = desk.user(deed, "nobody\x1b[31m@x")
    assert done.code == 1
    assert "no such reviewer" in done.told
    assert "\x1b[31m" not in done.told


def test_a_hostile_name_does_not_reach_the_terminal(desk: Desk) -> None:
    assert desk.user("invite", "ada@x.example", "--name", "\x1b[2Jx").code == 1
    assert desk.user("invite", "\u202eada@x.example").code == 1
