"""Tickets are told the same way by every command, and JSON says what a subject's parts are."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from monitor.cli.console import CommandError
from monitor.cli.ticket_desk import about, due_of, open_desk, print_json, state_of
from monitor.services.refusal import NotThereError
from monitor.services.ticket_views import row_of
from monitor.store.migration import upgrade
from tests.monitor.store.test_tickets import ANN, NOW, made


def test_a_row_says_by_when_and_whom(capsys: pytest.CaptureFixture[str]) -> None:
    row = row_of(made(), NOW + 10**9, "en", {})
    assert due_of(row).endswith(" LATE")
    assert state_of(row) == "new"
    assert due_of(structs.replace(row, held_by=4)) == "held back by 4"
    assert due_of(structs.replace(row, due=None)) == ""
    assert about(ANN, "Ann") == "Ann (ann)"
    assert about(structs.replace(ANN, uid="a\x1b[31m")).isprintable()
    assert about(None) == ""
    print_json([row])
    told = json.loads(capsys.readouterr().out)
    assert told[0]["subject"] == {"kind": "account", "tenant": "acme", "uid": "ann"}


def test_what_is_not_there_is_a_command_s_error(tmp_path: Path) -> None:
    config = tmp_path / "vigie.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    with pytest.raises(CommandError, match="nothing"), open_desk(config):
        raise NotThereError("nothing")
