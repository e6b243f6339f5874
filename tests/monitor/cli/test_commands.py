"""The commands there are: each helps with examples, and refuses what makes no sense."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from monitor import cli
from monitor.cli import commands
from tests.monitor.cli.calling import call

FOLDER = Path(cli.__file__).parent


def modules() -> dict[str, object]:
    """What each module of commands calls its command."""
    found = {
        path.stem: importlib.import_module(f"monitor.cli.{path.stem}")
        for path in sorted(FOLDER.glob("*.py"))
        if path.stem != "__init__"
    }
    return {
        name: module.command
        for name, module in found.items()
        if "command" in vars(module) and vars(module).get("__name__", "").endswith(name)
    }


def invocations() -> list[str]:
    """Every command, and those of the groups."""
    names = []
    for name, command in modules().items():
        if isinstance(command, typer.Typer):
            # Those of a group without a name are the command's own.
            parts = [group.typer_instance for group in command.registered_groups]
            inner = [
                one.name or one.callback.__name__
                for part in (command, *parts)
                if part is not None
                for one in part.registered_commands
                if one.callback
            ]
            names += [f"{name} {each}" for each in inner]
        else:
            names.append(name)
    return names


def test_every_command_is_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(commands()) == set(modules())
    assert {"demo", "run", "ingest", "replay"} <= set(commands())
    done = call(capsys, "--help")
    assert done.code == 0
    for name, summary in commands().items():
        assert f" {name} " in done.told
        assert summary.split()[0] in done.told
        assert summary[0].isupper()


@pytest.mark.parametrize("name", [*invocations(), "db"])
def test_each_helps_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, *name.split(), "--help")
    assert done.code == 0
    assert "Usage: " in done.out
    if name != "db":
        assert "Example" in done.out
        assert f"vigie {name}" in done.told


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nothing",),
        ("--nothing",),
        ("ingest",),
        ("ingest", "x", "--nothing"),
        ("ingest", "x", "--format", "nothing"),
        ("evaluate",),
        ("evaluate", "x"),
        ("evaluate", "x", "--labels", "y", "--nothing"),
        ("explain",),
        ("explain", "x", "--format", "nothing"),
        ("db",),
        ("db", "nothing"),
        ("db", "sql", "oracle"),
        ("demo", "--port", "70000"),
        ("demo", "--accounts", "3"),
        ("simulate", "--days", "0"),
        ("simulate", "--misdeed", "kindness=1"),
        ("simulate", "--misdeed", "brute_force"),
        ("simulate", "--format", "sshd", "--misdeed", "mfa_fatigue=1"),
        ("simulate", "--start", "yesterday"),
        ("run", "--config", "/nonexistent/vigie.toml"),
    ],
    ids=" ".join,
)
def test_calls_that_make_no_sense_exit_with_two(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, *arguments)
    assert done.code == 2
    assert "Traceback" not in done.told
    assert done.told


def test_the_list_needs_neither_the_store_nor_the_web() -> None:
    script = (
        "import sys\n"
        "from monitor.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'alembic', 'fastapi', 'sklearn', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
