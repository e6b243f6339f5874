"""What the commands of the policy work with, and how they tell what they find."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.difference import Course, Difference, differences
from alerts.document import LONGEST, PolicyError, read_text
from alerts.policy import SHIPPED as SHIPPED_POLICY
from alerts.policy import Policy
from alerts.remarks import Remark, Weight, remarks
from monitor import clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.policies import Policies, ReasonError
from monitor.services.refusal import NotThereError
from monitor.settings import Settings, load
from monitor.store import policies
from monitor.store.migration import is_current
from monitor.store.policies import StoredPolicy

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the version and in the audit.")]

CURRENT = "current"
SHIPPED = "shipped"
_STYLES = {Weight.GRAVE: "bold red", Weight.IDLE: "yellow", Weight.NOTE: "cyan"}
_COURSES = {Course.MORE: "[bold red]more[/]", Course.LESS: "[green]less[/]", Course.OTHER: ""}


@contextmanager
def open_policies(config: Path | None) -> Iterator[tuple[Policies, Settings]]:
    """The policy of the settings' database, while in the block. Raises CommandError for what is
    refused."""
    settings = load(config)
    with stored(settings) as database:
        try:
            yield Policies(database, kinds=settings.kinds()), settings
        except (NotThereError, PolicyError, ReasonError) as error:
            raise CommandError(str(error)) from error


def text_at(path: str) -> str:
    """The text of a file, `-` for standard input. Raises CommandError, OSError."""
    if path == "-":
        raw = sys.stdin.buffer.read(LONGEST + 1)
    else:
        with Path(path).open("rb") as opened:
            raw = opened.read(LONGEST + 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no UTF-8: byte {error.start + 1} is none") from error


def document_of(which: str, config: Path | None) -> tuple[str, str]:
    """What `current`, `shipped`, the number of a version, or a file stands for: what to call it,
    and its document. Raises CommandError, OSError."""
    if which == SHIPPED or (which == CURRENT and not _has_database(config)):
        return SHIPPED, policies.shipped().document
    if which == CURRENT or (which.isascii() and which.isdigit()):
        with open_policies(config) as (service, _):
            one = (
                service.current(operator())
                if which == CURRENT
                else service.version(operator(), int(which))
            )
        return f"version {one.id}", one.document
    return which, text_at(which)


def show_document(document: str) -> None:
    """Print a document, line by line; whatever would control the terminal is replaced."""
    for line in document.rstrip("\n").split("\n"):
        stdout.print(safe(line.expandtabs(4)), soft_wrap=True)


def policy_of(which: str, config: Path | None) -> tuple[str, Policy]:
    """The same, understood. Raises CommandError, OSError."""
    name, document = document_of(which, config)
    try:
        return name, read_text(document)
    except PolicyError as error:
        raise CommandError(f"{name}: {error}") from error


def looked_at(
    document: str, policy: Policy, config: Path | None
) -> tuple[Sequence[Remark], Sequence[Difference]]:
    """What is to be said of a policy, and what it changes of the one that holds; without a
    database, of what is shipped, and without a word on tenants that the directory has not."""
    if not _has_database(config):
        return remarks(policy), differences(SHIPPED_POLICY, policy)
    with open_policies(config) as (service, _):
        found = service.check(operator(), document)
    return found.remarks, found.differences


def told_version(one: StoredPolicy) -> dict[str, Any]:
    """A version as JSON tells it, without its document."""
    return {
        "version": one.id,
        "digest": one.digest.hex(),
        "actor": one.actor,
        "actor_name": one.actor_name,
        "reason": one.reason,
        "adopted": one.created,
    }


def told_difference(one: Difference) -> dict[str, Any]:
    """A difference as JSON tells it."""
    return {
        "where": one.where,
        "before": one.before,
        "after": one.after,
        "course": one.course.value,
    }


def told_remark(one: Remark) -> dict[str, Any]:
    """A remark as JSON tells it."""
    return {"where": one.where, "weight": one.weight.name.lower(), "text": one.text.en}


def show_differences(found: Iterable[Difference]) -> None:
    """Print what differs, a line each."""
    table = Table(box=None)
    for name in ("where", "before", "after", "lets be done"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(safe(one.where), _value(one.before), _value(one.after), _COURSES[one.course])
    stdout.print(table)


def show_remarks(found: Iterable[Remark]) -> None:
    """Print what is to be said of a policy."""
    for one in found:
        style, word = _STYLES[one.weight], one.weight.name.lower()
        stdout.print(f"[{style}]{word}[/] {safe(one.where)}: {safe(one.text.en)}")


def show_versions(found: Iterable[StoredPolicy]) -> None:
    """Print versions, the newest first."""
    table = Table("version", "adopted", "by", "reason")
    for one in found:
        table.add_row(str(one.id), clock.utc(one.created), safe(one.actor_name), safe(one.reason))
    stdout.print(table)


def print_json(told: Any) -> None:
    """Print plain values as JSON."""
    stdout.print_json(json.dumps(told))


def _value(value: Any) -> str:
    if value is None:
        return "[dim]nothing[/]"
    return safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _has_database(config: Path | None) -> bool:
    return is_current(load(config).database_url)
