"""Nothing that the settings hold in secret is ever told: each is a word that is found nowhere but
where it belongs, however loudly everything is logged and whatever goes wrong."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import pytest
import zstandard

from monitor import instance
from monitor.settings import _SECRET, Settings, SettingsError, load, to_json
from tests.forking import command
from tests.monitor.faults.running import environment, wait_until, world_lines, write
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(b"canary of the instance's own key")
SECRETS = {
    "database.url": "canary-of-the-database",
    "gate.client_secret": "canary-of-the-gates-introspection",
    "gate.cookie_former_secret": "canary-of-the-gates-former-cookie",
    "gate.cookie_secret": "canary-of-the-gates-own-cookie-now",
    "geo.license_key": "canary-of-maxmind",
    "metrics.token": "canary-of-the-metrics-token",
    "mfa.hand_off_secret": "canary-of-the-application-that-hands-over",
    "oidc.client_secret": "canary-of-the-provider",
    "reports.webhook_secret": "whsec_"
    + base64.b64encode(b"canary of who may report things").decode(),
    "responders.hook.secret": "whsec_"
    + base64.b64encode(b"canary of the webhook's secret").decode(),
    "responders.people.token": "canary-of-the-directory",
    "responders.post.password": "canary-of-the-mail-server",
    "responders.realm.client_secret": "canary-of-the-realm",
    "secrets.key": KEY.decode(),
    "secrets.sealing_keys": base64.b64encode(b"canary of what is sealed anew..!").decode(),
    "sources.options": "canary-of-keycloak",
}
"""A word for every setting that is a secret."""


def secret_settings(kind: Any = Settings, path: str = "") -> Iterator[str]:
    """The settings that are named like secrets."""
    for one in msgspec.structs.fields(kind):
        name = f"{path}{one.name}"
        inner = one.default_factory if one.default_factory is not msgspec.NODEFAULT else None
        if isinstance(inner, type) and hasattr(inner, "__struct_fields__"):
            yield from secret_settings(inner, f"{name}.")
        elif _SECRET.search(name):
            yield name


def forms(secret: str) -> Iterator[bytes]:
    """A secret, and how it could be written elsewhere."""
    raw = secret.encode()
    yield raw
    yield quote(secret, safe="").encode()
    yield base64.b64encode(raw).rstrip(b"=")[:-1]
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")[:-1]
    yield raw.hex().encode()
    if secret == KEY.decode():
        yield base64.b64decode(KEY)


def told(text: bytes, *, but: tuple[str, ...] = ()) -> list[str]:
    """Which secrets a text tells."""
    return [
        name
        for name, secret in SECRETS.items()
        if name not in but
        if any(form in text for form in forms(secret))
    ]


def settings_in(folder: Path, port: int, *, level: str = "debug", kind: str = "json") -> Path:
    """Settings with all secrets, of an installation that finds nobody it asks."""
    closed = free_port()
    config = folder / "vigie.toml"
    config.write_text(
        f"""
        data = "{folder}"
        [web]
        port = {port}
        [gate]
        session = "cookie"
        applications = ["https://app.example.com"]
        sign_in_url = "https://app.example.com/login"
        client_secret = "{SECRETS["gate.client_secret"]}"
        cookie_secret = "{SECRETS["gate.cookie_secret"]}"
        cookie_former_secret = "{SECRETS["gate.cookie_former_secret"]}"
        [mfa]
        hand_off_secret = "{SECRETS["mfa.hand_off_secret"]}"
        [metrics]
        token = "{SECRETS["metrics.token"]}"
        [secrets]
        key = "{SECRETS["secrets.key"]}"
        sealing_keys = "{SECRETS["secrets.sealing_keys"]}"
        [log]
        level = "{level}"
        format = "{kind}"
        [geo]
        provider = "maxmind"
        account_id = "42"
        license_key = "{SECRETS["geo.license_key"]}"
        mirror = "http://127.0.0.1:{closed}/"
        [oidc]
        issuer = "http://127.0.0.1:{closed}"
        client_id = "vigie"
        client_secret = "{SECRETS["oidc.client_secret"]}"
        roles = {{ admins = "administrator" }}
        [[sources]]
        name = "idp"
        path = "{folder / "idp.ndjson"}"
        [[sources]]
        name = "keycloak"
        url = "keycloak+http://127.0.0.1:{closed}/realms/acme"
        format = "keycloak"
        [sources.options]
        client_id = "vigie"
        client_secret = "{SECRETS["sources.options"]}"
        [reports]
        webhook_secret = "{SECRETS["reports.webhook_secret"]}"
        [responders.people]
        kind = "scim"
        url = "http://127.0.0.1:{closed}/scim/v2"
        token = "{SECRETS["responders.people.token"]}"
        [responders.realm]
        kind = "keycloak"
        url = "http://127.0.0.1:{closed}/realms/acme"
        client_id = "vigie"
        client_secret = "{SECRETS["responders.realm.client_secret"]}"
        [responders.hook]
        kind = "webhook"
        url = "http://127.0.0.1:{closed}/hook"
        secret = "{SECRETS["responders.hook.secret"]}"
        actions = ["tell"]
        [responders.post]
        kind = "mail"
        host = "127.0.0.1"
        port = {closed}
        sender = "vigie@example.com"
        username = "vigie"
        password = "{SECRETS["responders.post.password"]}"
        actions = ["notify"]
        """
    )
    return config


def vigie(*given: str, **variables: str) -> bytes:
    """All that a command said."""
    done = subprocess.run(
        command(*given),
        capture_output=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env=environment() | variables,
    )
    return done.stdout + done.stderr


class Ran(NamedTuple):
    """What a daemon left: its folder, all that it said, what was answered, who it ran as."""

    folder: Path
    config: Path
    said: bytes
    answered: bytes
    commands: bytes


@pytest.fixture(scope="module", params=["json", pytest.param("console", marks=pytest.mark.soak)])
def ran(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Ran:
    """The daemon with all its processes, for as long as it takes to read a log and to fail to
    reach whom it should ask."""
    folder = tmp_path_factory.mktemp("secrets")
    write(folder / "idp.ndjson", world_lines(days=1, accounts=10))
    port = free_port()
    config = settings_in(folder, port, kind=request.param)
    said = folder / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--config", str(config)],
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )
        try:
            wait_until(lambda: b"keycloak" in said.read_bytes(), "the realm is asked for")
            wait_until(lambda: _get(f"http://127.0.0.1:{port}/healthz")[0] == 200, "it serves")
            answered = b"".join(_asked(port))
            commands = _commands(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(240)
    return Ran(folder, config, said.read_bytes(), answered, commands)


def _get(address: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, bytes(str(answer.headers), "latin-1") + answer.read()
    except urllib.error.HTTPError as error:
        return error.code, bytes(str(error.headers), "latin-1") + error.read()
    except OSError:
        return 0, b""


def _asked(port: int) -> Iterator[bytes]:
    bearer = {"Authorization": f"Bearer {SECRETS['metrics.token']}"}
    for path in (
        "/",
        "/enter",
        "/healthz",
        "/readyz",
        "/metrics",
        "/nothing",
        "/api/v1/status",
        "/api/v1/x",
    ):
        yield _get(f"http://127.0.0.1:{port}{path}")[1]
        yield _get(f"http://127.0.0.1:{port}{path}", **bearer)[1]
        yield _get(f"http://127.0.0.1:{port}{path}", Authorization="Bearer vgk_canary-of-a-key")[1]


def _commands(parent: int) -> bytes:
    found = b""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                if os.getsid(int(entry.name)) == parent or f" {parent} " in stat:
                    found += (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
    return found


def test_every_secret_of_the_settings_has_its_word() -> None:
    open_ones = {name for name in SECRETS if name.startswith("responders.")}
    settings = set(secret_settings()) | {"database.url", "sources.options"}
    assert settings | open_ones == set(SECRETS)


def test_the_words_would_be_found() -> None:
    for name, secret in SECRETS.items():
        assert name in told(b"x" + secret.encode() + b"y")
        assert name in told(base64.b64encode(secret.encode()))
    assert told(b"nothing") == []


def test_what_a_daemon_says_at_its_loudest(ran: Ran) -> None:
    assert len(ran.said.splitlines()) >= 3
    assert told(ran.said) == []
    assert b"canary" not in ran.said


def test_what_it_answers(ran: Ran) -> None:
    assert ran.answered.count(b"content-type") >= 20
    assert b"vigie_" in ran.answered, "the metrics were read with their token"
    assert told(ran.answered) == []
    assert b"canary-of-a-key" not in ran.answered


def test_what_other_people_of_the_machine_see_of_its_processes(ran: Ran) -> None:
    assert b"monitor" in ran.commands
    assert told(ran.commands) == []


def test_what_it_keeps(ran: Ran) -> None:
    kept = [path for path in ran.folder.rglob("*") if path.is_file() and path != ran.config]
    assert any(path.name == "vigie.db" for path in kept)
    for path in kept:
        assert told(path.read_bytes()) == [], path


def test_its_files_are_nobody_else_s(ran: Ran) -> None:
    """Whatever the umask was: names and addresses of people are in them."""
    kept = [path for path in ran.folder.rglob("*") if path.is_file()]
    ours = [p for p in kept if p.name.startswith("vigie.") and p != ran.config]
    assert ours
    for path in ours:
        assert path.stat().st_mode & 0o077 == 0, (path, oct(path.stat().st_mode))


@pytest.mark.parametrize(
    "given",
    [
        ("doctor",),
        ("doctor", "--json"),
        ("db", "status"),
        ("sources",),
        ("sources", "--json"),
        ("secrets", "verify"),
        ("key", "list"),
        ("retention", "status"),
        ("geo", "update"),
        ("audit", "list"),
        ("link",),
        ("explain", "x", "--format", "keycloak"),
    ],
    ids="-".join,
)
def test_what_commands_say(ran: Ran, given: tuple[str, ...]) -> None:
    said = vigie(*given, "--config", str(ran.config))
    assert said.strip()
    assert told(said) == []


def test_what_a_backup_holds(ran: Ran) -> None:
    out = ran.folder / "copy"
    assert told(vigie("backup", str(out), "--config", str(ran.config))) == []
    files = [path for path in ran.folder.rglob("*") if path.is_file() and "copy" in str(path)]
    assert files
    for path in files:
        raw = path.read_bytes()
        plain = raw
        for found in re.finditer(re.escape(b"\x28\xb5\x2f\xfd"), raw):
            reader = zstandard.ZstdDecompressor().stream_reader(raw[found.start() :])
            with reader:
                plain += reader.read(64 << 20)
        assert b"incidents" in plain
        assert told(plain) == []


URLS = {
    "nobody there": "postgresql://vigie:{}@127.0.0.1:9/vigie",
    "no such host": "postgresql://vigie:{}@nowhere.invalid/vigie",
    "an option that is none": "postgresql://vigie:{}@127.0.0.1:9/vigie?sslmode=perhaps",
    "a port that is none": "postgresql://vigie:{}@127.0.0.1:port/vigie",
    "another kind": "mysql://vigie:{}@127.0.0.1/vigie",
    "no address": "postgresql:/vigie:{}@127.0.0.1",
    "a password with signs": "postgresql://vigie:%2F{}%40@127.0.0.1:9/vigie",
}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *((name, ("doctor",)) for name in URLS),
        ("nobody there", ("db", "status")),
        ("a password with signs", ("key", "list")),
    ],
)
def test_what_is_said_of_a_database_that_cannot_be_reached(
    tmp_path: Path, name: str, given: tuple[str, ...]
) -> None:
    (tmp_path / "vigie.toml").write_text(f'data = "{tmp_path}"\n')
    address = URLS[name].format(SECRETS["database.url"])
    said = vigie(*given, "--config", str(tmp_path / "vigie.toml"), VIGIE_DATABASE__URL=address)
    assert said.strip()
    assert told(said) == []


def _refusal(config: Path) -> bytes:
    try:
        load(config, {})
    except SettingsError as error:
        return f"{error} {error!r}".encode()
    return b""


@pytest.mark.parametrize("name", [name for name in SECRETS if name != "database.url"])
def test_a_secret_that_is_refused_is_not_repeated(tmp_path: Path, name: str) -> None:
    """Too long, or where none belongs: the error says which setting, and not what was in it."""
    config = settings_in(tmp_path, 0)
    text = config.read_text()
    for made in (
        text.replace(SECRETS[name], SECRETS[name] + " \u00e9" + "x" * 500),
        text.replace(f'"{SECRETS[name]}"', f'["{SECRETS[name]}"]'),
        text.replace(f'"{SECRETS[name]}"', f'"{SECRETS[name]}'),
    ):
        assert made != text
        config.write_text(made)
        # One command tells of them all: what it says of settings is their error's own text.
        is_run = name == "oidc.client_secret"
        said = vigie("doctor", "--config", str(config)) if is_run else _refusal(config)
        assert told(said) == [], said


def test_a_process_is_told_what_it_needs_and_no_more(tmp_path: Path) -> None:
    settings = load(settings_in(tmp_path, 0), {})
    pages = to_json(settings, lambda _: False)
    assert told(pages) == [
        *("gate.client_secret", "gate.cookie_former_secret", "gate.cookie_secret"),
        *("metrics.token", "mfa.hand_off_secret", "oidc.client_secret"),
        *("reports.webhook_secret", "secrets.key", "secrets.sealing_keys"),
    ]
    responding = to_json(settings, lambda _: False, serves=False, responds=True)
    assert [name.partition(".")[0] for name in told(responding)] == [*["responders"] * 4, "secrets"]
    syslog = to_json(settings, lambda _: False, serves=False)
    assert told(syslog) == []
    assert instance.read(json.loads(pages)["secrets"]["key"])
