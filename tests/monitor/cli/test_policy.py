"""`vigie policy`: documents are shown, checked, compared and adopted, and nothing by accident."""

import json
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from tests.databases import placed
from tests.monitor.cli.calling import Called, call, give

ACTS = """# Agreed on Monday.
version = 1
mode = "act"

[[rules]]
name = "shared"
then = ["challenge", "suspend"]
when = { category = ["credential_sharing"] }
"""
WHY = ("--reason", "as agreed", "--yes")


class Desk:
    """Calls the command with settings that have a database, and a policy beside them."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file = config.with_name("policy.toml")
        self._config = config
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Called:
        """What it says."""
        return call(self._capsys, "policy", *arguments, "--config", self._config)


@pytest.fixture
def policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The command."""
    config = tmp_path / "vigie.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    (tmp_path / "policy.toml").write_text(ACTS)
    placed(tmp_path / "vigie.db")
    return Desk(config, capsys)


def test_at_first_what_is_shipped_is_shown(policy: Desk) -> None:
    shown = policy("show")
    assert shown.code == 0
    assert 'name = "taken-over"' in shown.out
    told = json.loads(policy("show", "--json").out)
    assert told["mode"] == "shadow"
    assert told["guardrails"] == {"per_hour": 20, "per_tenant_hour": 5}
    assert "what is shipped holds" in policy("history").told


def _said(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # JSON has a word for what is not said, and TOML, which the schema is for, has none.
    return {name: value for name, value in pairs if value is not None}


def test_the_schema_takes_what_is_shipped(policy: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(call(capsys, "policy", "schema").out)
    shown = json.loads(policy("show", "shipped", "--json").out, object_pairs_hook=_said)
    assert Draft202012Validator(schema).is_valid(shown)


def test_a_check_tells_what_matters_and_fails_for_what_cannot_be(policy: Desk) -> None:
    checked = policy("check", policy.file)
    assert checked.code == 0
    assert "can be adopted: 1 rule" in checked.told
    assert "Vigie acts by itself" in checked.told
    assert "only proposes to suspend" in checked.told
    policy.file.write_text('[[rules]]\nname = "a"\nthen = ["erase"]\n')
    refused = policy("check", policy.file)
    assert refused.code == 1
    assert "rules[0].then" in refused.told
    as_json = policy("check", policy.file, "--json")
    assert (as_json.code, json.loads(as_json.out)["where"]) == (1, "rules[0].then")


def test_without_a_database_a_document_is_checked_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "vigie.toml", tmp_path / "policy.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    file.write_text(ACTS)
    checked = call(capsys, "policy", "check", file, "--json", "--config", config)
    told = json.loads(checked.out)
    assert told["valid"]
    assert "mode" in [one["where"] for one in told["differences"]]
    assert not (tmp_path / "vigie.db").exists()


def test_a_tenant_that_nobody_knows_is_told(policy: Desk) -> None:
    policy.file.write_text("[tenants.acne]\nseats = 1\n")
    assert "has no tenant acne" in policy("check", policy.file).told


def test_it_is_adopted_compared_and_rolled_back(policy: Desk) -> None:
    done = policy("import", policy.file, *WHY)
    assert done.code == 0
    assert "Version 1 holds" in done.told
    assert policy("show").out == ACTS
    (told,) = json.loads(policy("history", "--json").out)
    assert (told["version"], told["reason"]) == (1, "as agreed")
    found = json.loads(policy("diff", "shipped", "1", "--json").out)
    assert {"where": "mode", "before": "shadow", "after": "act", "course": "more"} in found
    back = policy("rollback", "0", *WHY)
    assert "Version 2 holds, and says what 0 said" in back.told
    assert "say the same" in policy("diff", "shipped", "current").told
    assert "says the same" in policy("rollback", "2", *WHY).told
    assert "as agreed" in policy("history").told


def test_nobody_writes_over_what_they_never_saw(policy: Desk) -> None:
    assert policy("import", policy.file, *WHY, "--base", 0).code == 0
    refused = policy("import", policy.file, *WHY, "--base", 0)
    assert refused.code == 1
    assert "version 1 holds, not 0" in refused.told


def test_it_asks_first(policy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b"n\n")
    refused = policy("import", policy.file, "--reason", "x")
    assert refused.code == 1
    assert "nothing was changed" in refused.told
    assert "shipped holds" in policy("history").told


def test_what_was_written_is_exported_as_it_was(policy: Desk, tmp_path: Path) -> None:
    policy("import", policy.file, *WHY)
    out = tmp_path / "out.toml"
    assert policy("export", out).code == 0
    assert out.read_text() == ACTS
    assert 'mode = "shadow"' in policy("export", "--version", "shipped").out
    assert policy("export", "--version", "next").code == 2


def test_standard_input_is_a_file_too(policy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, ACTS.encode())
    assert "can be adopted" in policy("check", "-").told
    give(monkeypatch, b"\xff")
    assert "no UTF-8" in policy("check", "-").told


def test_what_is_not_there_is_said(policy: Desk) -> None:
    assert "no version 7" in policy("show", "7").told
    assert policy("rollback", "7", *WHY).code == 1
    assert policy("diff", "nowhere.toml").code == 1
    assert policy("import", policy.file, "--reason", " ", "--yes").code == 1
