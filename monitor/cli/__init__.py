"""The command line: every module of this package that has a `command` is one command."""

import importlib
import logging
import pkgutil
import sys

import typer
from rich.logging import RichHandler

from monitor.cli.console import fail, stderr


def build() -> typer.Typer:
    """The command `vigie` with all its commands."""
    app = typer.Typer(
        name="vigie",
        help="Watches a SaaS's sign-ins: finds shared accounts and attacks, and shows why.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="markdown",
    )
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        command = getattr(module, "command", None)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=info.name)
        elif command is not None:
            app.command(name=info.name)(command)
    return app


def main() -> None:
    """Run `vigie`: exit 0 when done, 1 when it failed, 2 when it was called wrongly."""
    logging.basicConfig(
        level=logging.INFO,
        format="%(message)s",
        handlers=[RichHandler(console=stderr, show_path=False, markup=False)],
    )
    try:
        build()()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        fail(error)
