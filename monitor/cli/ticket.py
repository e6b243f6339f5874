"""`vigie ticket`: what people make of incidents, reports and appeals: given, closed, undone."""

import re
from collections.abc import Mapping
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from alerts.incident import Category
from alerts.ticket import Change, Disposition, Kind, Status
from detectors.core.finding import Severity
from monitor import clock
from monitor.cli import ticket_suppressions
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.tenant import said
from monitor.cli.ticket_desk import AsJson, Config, about, due_of, open_desk, print_json, state_of
from monitor.services.actor import operator
from monitor.services.ticket_acts import Done
from monitor.services.ticket_views import ChangeView, TicketRow, TicketView
from monitor.store.ticket_filter import STATUSES, Order, TicketFilter
from monitor.store.ticket_notes import LinkKind

command = typer.Typer(
    help="What people make of incidents, reports and appeals: given, closed, undone."
)
command.add_typer(ticket_suppressions.held)

T = TypeVar("T")
Number = Annotated[int, typer.Argument(min=1, help="The ticket's number.")]
Reason = Annotated[str, typer.Option(help="Why; it is said on the ticket.")]
NOBODY = "nobody"
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)


@command.command("list")
def every(
    text: Annotated[str, typer.Argument(help="Words that are in them, by how they begin.")] = "",
    status: Annotated[str, typer.Option(help=f"One of {', '.join(STATUSES)}.")] = "open",
    severity: Annotated[str, typer.Option(help="From this one up.")] = "informational",
    category: Annotated[Category | None, typer.Option(help="Of this conclusion.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Of this kind.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Of this tenant.", callback=said)] = None,
    assignee: Annotated[str, typer.Option(help="A reviewer's id, or nobody.")] = "",
    tag: Annotated[str, typer.Option(help="With this tag.")] = "",
    late: Annotated[bool, typer.Option("--late", help="Only those that are late.")] = False,
    held: Annotated[
        bool, typer.Option("--held", help="Only those that a suppression holds back.")
    ] = False,
    sort: Annotated[Order, typer.Option(help="What comes first.")] = Order.URGENT,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show tickets, unless asked otherwise those that are open, by when they are due.

    Examples:

        vigie ticket list --late

        vigie ticket list "ann lee" --status all --json
    """
    wanted = TicketFilter(
        statuses=_chosen(STATUSES, status, "--status"),
        severity=_chosen(_SEVERITIES, severity, "--severity"),
        category=category,
        kind=kind,
        tenant=tenant,
        assignee="" if assignee == NOBODY else assignee or None,
        tag=tag.casefold() or None,
        text=text,
        due_before=clock.now_ms() + 1 if late else None,
        held=held,
        order=sort,
    )
    found: list[TicketRow] = []
    after, total = None, 0
    with open_desk(config) as desk:
        while len(found) < limit:
            page = desk.tickets.page(operator(), wanted, after, min(200, limit - len(found)))
            found, after, total = [*found, *page.rows], page.next, page.total
            if after is None:
                break
    if as_json:
        print_json(found)
        return
    _show_rows(found)
    if after is not None:
        stderr.print(f"{total:,} in all: --limit shows more")


@command.command()
def show(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Show one ticket: what became of it, what was said on it, and what it goes with.

    Example:

        vigie ticket show 17
    """
    with open_desk(config) as desk:
        view = desk.tickets.ticket(operator(), number)
    if as_json:
        print_json(view)
        return
    _show_view(view)


@command.command()
def change(
    numbers: Annotated[list[int], typer.Argument(min=1, help="The tickets' numbers.")],
    status: Annotated[Status | None, typer.Option(help="Where it goes.")] = None,
    found: Annotated[Disposition | None, typer.Option(help="What was found; closes it.")] = None,
    assignee: Annotated[
        str, typer.Option(help="Whose it is: a reviewer's address or id, or nobody.")
    ] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Add a tag.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="Take a tag away.")] = None,
    reason: Reason = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Change tickets: where they stand, what was found, whose they are, their tags.

    Those that cannot go there are left as they are and told, with exit code 1. All that it did is
    taken back by `vigie ticket undo`.

    Examples:

        vigie ticket change 17 --assignee ada@example.com

        vigie ticket change 17 18 19 --found false_positive --reason "a test of the printer"
    """
    wanted = _change(status, found, assignee, tag or [], untag or [])
    with open_desk(config) as desk:
        done = desk.acts.change(operator(), dict.fromkeys(numbers), wanted, reason)
    _show_done(done, "changed", as_json=as_json)


@command.command()
def undo(
    act: Annotated[str, typer.Argument(help="What `vigie ticket change` printed.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Put back what was changed at once, but for tickets that were changed since.

    Example:

        vigie ticket undo 9f1c2ab07de4431c
    """
    with open_desk(config) as desk:
        done = desk.acts.undo(operator(), act)
    _show_done(done, "put back", as_json=as_json)


@command.command()
def comment(
    number: Number,
    text: Annotated[str, typer.Argument(help="What is said.")],
    config: Config = None,
) -> None:
    """Say something on a ticket.

    Example:

        vigie ticket comment 17 "Called the team lead: two people on one desk."
    """
    with open_desk(config) as desk:
        desk.tickets.comment(operator(), number, text)
    stdout.print("Said.")


@command.command()
def link(
    number: Number,
    where: Annotated[str, typer.Argument(help="Another ticket's number, or an address outside.")],
    duplicate: Annotated[
        bool, typer.Option("--duplicate", help="It is a duplicate of the other ticket.")
    ] = False,
    title: Annotated[str, typer.Option(help="What is there.")] = "",
    config: Config = None,
) -> None:
    """Link a ticket with another of its tenant, or with an address outside.

    Examples:

        vigie ticket link 17 12 --duplicate

        vigie ticket link 17 https://jira.example.com/browse/SEC-4 --title SEC-4
    """
    is_number = where.isascii() and where.isdigit() and len(where) <= 12
    kind = LinkKind.DUPLICATE_OF if duplicate else LinkKind.RELATED
    with open_desk(config) as desk:
        if is_number:
            desk.tickets.link(operator(), number, kind, other=int(where), title=title)
        else:
            desk.tickets.link(operator(), number, LinkKind.OUTER, address=where, title=title)
    stdout.print("Linked.")


@command.command("open")
def open_one(
    incident: Annotated[str, typer.Argument(help="The incident's id.")], config: Config = None
) -> None:
    """Print the number of an incident's ticket, which is opened where it has none.

    Example:

        vigie ticket open 019e2aa1-7c00-7f3a-9d1e-0d6f6cf6b1c2
    """
    if _IDENTIFIER.match(incident) is None:
        raise CommandError("that is no id of an incident", 2)
    with open_desk(config) as desk:
        number = desk.tickets.open(operator(), bytes.fromhex(incident.replace("-", "")))
    stdout.print(str(number))


_SEVERITIES = {severity.name.lower(): severity for severity in Severity}


def _chosen(values: Mapping[str, T], word: str, option: str) -> T:
    if word not in values:
        raise CommandError(f"{option} is one of {', '.join(values)}", 2)
    return values[word]


def _change(
    status: Status | None,
    found: Disposition | None,
    assignee: str,
    tags: list[str],
    removed: list[str],
) -> Change:
    told: dict[str, object] = {
        "add_tags": frozenset(tags),
        "remove_tags": frozenset(removed),
    }
    if status is not None:
        told["status"] = status
    if found is not None:
        told["disposition"] = found
    if assignee:
        told["assignee"] = None if assignee == NOBODY else assignee
    return Change(**told)  # type: ignore[arg-type]


def _show_rows(rows: list[TicketRow]) -> None:
    table = Table(box=None)
    for column in ("#", "severity", "what", "about", "tenant", "state", "due", "whose", "tags"):
        table.add_column(column)
    for row in rows:
        table.add_row(
            str(row.number),
            row.severity.name.lower(),
            safe(row.title) + (" (withdrawn)" if row.withdrawn else ""),
            about(row.subject, row.account_name),
            safe(row.tenant),
            state_of(row),
            due_of(row),
            safe(row.assignee_name),
            safe(" ".join(row.tags)),
        )
    stdout.print(table)


def _show_view(view: TicketView) -> None:
    row = view.row
    table = Table(box=None, show_header=False)
    told = {
        "ticket": f"{row.number} {row.kind.value}",
        "what": safe(row.title),
        "severity": row.severity.name.lower(),
        "about": about(row.subject, row.account_name),
        "tenant": safe(row.tenant),
        "state": state_of(row),
        "whose": safe(row.assignee_name),
        "due": due_of(row),
        "opened": clock.utc(view.opened),
        "opened again": str(row.reopened or ""),
        "withdrawn": "everything that it rests on" if row.withdrawn else str(view.lost or ""),
        "incident": row.incident or "",
        "tags": safe(" ".join(row.tags)),
        **{safe(name): safe(value) for name, value in view.facts.items()},
    }
    for name, value in told.items():
        if value:
            table.add_row(name, value)
    stdout.print(table)
    for one in view.comments:
        stdout.print(f"\n{clock.utc(one.time)} {safe(one.by)}:")
        for line in one.text.split("\n"):
            stdout.print(f"  {safe(line)}", soft_wrap=True)
    for link in view.links:
        where = f"#{link.other}" if link.other is not None else safe(link.address or "")
        stdout.print(f"{link.kind.value} {where} {safe(link.title)}", soft_wrap=True)
    history = Table(box=None)
    for column in ("time", "by", "what became of it", "state", "whose"):
        history.add_column(column)
    for change in view.changes:
        history.add_row(*_change_row(change))
    stdout.print()
    stdout.print(history)


def _change_row(change: ChangeView) -> tuple[str, ...]:
    after = change.after
    found = "" if after.disposition is None else f": {after.disposition.value}"
    counted = f" ({change.number})" if change.number else ""
    undone = ", put back since" if change.undone is not None else ""
    return (
        clock.utc(change.time),
        safe(change.by),
        f"{change.deed}{counted}{undone}",
        f"{after.status.value}{found}",
        safe(after.assignee_name),
    )


def _show_done(done: Done, word: str, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        stdout.print(f"{len(done.changed)} {word}", end="")
        stdout.print(f"; `vigie ticket undo {done.act}` puts back" if word == "changed" else "")
        for one in done.refused:
            stderr.print(f"{one.number}: {safe(one.why.en)}", soft_wrap=True)
    if done.refused:
        raise typer.Exit(1)
