"""`vigie key`: the key alone on standard output, everything else beside it."""

import json
from pathlib import Path

import pytest

from monitor import instance
from monitor.services.api_keys import ApiKeys, is_formed
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.faults.running import query

PUSHED = '[[sources]]\nname = "crm"\nurl = "push:"\n'


def settings(folder: Path, sources: str = PUSHED) -> Path:
    config = folder / "vigie.toml"
    config.write_text(f'data = "{folder}"\n{sources}')
    return config


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = settings(tmp_path)
    placed(tmp_path / "vigie.db")
    return made


def key(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "key", *arguments, "--config", config)


def holds(config: Path, text: str) -> bool:
    database = connect(f"sqlite:///{config.parent / 'vigie.db'}")
    pepper = instance.opened(None, config.parent)[0].pepper
    try:
        return ApiKeys(database, pepper=pepper).identify(text) is not None
    finally:
        database.dispose()


def test_a_key_is_printed_once_and_opens(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = key(capsys, config, "create", "a", "--source", "crm", "--tenant", "t", "--expires", "9d")
    assert done.code == 0
    made = done.out.removesuffix("\n")
    assert is_formed(made)
    assert holds(config, made)
    assert "not shown again" in done.told
    rows = query(config.parent / "vigie.db", "SELECT scopes, source, tenant FROM api_keys")
    assert rows == [("events:write", "crm", "t")]


def test_a_key_to_provision_is_for_a_tenant(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scope = ("--scope", "directory:provision")
    assert "for no tenant" in key(capsys, config, "create", "any", *scope).told
    assert "for no tenant" not in key(capsys, config, "create", "a", *scope, "--tenant", "t").told


def test_the_list_tells_all_but_the_key(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no key yet" in key(capsys, config, "list").told
    made = key(capsys, config, "create", "a", "--expires", "12h").out.strip()
    shown = key(capsys, config, "list")
    assert "active" in shown.told
    assert made not in shown.out
    (told,) = json.loads(key(capsys, config, "list", "--json").out)
    assert told["name"] == "a"
    assert told["expires"] - told["created"] == pytest.approx(12 * 3_600_000, abs=5_000)
    assert (told["state"], told["last_used"]) == ("active", None)


def test_a_rotated_key_has_a_successor_and_a_revoked_one_none(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = key(capsys, config, "create", "a").out.strip()
    second = key(capsys, config, "rotate", "a", "--grace", "30m").out.strip()
    assert holds(config, first)
    third = key(capsys, config, "rotate", "a", "--grace", "0").out.strip()
    assert not holds(config, second)
    assert key(capsys, config, "revoke", "a").code == 0
    assert not holds(config, third)
    assert key(capsys, config, "remove", "a").code == 0
    assert key(capsys, config, "revoke", "a").code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("a", "--source", "hr"), 2, "there is crm"),
        (("a", "--expires", "soon"), 2, "such as 90d"),
        (("a", "--scope", "all"), 2, "events:write"),
        (("a b",), 1, "no name"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: tuple[str, ...],
    code: int,
    told: str,
    config: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = key(capsys, config, "create", *arguments)
    assert done.code == code
    assert told in done.told
    assert query(config.parent / "vigie.db", "SELECT name FROM api_keys") == []


def test_a_name_is_given_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert key(capsys, config, "create", "a").code == 0
    done = key(capsys, config, "create", "a")
    assert done.code == 1
    assert "rotate that one" in done.told


def test_without_a_pushed_source_or_a_database_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = settings(tmp_path, "")
    done = key(capsys, config, "create", "a")
    assert done.code == 1
    assert "vigie run" in done.told
    placed(tmp_path / "vigie.db")
    done = key(capsys, config, "create", "a")
    assert done.code == 1
    assert "push:" in done.told
