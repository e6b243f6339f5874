"""What commands print with: text from logs never reaches the terminal as control characters."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from sqlalchemy.exc import DBAPIError

from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.networks import NetworkListError
from monitor.enrichment.shipped import ShippedDataError
from monitor.settings import SettingsError
from monitor.sources.source import SourceError
from monitor.store.connection import StoreUrlError, explain
from monitor.store.migration import NewerDatabaseError

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
_USAGE = (SettingsError, StoreUrlError)
_PLAIN = (
    GeoDatabaseError,
    NetworkListError,
    NewerDatabaseError,
    OSError,
    ShippedDataError,
    SourceError,
)


class Rate(ProgressColumn):
    """How many of its unit a task does in a second."""

    def render(self, task: Task) -> Text:
        """Empty until it is known."""
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s", style="cyan")


class CommandError(Exception):
    """A command cannot do what it was asked; `code` is what it exits with."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def safe(text: object) -> str:
    """Text from outside as it may be printed: no control characters, no markup."""
    return escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)))


def fail(error: Exception) -> NoReturn:
    """Say what went wrong and exit: a traceback only for what nobody foresaw."""
    if isinstance(error, CommandError):
        code, told = error.code, str(error)
    elif isinstance(error, DBAPIError):
        code, told = 1, explain(error)
    elif isinstance(error, (*_USAGE, *_PLAIN)):
        code, told = (2 if isinstance(error, _USAGE) else 1), str(error)
    else:
        raise error
    stderr.print(f"[bold red]vigie:[/] {safe(told)}")
    sys.exit(code)


@contextmanager
def progress(unit: str) -> Iterator[Progress]:
    """Progress on standard error with rate and time left; nothing where that is no terminal."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        Rate(),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,
    ) as shown:
        yield shown
