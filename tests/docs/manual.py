"""Runs the commands of a manual, a section at a time, in a folder that stands for a machine.

In a block that opens with `sh`, every command is run; in one that opens with `sh elsewhere` none
is, since it needs a machine to administer. A block of `toml` is the section's `vigie.toml` from
there on, and must be read without a complaint. After a block that starts something in the
background, the console has to answer before the next one.
"""

import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from monitor.simulation.simulation import simulate
from tests.forking import command
from tests.ports import free_port

PLACES = ("/var/log", "/etc/vigie", "/var/lib/vigie", "/var/backups")
"""Folders of a machine, and what is under the section's folder in their place."""
PORT = "8320"
START = 1_790_000_000_000
PATIENCE_S = 240


class Block(NamedTuple):
    """One block of a page: what it opens with, its text, and the line that it begins at."""

    kind: str
    text: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    """All blocks of a text."""
    for found in re.finditer(r"(?ms)^```([^\n]*)\n(.*?)^```", text):
        yield Block(found[1].strip(), found[2], text.count("\n", 0, found.start()) + 2)


def sections(page: str) -> dict[str, str]:
    """Each section of the second level with its text; lines are counted from the section's own."""
    parts = re.split(r"(?m)^## (.+)$", page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def script(text: str) -> str:
    """All that a section does, as one script that tells which line of it is next."""
    made = [
        "set -euo pipefail",
        "trap 'jobs -p | xargs -r kill 2>/dev/null; wait || true' EXIT",
        "answers() { for _ in $(seq 300); do "
        f"curl -fsS http://127.0.0.1:{PORT}/healthz >/dev/null 2>&1 && return; sleep 0.2; done; "
        "echo 'the console does not answer' >&2; return 1; }",
    ]
    for block in blocks(text):
        made.append(f"echo '--- line {block.line} of the section' >&2")
        if block.kind == "toml":
            made.append(f"cat >vigie.toml <<'TOML'\n{block.text}TOML")
            made.append("vigie doctor --json >/dev/null || test $? = 1")
        elif block.kind == "sh":
            made.append(block.text)
            if re.search(r"&\s*$", block.text):
                made.append("answers")
    return "\n".join(made) + "\n"


def run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a section's script in the folder."""
    _furnish(folder)
    told = script(text)
    for place in PLACES:
        told = told.replace(place, f"{folder}{place}")
    port = str(free_port())
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
    return subprocess.run(
        ["bash", "-c", told.replace(PORT, port)],
        cwd=folder,
        env=kept
        | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "VIGIE_WEB__PORT": port,
            "VIGIE_DATA": str(folder / "var/lib/vigie"),
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def _furnish(folder: Path) -> None:
    for place in (*PLACES, "/bin"):
        (folder / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[2]
    program = folder / "bin/vigie"
    started = f'PYTHONPATH="{root}" exec "{sys.executable}" -m monitor "$@"'
    forked = f'PYTHONPATH="{root}" exec {shlex.join(command())} "$@"'
    # What runs for long starts processes of its own, and is started itself as users start it.
    program.write_text(f'#!/bin/sh\ncase "$1" in run|demo) {started};; esac\n{forked}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    lines = simulate(11, days=1, accounts=10, start=START).lines()
    (folder / "var/log/sign-ins.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
    guess = "Failed password for root from 203.0.113.9 port 4022 ssh2"
    (folder / "var/log/auth.log").write_text(
        "".join(f"2026-09-21T14:{n:02d}:07+00:00 web sshd[7]: {guess}\n" for n in range(20))
    )
