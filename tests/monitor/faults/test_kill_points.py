"""SIGKILL between every two steps of a batch, commits included: nothing lost, nothing twice."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.inbox import Inbox, Parcel, parcels
from tests.databases import Databases
from tests.monitor.faults.killing import forked, read_all
from tests.monitor.faults.running import START, world_lines, write

IN_A_HURRY = 10
"""Points that are tried when not all are, spread evenly."""
COMPARED = (
    (tables.events, ("id", "account_key", "name_key", "late", "body")),
    (tables.findings, ("id", "withdrawn", "incident_id", "body")),
    (tables.incidents, ("id", "category", "severity", "withdrawn", "body")),
    (tables.names, ("name_key", "account", "first_event")),
    (tables.sources, ("name", "lines", "events", "duplicates", "skipped", "rejected", "late")),
    (tables.rejects, ("position", "reason", "raw")),
)


def held(database: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What must be the same whatever happened on the way."""
    with database.connect() as connection:
        return {
            table.name: sorted(
                tuple(map(repr, row))
                for row in connection.execute(select(*(table.c[name] for name in columns)))
            )
            for table, columns in COMPARED
        }


def configured(folder: Path, url: str) -> Path:
    """Settings for a small log, in batches so small that much happens between them."""
    log = folder / "idp.ndjson"
    if not log.exists():
        lines = world_lines(days=1, accounts=8)
        lines.insert(30, b'{"class_uid":3002,"time":"never"}')
        write(log, lines)
    config = folder / f"{url.rpartition('/')[2]}.toml"
    config.write_text(
        f'data = "."\n[database]\nurl = "{url}"\n[engine]\nbatch = 120\n'
        f'[[sources]]\nname = "idp"\npath = "{log}"\n'
    )
    return config


def pushed(folder: Path, url: str) -> Path:
    """Settings for what was pushed: bodies of one line, and one of several batches in which lines
    without an id of their own stand more than once, beside each other and far apart."""
    lines = world_lines(days=1, accounts=8)
    guess = (
        b"2026-09-21T14:10:07+00:00 web sshd[7]: Failed password for root from 203.0.113.9 port 4"
    )
    large = [
        guess,
        guess,
        *lines[40:300],
        b'{"class_uid":3002,"time":"never"}',
        *lines[300:],
        guess,
    ]
    sent = [one for line in lines[:40] for one in parcels("crm", "push/k", [line])]
    sent += [Parcel("crm", "push/k", [guess] * 3, "acme", True)]
    sent += parcels("crm", "push/k", large)
    database = connect(url)
    Inbox(database).put(sent, START)
    database.dispose()
    config = folder / f"{url.rpartition('/')[2]}.toml"
    config.write_text(
        f'data = "."\n[database]\nurl = "{url}"\n[engine]\nbatch = 120\n'
        '[[sources]]\nname = "crm"\nurl = "push:"\n'
    )
    return config


def killed_everywhere(
    databases: Databases,
    folder: Path,
    most: int | None,
    configured: Callable[[Path, str], Path] = configured,
) -> None:
    url = databases.url()
    steps = read_all(configured(folder, url))
    undisturbed = held(databases.connect(url))
    assert len(undisturbed["findings"]) > 3
    assert len(undisturbed["rejects"]) == 1
    stride = 1 if most is None else max(1, steps // most)
    killed = 0
    for point in range(1, steps + 1, stride):
        again = databases.url()
        config = configured(folder, again)
        ended = forked(lambda config=config, point=point: read_all(config, point))
        assert ended in (-signal.SIGKILL, 0)
        killed += ended == -signal.SIGKILL
        assert forked(lambda config=config: read_all(config)) == 0
        assert held(databases.connect(again)) == undisturbed, f"killed at step {point} of {steps}"
    assert killed > 5


def test_a_kill_between_two_steps_changes_nothing(databases: Databases, tmp_path: Path) -> None:
    killed_everywhere(databases, tmp_path, IN_A_HURRY)


@pytest.mark.soak
def test_a_kill_between_any_two_steps_changes_nothing(databases: Databases, tmp_path: Path) -> None:
    killed_everywhere(databases, tmp_path, None)


def test_what_was_pushed_is_read_once_however_often_the_engine_is_killed(
    databases: Databases, tmp_path: Path
) -> None:
    """Also between its commit and the emptying of the inbox behind it."""
    killed_everywhere(databases, tmp_path, IN_A_HURRY, pushed)


@pytest.mark.soak
def test_what_was_pushed_is_read_once_whenever_the_engine_is_killed(
    databases: Databases, tmp_path: Path
) -> None:
    killed_everywhere(databases, tmp_path, None, pushed)
