"""The units that ship are ones that systemd takes, and leave the service little to do harm with."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.cli.serving import Part

FOLDER = Path(__file__).parents[2] / "docs/systemd"
UNITS = ["vigie.service", "vigie@.service"]
EXPOSURE = 20
"""In tenths, as `systemd-analyze security` counts it."""


class Unit(configparser.RawConfigParser):
    """A unit file: of a key that stands twice, all values in a row."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, comment_prefixes=("#",), inline_comment_prefixes=None)
        seen: dict[str, str] = {}
        lines = []
        for line in (FOLDER / name).read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                seen[key] = f"{seen[key]} {value}" if key in seen else value
                lines.append(f"{key}={seen[key]}")
            else:
                lines.append(line)
        self.read_string("\n".join(lines))


@pytest.mark.parametrize("name", UNITS)
def test_a_hang_a_crash_and_new_settings_are_seen_to(name: str) -> None:
    service = Unit(name)["Service"]
    assert service["Type"] == "notify"
    assert service["WatchdogSec"] == "3min"
    assert service["Restart"] == "always"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert "vigie run" in service["ExecStart"]


@pytest.mark.parametrize("name", UNITS)
def test_it_is_nobody_in_particular_and_may_do_little(name: str) -> None:
    service = Unit(name)["Service"]
    assert service["User"] == "vigie"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectory"] == "vigie"
    assert "@system-service" in service["SystemCallFilter"]


def test_both_units_differ_in_what_they_run_only() -> None:
    whole, part = (
        [line for line in (FOLDER / name).read_text().splitlines() if not line.startswith("#")]
        for name in UNITS
    )
    differing = [(a, b) for a, b in zip(whole, part, strict=True) if a != b]
    assert [a.partition("=")[0] for a, _ in differing] == ["Description", "ExecStart"]
    assert differing[1][1].endswith("vigie run --only %i")


def test_each_part_is_an_instance() -> None:
    named = set(re.findall(r"vigie@(\w+)", (FOLDER / "vigie@.service").read_text()))
    assert named == {part.value for part in Part}


@pytest.mark.parametrize(
    ("name", "instance"), [(UNITS[0], UNITS[0]), (UNITS[1], "vigie@web.service")]
)
def test_systemd_itself_takes_them(name: str, instance: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        return  # what it would look at is looked at above, as far as that goes
    text = (FOLDER / name).read_text().replace("/opt/vigie/bin/vigie", "/bin/true")
    (tmp_path / name).write_text(text)
    command = ["systemd-analyze", "verify", str(tmp_path / instance)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert name not in done.stderr, done.stderr
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}"]
    done = subprocess.run(
        [*command, str(tmp_path / instance)], capture_output=True, text=True, check=False
    )
    if "unrecognized option" not in done.stderr:  # from version 250 on
        assert done.returncode == 0, done.stdout[-300:]
