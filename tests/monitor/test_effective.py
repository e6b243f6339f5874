"""Which settings hold and who said each: from a real file and variables; no secret, no length."""

import re
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from monitor.effective import from_console, said_by, sections_of, to_console
from monitor.services.effective import SettingView, Whence
from monitor.settings import Database, Settings, Source, Web, load

FILE = """
language = "fr"
tenant = "acme"
[web]
port = 9000
[database]
url = "postgresql://vigie:hunter22@db.example/vigie"
[metrics]
token = "a-token-that-nobody-sees"
[[sources]]
name = "crm"
url = "push:"
[responders.mail]
kind = "mail"
host = "smtp.example"
sender = "vigie@acme.example"
username = "vigie"
password_file = "secret.txt"
security = "starttls"
to = ["soc@acme.example"]
"""


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, SettingView]:
    """What a console shows of these, by key."""
    (tmp_path / "secret.txt").write_text("pw-of-the-mail-server")
    config = tmp_path / "vigie.toml"
    config.write_text(FILE, "utf-8")
    token = tmp_path / "token.txt"
    token.write_text("another-token-of-metrics")
    environment = {
        "VIGIE_WEB__PORT": "9001",
        "VIGIE_METRICS__TOKEN_FILE": str(token),
        "HOME": str(tmp_path),
    }
    line = to_console(load(config, environment), said_by(config, environment))
    told = from_console(line)
    return {one.key: one for part in sections_of(told, told.said_by) for one in part.settings}


def test_who_said_each(shown: dict[str, SettingView]) -> None:
    assert (shown["web.port"].value, shown["web.port"].whence) == ("9001", Whence.ENVIRONMENT)
    assert (shown["language"].value, shown["language"].whence) == ("fr", Whence.FILE)
    assert shown["web.processes"].whence is Whence.DEFAULT
    assert shown["sources[0].name"].value == "crm"
    assert shown["sources[0].name"].whence is Whence.FILE
    assert shown["sources[0].zone"].whence is Whence.DEFAULT
    assert shown["web.port"].variable == "VIGIE_WEB__PORT"
    assert shown["database.url"].restarts
    assert not shown["web.port"].restarts
    assert "address that browsers use" in shown["web.public_url"].about


def test_nothing_secret_is_shown(shown: dict[str, SettingView]) -> None:
    everything = repr(shown)
    for secret in ("hunter22", "nobody-sees", "another-token", "pw-of-the"):
        assert secret not in everything
    assert shown["database.url"].value == "postgresql://•••@db.example/vigie"
    token = shown["metrics.token"]
    assert (token.value, token.is_hidden, token.is_set) == ("", True, True)
    # The console is not told of it, and says so without a value.
    password = shown["responders.mail.password"]
    assert (password.value, password.is_hidden, password.is_set) == ("", True, True)
    assert not shown["secrets.key"].is_set


def test_a_line_without_who_said_what_is_read_too() -> None:
    told = from_console(msgspec.json.encode(Settings(), enc_hook=str))
    assert told.said_by == {}
    names = [part.name for part in sections_of(told, told.said_by)]
    assert names[0] == "general"
    assert {"web", "mfa", "retention", "responders"} <= set(names)
    assert all(part.changed == 0 for part in sections_of(told, {}))
    # What the command line asked for is nobody's word in a file.
    started = Settings(web=Web(port=1), sources=(Source(name="x", path="-"),))
    shown = {one.key: one.whence for part in sections_of(started, {}) for one in part.settings}
    assert shown["web.port"] is shown["sources[0].name"] is Whence.START
    assert shown["web.host"] is shown["sources[0].options"] is Whence.DEFAULT


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://vigie:hid/den@db.example/vigie",
        "postgresql://vigie:hid den@db.example/vigie",
        "postgresql://db.example/vigie?user=vigie&password=hidden",
        "postgresql://db.example/vigie?sslpassword=hidden&sslmode=require",
        "https://db.example/breached?api_key=hidden",
    ],
)
def test_no_address_shows_what_opens_it(address: str) -> None:
    settings = structs.replace(Settings(), database=Database(url=address))
    told = {row.key: row.value for part in sections_of(settings, {}) for row in part.settings}
    assert "db.example" in told["database.url"]
    assert not {"hid", "hidden", "den"} & set(re.split(r"[^a-z]", told["database.url"]))
