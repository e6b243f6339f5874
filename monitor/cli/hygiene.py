"""`vigie hygiene`: what tenants' accounts come to, day by day, and which accounts they are."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.stored import stored
from monitor.export.csv import document
from monitor.hygiene.facts import Fact
from monitor.services.actor import operator
from monitor.services.hygiene import MOST_DAYS, AccountView, Hygiene, TenantView
from monitor.services.refusal import NotThereError
from monitor.settings import load

command = typer.Typer(help="Access hygiene: what tenants' accounts come to, and which they are.")


class Form(Enum):
    """How it is told."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Config = Annotated[Path | None, typer.Option(help="Settings.")]
As = Annotated[Form, typer.Option("--as", help="A table, JSON or CSV.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as --as json.")]
Tenant = Annotated[str | None, typer.Option(help="Only this tenant.")]


@command.command()
def tenants(form: As = Form.TABLE, as_json: AsJson = False, config: Config = None) -> None:
    """Show the last day of each tenant: its score, and of how many accounts what is said.

    Examples:

        vigie hygiene tenants

        vigie hygiene tenants --as csv > hygiene.csv
    """
    with _hygiene(config) as hygiene:
        found = [*_tenants(hygiene)]
    _tell_days(found, Form.JSON if as_json else form)


@command.command()
def days(
    tenant: Tenant = None,
    count: Annotated[
        int, typer.Option("--days", min=1, max=MOST_DAYS, help="How many, up to today.")
    ] = 30,
    form: As = Form.TABLE,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the last days of a tenant, or of all as one, the oldest first.

    Example:

        vigie hygiene days --tenant acme --days 90
    """
    with _hygiene(config) as hygiene:
        found = hygiene.days(operator(), tenant, count)
    _tell_days(found, Form.JSON if as_json else form)


@command.command()
def accounts(
    tenant: Tenant = None,
    fact: Annotated[Fact | None, typer.Option(help="Only those of which this is said.")] = None,
    form: As = Form.TABLE,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the accounts of which anything is said, with what it is and since when.

    Examples:

        vigie hygiene accounts --tenant acme --fact dormant

        vigie hygiene accounts --as csv > accounts.csv
    """
    with _hygiene(config) as hygiene:
        found = [*_accounts(hygiene, tenant, fact)]
    form = Form.JSON if as_json else form
    if form is Form.JSON:
        stdout.print_json(msgspec.json.encode(found).decode())
    elif form is Form.CSV:
        _write(_account_rows(found))
    else:
        _show(list(_account_rows(found)), "Nothing is said of any account.")


@contextmanager
def _hygiene(config: Path | None) -> Iterator[Hygiene]:
    with stored(load(config)) as database:
        hygiene = Hygiene(database)
        if hygiene.condition(operator()).finished is None:
            stderr.print("The engine has not looked through the accounts yet.")
        try:
            yield hygiene
        except NotThereError as error:
            raise CommandError(str(error)) from error


def _tenants(hygiene: Hygiene) -> Iterator[TenantView]:
    after: str | None = ""
    while after is not None:
        found = hygiene.tenants(operator(), after, 200)
        yield from found.items
        after = found.next


def _accounts(hygiene: Hygiene, tenant: str | None, fact: Fact | None) -> Iterator[AccountView]:
    after: str | None = None
    while True:
        found = hygiene.accounts(operator(), tenant, fact, after, 200)
        yield from found.items
        after = found.next
        if after is None:
            return


def _tell_days(found: Sequence[TenantView], form: Form) -> None:
    if form is Form.JSON:
        stdout.print_json(msgspec.json.encode(found).decode())
    elif form is Form.CSV:
        _write(_day_rows(found))
    else:
        _show(list(_day_rows(found, seldom=False)), "No account was looked at yet.")


def _day_rows(found: Iterable[TenantView], *, seldom: bool = True) -> Iterator[list[str]]:
    """A row for each day; where not `seldom`, without what is said of nobody anywhere."""
    views = list(found)
    said = {part.fact for view in views for part in view.parts if part.said or seldom}
    facts = [fact for fact in Fact if seldom or fact in said]
    yield ["tenant", "day", "accounts", "score", *(fact.value for fact in facts)]
    for view in views:
        counts = {part.fact: part.said for part in view.parts}
        score = "" if view.score is None else str(view.score)
        told = [str(counts[fact]) if fact in counts else "" for fact in facts]
        yield [view.tenant or "", view.day.isoformat(), str(view.accounts), score, *told]


def _account_rows(found: Iterable[AccountView]) -> Iterator[list[str]]:
    yield ["tenant", "account", "name", "last_seen", "fact", "since", "what"]
    for view in found:
        for one in view.facts:
            seen = "" if view.last_seen is None else _when(view.last_seen)
            yield [
                view.tenant,
                view.uid,
                view.display_name,
                seen,
                one.fact.value,
                _when(one.since),
                one.sentence,
            ]


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _write(rows: Iterable[list[str]]) -> None:
    for part in document(rows):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _show(rows: list[list[str]], nothing: str) -> None:
    head, *told = rows
    if not told:
        stdout.print(nothing)
        return
    table = Table(box=None)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in told:
        table.add_row(*(safe(cell) for cell in row))
    stdout.print(table)
