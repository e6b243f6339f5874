"""Every command over logs and lists that attackers wrote, on a terminal and off it: no name
controls it, hides on it, or stands on a line of its own."""

import json
import os
import pty
import re
import subprocess
import threading
from pathlib import Path

import pytest

from monitor.cli import commands
from tests.forking import command
from tests.hostile.conftest import Attacked, policy_of
from tests.hostile.names import NAMES, hidden

ROOT = Path(__file__).parents[2]
HOSTILE = "\x1b[31m\u202egpj\n{x}[bold]"
_MEASURE = ("--account", HOSTILE, "--reason", HOSTILE, "--yes")
SHOWN: dict[str, list[list[str]]] = {
    "audit": [["audit", "list"], ["audit", "verify"]],
    "backup": [["backup", "OUT"]],
    "challenge": [
        ["challenge", "create", "--tenant", HOSTILE, "--account", HOSTILE, "--session", HOSTILE],
        ["challenge", "list"],
        ["challenge", "list", "--tenant", HOSTILE, "--json"],
        ["challenge", "withdraw", HOSTILE],
    ],
    "db": [["db", "status"]],
    "gate": [
        ["gate", "ask", "--tenant", HOSTILE, "--account", HOSTILE, "--session", HOSTILE],
        ["gate", "ask", "--account", HOSTILE, "--json"],
    ],
    "directory": [
        ["directory", "accounts"],
        ["directory", "accounts", "--json"],
        ["directory", "tenants"],
        ["directory", "tenant", HOSTILE],
        ["directory", "show", HOSTILE],
        ["directory", "imports"],
        ["directory", "import", HOSTILE],
        ["directory", "import", "SHEET"],
        ["directory", "export"],
    ],
    "hygiene": [["hygiene", "tenants"], ["hygiene", "accounts"], ["hygiene", "days"]],
    "measure": [
        ["measure", "list", "--state", "all"],
        ["measure", "list", "--tenant", HOSTILE, "--json"],
        ["measure", "request", "revoke", *("--tenant", HOSTILE), *_MEASURE],
        ["measure", "show", "1"],
    ],
    "mfa": [
        ["mfa", "show", HOSTILE, "--tenant", HOSTILE],
        ["mfa", "recoveries", "--state", "all"],
        ["mfa", "withdraw", HOSTILE],
        ["mfa", "refuse", HOSTILE, "--reason", HOSTILE],
    ],
    "outbox": [
        ["outbox", "list", "--state", "all"],
        ["outbox", "list", "--responder", HOSTILE],
        ["outbox", "responders"],
        ["outbox", "retry", "--all", "--reason", HOSTILE],
    ],
    "person": [
        ["person", "erasures"],
        ["person", "restrictions"],
        ["person", "objections"],
        ["person", "register"],
        ["person", "looks", HOSTILE],
    ],
    "policy": [
        ["policy", "show", "POLICY"],
        ["policy", "show", HOSTILE],
        ["policy", "check", "POLICY"],
        ["policy", "diff", "POLICY"],
        ["policy", "diff", "POLICY", "--json"],
        ["policy", "import", "POLICY", "--yes", "--reason", HOSTILE],
        ["policy", "history"],
        ["policy", "dry-run", "POLICY", "--all"],
    ],
    "responder": [
        ["responder", "list"],
        ["responder", "list", "--json"],
        ["responder", "try", HOSTILE],
        ["responder", "try", "gate", "--to", HOSTILE],
    ],
    "user": [["user", "list"], ["user", "list", "--json"], ["user", "show", HOSTILE]],
    "doctor": [["doctor"], ["doctor", "--json"]],
    "explain": [["explain", "LOG", "--format", "ocsf"], ["explain", "LOG", "--json"]],
    "formats": [["formats"]],
    "ingest": [["ingest", "LOG"], ["ingest", HOSTILE]],
    "key": [["key", "list"], ["key", "list", "--json"], ["key", "revoke", HOSTILE]],
    "link": [["link"]],
    "replay": [["replay", "LOG"], ["replay", "LOG", "--language", "fr"], ["replay", HOSTILE]],
    "retention": [["retention", "status"]],
    "secrets": [["secrets", "verify"]],
    "ticket": [
        ["ticket", "list"],
        ["ticket", "list", "--json"],
        ["ticket", "list", HOSTILE],
        ["ticket", "show", "1"],
        ["ticket", "change", "1", "--tag", HOSTILE],
        ["ticket", "undo", HOSTILE],
        ["ticket", "open", HOSTILE],
        ["ticket", "suppressions"],
    ],
    "sources": [["sources"], ["sources", "idp"], ["sources", HOSTILE], ["sources", "--json"]],
}
"""What is called for each command; a hostile argument is what somebody pasted."""
LEFT = {
    "demo": "serves until it is ended; shows its own world",
    "evaluate": "worlds of our own",
    "geo": "fetches from a provider; its names are tested in tests/monitor/cli/test_geo.py",
    "push": "sends lines as they are and shows none; tests/monitor/cli/test_push.py",
    "restore": "of a backup that is checked to the last byte; tests/monitor/cli/test_restore.py",
    "run": "the daemon; its log is tests/hostile/test_logs.py",
    "simulate": "worlds of our own",
    "train": "worlds of our own",
}
_COLOURS = re.compile(r"\x1b\[[0-9;]*[mK]|\x1b\[\?25[hl]|\x1b\[[0-9]*[AGJ]|\r(?=\n)|\r\x1b|\r")


def arguments(attacked: Attacked, given: list[str], folder: Path) -> list[str]:
    sheet = folder / "accounts.csv"
    cells = ['"' + name.replace('"', '""') + '"' for name in NAMES.values()]
    rows = "".join(f"{cell},{cell},{cell}\r\n" for cell in cells)
    sheet.write_text("tenant,uid,display_name\r\n" + rows, encoding="utf-8", newline="")
    policy = folder / "policy.toml"
    policy.write_text(policy_of(len(NAMES)), "utf-8")
    known = {
        "LOG": str(attacked.log),
        "OUT": str(folder / "out"),
        "SHEET": str(sheet),
        "POLICY": str(policy),
    }
    called = [known.get(one, one) for one in given]
    takes = {"explain": True, "formats": False}.get(given[0], True)
    return command(*called) + (["--config", str(attacked.config)] if takes else [])


def on_a_terminal(command: list[str]) -> str:
    """What a command writes where a person sits."""
    leader, follower = pty.openpty()
    told = bytearray()

    def read() -> None:
        while True:
            try:
                part = os.read(leader, 1 << 16)
            except OSError:
                return
            if not part:
                return
            told.extend(part)

    reader = threading.Thread(target=read)
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "400"}
    process = subprocess.Popen(
        command,
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
    )
    os.close(follower)
    reader.start()
    process.wait(240)
    reader.join(240)
    os.close(leader)
    return told.decode("utf-8", "replace")


@pytest.mark.parametrize("name", SHOWN)
def test_a_command_shows_names_and_obeys_none(
    attacked: Attacked, name: str, tmp_path: Path
) -> None:
    for given in SHOWN[name]:
        done = subprocess.run(
            arguments(attacked, given, tmp_path),
            capture_output=True,
            cwd=ROOT,
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode in (0, 1, 2), (given, err)
        assert "Traceback" not in err, err
        if "--json" in given:
            for line in out.splitlines() if "LOG" in given else [out]:
                json.loads(line)
            assert not [one for one in hidden(out) if re.search(r"\\x[01]", one)]
        elif "export" in given:
            # Data, for a file: as it is, but for what a terminal would obey.
            assert not re.search(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]", out), given
        else:
            assert hidden(out) == [], given
        assert hidden(err) == [], given
        assert not re.search(r"(?m)^(2026-01-01 00:00:00 error forged|forged)", out + err), given


@pytest.mark.parametrize(
    "name",
    [
        "doctor",
        "explain",
        "sources",
        *(
            pytest.param(name, marks=pytest.mark.soak)
            for name in ("audit", "directory", "hygiene", "ingest", "key", "person", "replay")
        ),
    ],
)
def test_on_a_terminal_only_our_own_colours(attacked: Attacked, name: str, tmp_path: Path) -> None:
    for given in SHOWN[name]:
        if "--json" not in given and "export" not in given:
            told = on_a_terminal(arguments(attacked, given, tmp_path))
            assert "Traceback" not in told
            assert hidden(_COLOURS.sub("", told)) == [], given


def test_every_command_is_tried_or_says_why_not() -> None:
    assert set(SHOWN) | set(LEFT) == set(commands())
    assert not set(SHOWN) & set(LEFT)


def test_what_reading_the_log_said_obeys_nothing(attacked: Attacked) -> None:
    assert hidden(attacked.told) == []
    assert "events" in attacked.told


def test_names_are_on_show(attacked: Attacked, tmp_path: Path) -> None:
    """Else there would be nothing to obey."""
    told = subprocess.run(
        arguments(attacked, ["replay", "LOG"], tmp_path), capture_output=True, cwd=ROOT, check=True
    ).stdout.decode()
    assert any(text in told for text in ("HYPERLINK", "img src=x", "{{7*7}}", NAMES["a path"][:12]))
