"""What commands print with: text from logs never reaches the terminal as control characters."""

import logging
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

from monitor import logs

log = logging.getLogger(__name__)
stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)

_LINES = re.compile(r"[\t ]*\n[\t ]*|\t")
"""What our own texts of several lines are folded at; a name has no line to itself."""


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
    """Text from outside as it may be printed: no control characters, no markup, on one line."""
    told = _LINES.sub(" ", str(text))
    return escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", told))


def announce(text: str, *, style: str | None = None, **fields: str) -> None:
    """Tell the operator something: on standard error, or in the log where it is JSON. Fields stand
    on lines of their own."""
    if logs.is_json():
        log.log(logging.INFO if style is None else logging.WARNING, text, extra=fields)
        return
    stderr.print(safe(text), style=style)
    for value in fields.values():
        stderr.print(safe(value), style="bold", soft_wrap=True)


def fail(error: Exception) -> NoReturn:
    """Say what went wrong and exit: a traceback only for what nobody foresaw."""
    # What can go wrong is told by parts that a command that goes well may not need at all.
    from monitor.cli.failures import told  # noqa: PLC0415

    if isinstance(error, CommandError):
        code, reason = error.code, str(error)
    else:
        known = told(error)
        if known is None:
            raise error
        code, reason = known
    if logs.is_json():
        log.critical(reason)
    else:
        stderr.print(f"[bold red]vigie:[/] {safe(reason)}", soft_wrap=True)
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
