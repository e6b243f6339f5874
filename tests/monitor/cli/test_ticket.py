"""`vigie ticket`: tickets are seen, changed at once, put back and talked about in a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor import clock
from monitor.store import reviewers
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.services.ticketed import Desk, T, incident
from tests.monitor.web.ticketing import ADA


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\ntenant = "{T}"\n')
    placed(tmp_path / "vigie.db")
    return made


@pytest.fixture
def desk(config: Path, tmp_path: Path) -> Iterator[Desk]:
    database: Engine = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    with database.begin() as connection:
        reviewers.add(connection, ADA)
    made = Desk(database)
    made.now = clock.now_ms()
    yield made
    database.dispose()


def ask(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "ticket", *arguments, "--config", config)


def test_they_are_listed_by_what_is_asked_for(
    config: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = desk.opened("ann"), desk.opened("bob")
    listed = ask(capsys, config, "list")
    assert "u-ann" in listed.told
    assert "u-bob" in listed.told
    (told,) = json.loads(ask(capsys, config, "list", "u-ann", "--json").out)
    assert (told["number"], told["subject"]) == (
        one.id,
        {"kind": "account", "tenant": T, "uid": "u-ann"},
    )
    assert json.loads(ask(capsys, config, "list", "--status", "resolved", "--json").out) == []
    assert "2 in all" in ask(capsys, config, "list", "--limit", "1").told
    assert two.id == json.loads(ask(capsys, config, "show", two.id, "--json").out)["row"]["number"]


def test_several_are_changed_and_put_back(
    config: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = desk.opened("ann").id, desk.opened("bob").id
    given = ("--found", "false_positive", "--tag", "VIP", "--reason", "a test")
    done = json.loads(ask(capsys, config, "change", one, two, *given, "--json").out)
    assert done["changed"] == [one, two]
    shown = ask(capsys, config, "show", one).told
    assert "resolved: false_positive" in shown
    assert "a test" in shown
    assert ask(capsys, config, "undo", done["act"]).code == 0
    assert desk.ticket(one).tags == ()
    told = ask(capsys, config, "change", one, 999, "--assignee", "ada@x.example")
    assert (told.code, "999: there is no such ticket" in told.told) == (1, True)
    assert desk.ticket(one).ticket.assignee == "r-1"
    assert ask(capsys, config, "change", one, "--assignee", "nobody").code == 0
    assert ask(capsys, config, "undo", "x").code == 1


def test_comments_links_and_tickets_of_slight_incidents(
    config: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = desk.opened("ann").id, desk.opened("bob").id
    assert ask(capsys, config, "comment", one, "Called\nher").code == 0
    assert ask(capsys, config, "link", one, str(two), "--duplicate").code == 0
    assert ask(capsys, config, "link", one, "https://jira.example/S-1", "--title", "S-1").code == 0
    shown = ask(capsys, config, "show", one).told
    assert "Called" in shown
    assert f"duplicate_of #{two}" in shown
    assert "https://jira.example/S-1 S-1" in shown
    low = incident(subject=Subject(SubjectKind.ACCOUNT, T, "low"), severity=Severity.LOW)
    desk.put(low)
    number = ask(capsys, config, "open", as_uuid(low.id)).out.strip()
    assert ask(capsys, config, "open", as_uuid(low.id)).out.strip() == number


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("show", "99"), 1, "no such ticket"),
        (("list", "--status", "closed"), 2, "--status is one of"),
        (("list", "--severity", "urgent"), 2, "--severity is one of"),
        (("change", "1"), 1, "what is to change"),
        (("link", "1", "javascript:x"), 1, "no web address"),
        (("open", "x"), 2, "no id of an incident"),
        (("comment", "1", " "), 1, "a comment has"),
    ],
)
def test_what_cannot_be_is_said(
    config: Path,
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    desk.opened("ann")
    done = ask(capsys, config, *arguments)
    assert (done.code, told in done.told) == (code, True), done.told
