"""`vigie gate`: what the gate answers about an account's session, and why."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from detectors.core.identity import Subject, SubjectKind
from monitor import clock
from monitor.cli.console import safe, stdout
from monitor.cli.recording import write_down
from monitor.cli.stored import stored
from monitor.gate.judging import Answer, Verdict
from monitor.services.gate import Gate
from monitor.settings import load

command = typer.Typer(help="What stands before applications.")

_TOLD = {
    Verdict.PASS: "passes",
    Verdict.CHALLENGE: "has to prove who it is",
    Verdict.SIGN_IN: "has to sign in again",
    Verdict.DENY: "is turned away",
}


@command.callback()
def _group() -> None:
    """What stands before applications."""


@command.command()
def ask(
    account: Annotated[str, typer.Option(help="The account, as the log names it.")],
    tenant: Annotated[
        str | None, typer.Option(help="Its tenant; unset, the one of the settings.")
    ] = None,
    session: Annotated[str, typer.Option(help="The session, as the application calls it.")] = "",
    is_new: Annotated[
        bool, typer.Option("--new", help="A session that begins now: it was signed in again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
) -> None:
    """Tell what a session meets at the gate by what is stored now: the verdict, on which order or
    demand it stands, and until when. That somebody looked is written down.

    Examples:

        vigie gate ask --tenant acme --account u-17

        vigie gate ask --account u-17 --session 4f1c --json
    """
    settings = load(config)
    whose = tenant or settings.gate.tenant or settings.tenant
    with stored(settings) as database:
        began = clock.now_ms() if is_new else 0
        found = Gate(database).ask(whose, account, session, began)
        write_down(database, "gate:ask", str(Subject(SubjectKind.ACCOUNT, whose, account)))
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    stdout.print(_sentence(found), soft_wrap=True)


def _sentence(found: Answer) -> str:
    """In words, on one line."""
    told = f"It {_TOLD[found.verdict]}"
    if found.order:
        told += f", by {safe(found.order)}"
    if found.until is not None:
        told += f", until {clock.utc(found.until)}"
    if found.level:
        told += f"; it was proved at level {found.level}"
    return f"{told}."
