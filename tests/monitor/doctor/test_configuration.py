"""Where settings come from is told, their values never; secrets that anybody can read are told."""

from pathlib import Path

import pytest

from monitor.doctor.check import Check
from monitor.doctor.configuration import look_at
from monitor.settings import origin

PASSWORD = 'database.url = "postgresql://vigie:hunter2@db/vigie"\n'
TOKEN = '[[sources]]\nname = "a"\nurl = "keycloak:x"\noptions = { client_secret = "hunter2" }\n'


def looked(path: Path, **variables: str) -> dict[str, Check]:
    return {check.name: check for check in look_at(origin(path, variables))}


def test_file_and_variables_are_named_without_their_values(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    checks = looked(path, VIGIE_TENANT="acme", VIGIE_CONFIG="x", HOME="y")
    assert checks["settings"].seen == f"{path}; VIGIE_TENANT"
    assert not any("hunter2" in check.seen for check in checks.values())
    assert looked(path)["settings"].seen.endswith("no variables")


def test_without_a_file_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [check] = look_at(origin(None, {}))
    assert check.seen == "no file: defaults; no variables"


@pytest.mark.parametrize("text", [PASSWORD, TOKEN, '[secrets]\nkey = "x"\n'])
@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o640, True), (0o644, False)])
def test_a_file_with_a_secret_is_for_few(
    tmp_path: Path, text: str, mode: int, *, good: bool
) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(text)
    path.chmod(mode)
    check = looked(path)["settings file's rights"]
    assert check.good is good
    assert good or "chmod o-rwx" in check.remedy


def test_a_file_without_one_is_for_anybody(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text('tenant = "acme"\n[database]\nurl = "postgresql://vigie@db:5432/vigie"\n')
    path.chmod(0o644)
    assert [*looked(path)] == ["settings"]


def test_so_it_is_with_files_that_secrets_are_read_from(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("x")
    secret.chmod(0o644)
    path = tmp_path / "vigie.toml"
    path.write_text('[[sources]]\nname = "a"\noptions = { client_secret_file = "secret" }\n')
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o660)
    checks = looked(path, VIGIE_DATABASE__URL_FILE=str(secret), VIGIE_SECRETS__KEY_FILE="/missing")
    assert not checks["rights of database-url"].good
    assert not checks["rights of missing"].good
    assert (checks["rights of secret"].good, checks["rights of secret"].noted) == (True, True)
    assert "settings file's rights" not in checks
