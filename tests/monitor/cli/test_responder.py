"""`vigie responder`: which there are, without a secret, and whether one works."""

import json
import shutil
from pathlib import Path

import pytest

from monitor.store.migration import upgrade
from tests.alerts.responders.mailserver import mail_server
from tests.monitor.cli.calling import Called, call

SECRET = "canary-of-the-settings"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "vigie.db"
    upgrade(f"sqlite:///{path}")
    return path


def settings(folder: Path, port: int = 25) -> Path:
    config = folder / "vigie.toml"
    config.write_text(
        f"""
        data = "{folder}"
        [outbound]
        allow = ["127.0.0.1"]
        [responders.mail]
        kind = "mail"
        host = "127.0.0.1"
        port = {port}
        security = "none"
        sender = "vigie@acme.example"
        to = ["soc@acme.example"]
        tenants = ["acme"]
        [responders.idp]
        kind = "scim"
        url = "https://idp.example/scim"
        token = "{SECRET}"
        enabled = false
        [responders.gate]
        kind = "gate"
        """
    )
    return config


def responder(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "responder", *arguments, "--config", config)


def test_each_is_listed_with_what_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = responder(capsys, settings(tmp_path), "list", "--json")
    assert done.code == 0
    found = {one["name"]: one for one in json.loads(done.out)}
    assert found["mail"]["actions"] == ["notify", "tell"]
    assert found["mail"]["tenants"] == ["acme"]
    assert found["idp"]["enabled"] is False
    assert found["gate"]["kind"] == "gate"
    shown = responder(capsys, settings(tmp_path), "list")
    assert "it is off" in shown.out
    assert SECRET not in done.out + shown.out


def test_a_message_is_sent_at_once(
    tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(empty, tmp_path)
    with mail_server() as server:
        config = settings(tmp_path, server.port)
        done = responder(capsys, config, "try", "mail", "--to", "me@acme.example")
    assert done.code == 0
    assert "accepted by 127.0.0.1" in done.told
    assert [one["To"] for one in server.messages] == ["me@acme.example"]


def test_what_fails_is_told_and_the_command_fails(
    tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(empty, tmp_path)
    with mail_server() as server:
        config = settings(tmp_path, server.port)
        server.recipient_answers = {"soc@acme.example": ["550 5.1.1 nobody"]}
        done = responder(capsys, config, "try", "mail")
        assert (done.code, "550 5.1.1 nobody" in done.told) == (1, True)
        server.recipient_answers = {"soc@acme.example": ["450 later"]}
        assert "it would be tried again" in responder(capsys, config, "try", "mail").told
    assert responder(capsys, config, "try", "nobody").code == 1
    assert "not asked to tell" in responder(capsys, config, "try", "gate").told
