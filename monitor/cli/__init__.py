"""The command line: every module of this package that has a `command` is one command.

Only the command that was called is imported; of the others, the list of commands tells the first
line of their module.
"""

import importlib
import io
import logging
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.logging import RichHandler

from monitor.cli.console import fail, stderr
from monitor.logs import harmless


def build(called: str | None = None) -> typer.Typer:
    """The command `vigie`: in full the command that is `called`, of the others what they are."""
    app = typer.Typer(
        name="vigie",
        help="Watches a SaaS's sign-ins: finds shared accounts and attacks, and shows why.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="markdown",
    )
    for name, summary in commands().items():
        if name != called:
            app.command(name=name, help=summary)(_outline)
            continue
        command = importlib.import_module(f"{__name__}.{name}").command
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name=name)(command)
    return app


def commands() -> dict[str, str]:
    """Every command, and what it does in a line: its module opens with "`vigie NAME`: ..."."""
    found: dict[str, str] = {}
    for info in pkgutil.iter_modules(__path__):
        # The line alone: to parse forty files whole takes longer than most commands.
        with Path(__path__[0], f"{info.name}.py").open(encoding="utf-8") as source:
            told = source.readline().rstrip()
        opening = f'"""`vigie {info.name}`: '
        if told.startswith(opening):
            summary = told.removeprefix(opening).removesuffix('"""')
            found[info.name] = summary[:1].upper() + summary[1:]
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `vigie`: exit 0 when done, 1 when it failed, 2 when it was called wrongly."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's character set lacks is escaped and is no error.
            stream.reconfigure(errors="backslashreplace")
    handler = RichHandler(console=stderr, show_path=False, markup=False)
    handler.addFilter(harmless)
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])
    # They tell every step of every upgrade, and every request.
    for name in ("alembic", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    called = next((argument for argument in given if not argument.startswith("-")), None)
    try:
        build(called)(given)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        fail(error)


def _outline() -> None:
    """Stands in the list for a command that is not the one called."""
