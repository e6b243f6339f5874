"""compose.yaml asks for no more than it needs, and Vigie understands what it is given there."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from monitor.settings import load
from tests.docker.rehearsal import instructions

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return read


def commands(folder: Path) -> str:
    """The commands of the README that make the secrets."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    return text.partition("```sh\n")[2].partition("```")[0]


def test_what_the_readme_makes_is_what_vigie_is_given(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    subprocess.run(["bash", "-euc", commands(tmp_path)], cwd=tmp_path, check=True)
    made = {path.name: path for path in (tmp_path / "docker/secrets").iterdir()}
    assert set(made) == set(compose["secrets"])
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert made[name].stat().st_mode & 0o077 == 0
    given = dict(compose["services"]["vigie"]["environment"])
    assert given.pop("VIGIE_CONFIG") == "/etc/vigie/vigie.toml"
    assert given["VIGIE_DATABASE__URL_FILE"] == "/run/secrets/database_url"
    given["VIGIE_DATABASE__URL_FILE"] = str(made["database_url"])
    image = dict(
        pair.split("=", 1)
        for name, rest in instructions((FOLDER / "Dockerfile").read_text(encoding="utf-8"))
        if name == "ENV"
        for pair in rest.split()
        if pair.startswith("VIGIE_")
    )
    settings = load(FOLDER / "vigie.toml", image | given)
    url = make_url(settings.database_url)
    assert url.host == "database"
    assert url.password == made["database_password"].read_text().strip()
    database = compose["services"]["database"]["environment"]
    assert (url.username, url.database) == (database["POSTGRES_USER"], database["POSTGRES_DB"])
    assert settings.web.address == "http://localhost:8320"
    assert settings.web.host == "0.0.0.0"  # noqa: S104 - inside the container only
    assert str(settings.data) == "/var/lib/vigie"


def test_nothing_is_open_that_need_not_be(compose: dict[str, Any]) -> None:
    vigie, database = compose["services"]["vigie"], compose["services"]["database"]
    assert vigie["read_only"] is True
    assert vigie["cap_drop"] == ["ALL"]
    assert vigie["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in vigie["ports"])
    assert "ports" not in database
    assert compose["networks"]["inside"]["internal"] is True
    assert database["networks"] == ["inside"]
    assert "privileged" not in str(compose)


def test_its_paths_are_there(compose: dict[str, Any]) -> None:
    build = compose["services"]["vigie"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).is_file()
    mounted = [volume.split(":")[0] for volume in compose["services"]["vigie"]["volumes"]]
    assert [path for path in mounted if path.startswith("./")] == ["./vigie.toml"]
    assert (FOLDER / "vigie.toml").is_file()
    named = {path for path in mounted if not path.startswith((".", os.sep))}
    assert named <= set(compose["volumes"])
