"""`vigie outbox`: whoever has the machine sees what was given up and why, and drives it on."""

import json
from pathlib import Path

import pytest

from alerts.outbox import Because, State
from alerts.ports import Action
from monitor.store import leases, outbox, tables
from monitor.store.connection import connect
from monitor.store.outbox import Wanted
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.store.orders import NOW, order

WHY = ("--reason", "ticket 12")


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\n')
    placed(tmp_path / "vigie.db")
    return made


def put(config: Path, key: str, state: State, action: Action = Action.NOTIFY) -> int:
    database, table = connect(f"sqlite:///{config.parent / 'vigie.db'}"), tables.outbox
    with database.begin() as connection:
        outbox.enqueue(connection, order(key, action), "idp")
        number = max(one.id for one in outbox.page(connection, Wanted()))
        values = {"state": state, "reason": Because.SILENCE.word}
        connection.execute(table.update().where(table.c.id == number).values(values))
        broken = leases.Breaker(failures=5, until=NOW)
        leases.note_breaker(connection, "scim", broken, "HTTP 503", NOW)
    database.dispose()
    return number


def state_of(config: Path, number: int) -> State:
    database = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    with database.begin() as connection:
        found = outbox.row(connection, number)
    database.dispose()
    assert found is not None
    return found.state


def run(capsys: pytest.CaptureFixture[str], config: Path, *given: object) -> Called:
    return call(capsys, "outbox", *given, "--config", config)


def test_what_was_given_up_is_listed_with_its_reason_and_tried_again(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no such order" in run(capsys, config, "list").told
    number = put(config, "a", State.DEAD)
    put(config, "b", State.DONE)
    (listed,) = json.loads(run(capsys, config, "list", "--json").out)
    assert (listed["id"], listed["state"]) == (number, "dead")
    shown = run(capsys, config, "show", number)
    assert "did not come back in its time" in shown.out
    assert "u-1" in shown.out
    assert json.loads(run(capsys, config, "show", number, "--json").out)["account"] == "u-1"
    assert run(capsys, config, "retry", number, *WHY).code == 0
    assert state_of(config, number) is State.WAITING
    assert len(json.loads(run(capsys, config, "list", "--state", "all", "--json").out)) == 2


def test_what_came_back_with_a_backup_is_released_but_for_what_was_taken_back(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parked = put(config, "off", State.PARKED, Action.DISABLE)
    other = put(config, "mail", State.PARKED)
    put(config, "on", State.DONE, Action.ENABLE)
    done = run(capsys, config, "release", "--all", *WHY)
    assert "1 are tried now" in done.out
    assert "1 are cancelled" in done.out
    assert state_of(config, parked) is State.CANCELLED
    assert state_of(config, other) is State.WAITING


def test_one_is_cancelled_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = put(config, "a", State.DEAD)
    assert run(capsys, config, "cancel", number, *WHY).code == 0
    again = run(capsys, config, "cancel", number, *WHY)
    assert again.code == 1
    assert "cancelled" in again.told
    assert run(capsys, config, "cancel", 99, *WHY).code == 1


def test_responders_are_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(config, "a", State.DEAD)
    assert "does not answer" in run(capsys, config, "responders").out
    told = json.loads(run(capsys, config, "responders", "--json").out)
    assert [(one["name"], one["dead"]) for one in told] == [("idp", 1), ("scim", 0)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("retry", *WHY), 2),
        (("retry", 1, "--all", *WHY), 2),
        (("release", 1, "--responder", "idp", *WHY), 2),
        (("retry", 1), 2),
        (("retry", 1, "--reason", " "), 1),
        (("retry", 99, *WHY), 1),
        (("show", 0), 2),
        (("list", "--state", "gone"), 2),
    ],
)
def test_what_cannot_be_is_refused(
    config: Path, capsys: pytest.CaptureFixture[str], given: tuple[object, ...], code: int
) -> None:
    put(config, "a", State.DEAD)
    assert run(capsys, config, *given).code == code
