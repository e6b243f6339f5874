"""The operations manual: its commands are run, its settings read, and what is not run is named."""

import re
from pathlib import Path

import pytest

from tests.docs.manual import blocks, run, script, sections

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
SECTIONS = sections(PAGE)
ELSEWHERE = {
    "apt-get", "chown", "docker", "install", "journalctl", "kcadm.sh", "logger", "psql",
    "systemctl", "systemd-analyze", "systemd-sysusers", "useradd", "vigie geo",
}  # fmt: skip
"""Programs that administer a machine, and what fetches location data from its maker: all that a
block may call that is not run."""
KINDS = {"sh", "sh elsewhere", "toml", "ini", "yaml", "text", "json", "python", "nginx", "conf"}


@pytest.mark.parametrize("name", [n for n, text in SECTIONS.items() if "```sh\n" in text])
def test_the_commands_of_a_section_do_what_they_say(name: str, tmp_path: Path) -> None:
    done = run(SECTIONS[name], tmp_path)
    assert done.returncode == 0, f"{done.stdout[-2_000:]}\n{done.stderr[-4_000:]}"


def test_blocks_are_of_kinds_that_are_known() -> None:
    assert {block.kind for block in blocks(PAGE)} <= KINDS


def test_what_is_not_run_calls_nothing_else() -> None:
    called = {
        " ".join(line.split()[: 2 if line.startswith("vigie ") else 1])
        for block in blocks(PAGE)
        if block.kind == "sh elsewhere"
        for line in re.sub(r"\\\n", " ", block.text).splitlines()
        if line.strip() and not line.startswith("#")
    }
    assert called <= ELSEWHERE


def test_a_command_that_fails_is_noticed(tmp_path: Path) -> None:
    page = "## A\n\n```sh\nvigie db status\n```\n"
    done = run(sections(page)["A"], tmp_path)
    assert done.returncode == 1
    assert "vigie db upgrade" in done.stderr
    assert "--- line" in done.stderr


def test_settings_that_are_none_are_noticed(tmp_path: Path) -> None:
    page = '## A\n\n```toml\n[[sources]]\nnme = "a"\n```\n'
    done = run(sections(page)["A"], tmp_path)
    assert done.returncode != 0
    assert "did you mean name?" in done.stderr


def test_a_block_that_is_for_elsewhere_is_not_run() -> None:
    assert "docker" not in script("```sh elsewhere\ndocker run x\n```\n")
