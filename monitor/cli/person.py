"""`vigie person`: what people ask for by law: a copy of their data, erasure, restriction."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.table import Table
from sqlalchemy import Engine as Database

from monitor import assembly, clock
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.credentials import take_key
from monitor.cli.stored import stored
from monitor.cli.tenant import said
from monitor.protection.register import markdown
from monitor.services.access import Access, Lazily
from monitor.services.actor import operator
from monitor.services.looks import Looks
from monitor.services.protection import Preview, Protection, ProtectionError
from monitor.services.refusal import NotThereError
from monitor.services.register import Registry
from monitor.settings import Settings, load
from monitor.store.connection import connect
from monitor.store.erasures import Erasure
from monitor.store.lock import EngineRunningError, only_engine

command = typer.Typer(
    help="What people ask for by law: a copy of their data, erasure, restriction, objection."
)

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Account = Annotated[str, typer.Argument(help="The account's id, as the log has it.")]
Tenant = Annotated[
    str | None, typer.Option(help="Its tenant; else the one that the settings have.", callback=said)
]
Reason = Annotated[
    str, typer.Option(help="Why: a reference that names nobody, such as a ticket's number.")
]


class Desk(NamedTuple):
    """What a command works with."""

    protection: Protection
    settings: Settings
    database: Database


@command.command()
def erase(
    account: Account,
    reason: Reason,
    tenant: Tenant = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also incidents that stand, and their evidence.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go, and what would stay.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Erase an account (GDPR, article 17). A running engine does it, else this does at once.

    What would come in later from before the erasure is dropped; who signs in afterwards is new.
    Backups from before hold it still: `vigie restore` erases it again.

    Examples:

        vigie person erase u-1042 --tenant acme --reason "ticket 88" --dry-run

        vigie person erase u-1042 --tenant acme --reason "ticket 88"
    """
    with _desk(config) as desk:
        named = _tenant(desk, tenant)
        if dry_run:
            found = desk.protection.preview(operator(), named, account, keeps=not everything)
            _show_preview(found, as_json=as_json)
            return
        made = desk.protection.erase(operator(), named, account, reason, keeps=not everything)
        made = _carried_out(desk, made)
        if as_json:
            stdout.print_json(msgspec.json.encode(_told(made)).decode())
        else:
            _show_erasure(made)


@command.command()
def export(
    account: Account,
    reason: Reason,
    out: Annotated[Path, typer.Option(help="A new folder, or a new file ending in .zip.")],
    tenant: Tenant = None,
    language: Annotated[str, typer.Option(help="Of the page to read: en or fr.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write all that is kept of an account (GDPR, articles 15 and 20): files, and a page to read
    and print. Data of other people is left out or masked.

    Examples:

        vigie person export u-1042 --tenant acme --reason "ticket 87" --out u-1042

        vigie person export u-1042 --reason "ticket 87" --language fr --out copy.zip
    """
    with _desk(config) as desk, progress("records") as shown, ExitStack() as held:
        task = shown.add_task("copying", total=None)
        copied = Access(desk.database, desk.settings.processing()).write(
            operator(),
            _tenant(desk, tenant),
            account,
            held.enter_context(closing(Lazily(out))),
            reason,
            language or desk.settings.language,
            lambda name, rows: shown.update(task, description=name, advance=rows),
        )
    if as_json:
        stdout.print_json(msgspec.json.encode({"files": copied.files, "out": str(out)}).decode())
        return
    for name, records in copied.files.items():
        stdout.print(f"{records:>12,} {name}")
    stderr.print(f"{safe(out)}: give it to nobody else.", soft_wrap=True)


@command.command()
def looks(
    account: Account, tenant: Tenant = None, as_json: AsJson = False, config: Config = None
) -> None:
    """Show who looked at an account's data, when and why.

    Example:

        vigie person looks u-1042 --tenant acme
    """
    with _desk(config) as desk:
        found = Looks(desk.database).of(operator(), _tenant(desk, tenant), account)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    table = Table(box=None)
    for column in ("time", "by", "why"):
        table.add_column(column)
    for one in found:
        table.add_row(clock.utc(one.time), safe(one.by), safe(one.reason))
    stdout.print(table)


@command.command()
def register(
    language: Annotated[str, typer.Option(help="en or fr; else that of the settings.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Print the register of processing (GDPR, article 30) as Markdown.

    Examples:

        vigie person register --language fr > registre.md

        vigie person register --json
    """
    settings = load(config)
    made = Registry(settings.processing()).read(operator())
    if as_json:
        stdout.print_json(msgspec.json.encode(made).decode())
    else:
        told = markdown(made, language or settings.language)
        stdout.print(told, markup=False, soft_wrap=True, end="")


@command.command()
def erasures(as_json: AsJson = False, config: Config = None) -> None:
    """Show who was erased, or is being, as far as that can still be told.

    Example:

        vigie person erasures
    """
    with _desk(config) as desk:
        found = desk.protection.erasures(operator())
    if as_json:
        stdout.print_json(msgspec.json.encode([_told(one) for one in found]).decode())
        return
    table = Table(box=None)
    for column in ("id", "asked for", "by", "reason", "stage", "finished", "account", "rows"):
        table.add_column(column)
    for one in found:
        table.add_row(
            str(one.id),
            clock.utc(one.requested),
            safe(one.actor),
            safe(one.reason),
            safe(one.stage),
            clock.utc(one.finished) if one.finished else "",
            safe(one.account or one.pseudonym),
            f"{sum(one.counts.values()):,}",
        )
    stdout.print(table)


@command.command()
def restrict(
    account: Account, reason: Reason, tenant: Tenant = None, config: Config = None
) -> None:
    """Keep an account's data and do not use it (GDPR, article 18): nothing new of it is judged,
    nothing of it is shown, and nothing is done about it, until it is released.

    Example:

        vigie person restrict u-1042 --tenant acme --reason "ticket 91"
    """
    with _desk(config) as desk:
        made = desk.protection.restrict(operator(), _tenant(desk, tenant), account, reason)
    stdout.print(f"Restricted; `vigie person release {made.id}` ends it.")


@command.command()
def release(
    number: Annotated[int, typer.Argument(help="The restriction's number.")],
    reason: Reason,
    config: Config = None,
) -> None:
    """End a restriction: the account is judged again, by what comes from now on.

    Example:

        vigie person release 3 --reason "ticket 91 is closed, the person was told"
    """
    with _desk(config) as desk:
        desk.protection.release(operator(), number, reason)
    stdout.print("Released.")


@command.command()
def restrictions(
    over: Annotated[bool, typer.Option("--over", help="Also those that are over.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show whose data is restricted, since when and why.

    Example:

        vigie person restrictions
    """
    with _desk(config) as desk:
        found = desk.protection.restrictions(operator(), over=over)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    table = Table(box=None)
    for column in ("id", "tenant", "account", "since", "until", "reason"):
        table.add_column(column)
    for one in found:
        until = "" if one.until is None else clock.utc(one.until)
        named = (safe(one.tenant), safe(one.account))
        table.add_row(str(one.id), *named, clock.utc(one.since), until, safe(one.reason))
    stdout.print(table)


@command.command("object")
def object_to(
    account: Account,
    grounds: Annotated[str, typer.Option(help="On which grounds, in a sentence.")],
    tenant: Tenant = None,
    config: Config = None,
) -> None:
    """Note that a person objects to what is done with their data (GDPR, article 21).

    Example:

        vigie person object u-1042 --tenant acme --grounds "works nights by agreement"
    """
    with _desk(config) as desk:
        made = desk.protection.object_to(operator(), _tenant(desk, tenant), account, grounds)
    stdout.print(f"Noted; `vigie person decide {made.id}` says what was decided.")


@command.command()
def decide(
    number: Annotated[int, typer.Argument(help="The objection's number.")],
    decision: Annotated[str, typer.Option(help="What was decided, and why.")],
    upheld: Annotated[
        bool, typer.Option("--upheld/--rejected", help="Whether the person is right.")
    ],
    config: Config = None,
) -> None:
    """Note what was decided on an objection. Restrict or erase the account by itself.

    Example:

        vigie person decide 2 --upheld --decision "no need to judge the hours of this account"
    """
    with _desk(config) as desk:
        desk.protection.decide(operator(), number, upheld=upheld, decision=decision)
    stdout.print("Noted.")


@command.command()
def objections(as_json: AsJson = False, config: Config = None) -> None:
    """Show who objected, and what was decided.

    Example:

        vigie person objections --json
    """
    with _desk(config) as desk:
        found = desk.protection.objections(operator())
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    table = Table(box=None)
    for column in ("id", "tenant", "account", "received", "grounds", "decision"):
        table.add_column(column)
    for one in found:
        told = (one.tenant, one.account, clock.utc(one.received), one.grounds, one.decision or "")
        table.add_row(str(one.id), *map(safe, told))
    stdout.print(table)


@contextmanager
def _desk(config: Path | None) -> Iterator[Desk]:
    settings = load(config)
    with stored(settings) as database:
        pepper = take_key(settings, database).pepper
        try:
            yield Desk(Protection(database, pepper), settings, database)
        except (ProtectionError, NotThereError) as error:
            raise CommandError(str(error)) from error


def _tenant(desk: Desk, given: str | None) -> str:
    return desk.settings.tenant if given is None else given


def _carried_out(desk: Desk, asked: Erasure) -> Erasure:
    """At once where no engine is at work."""
    url = desk.settings.database_url
    try:
        with only_engine(url), progress("steps") as shown:
            task = shown.add_task("erasing", total=None)
            database = connect(url)
            work = assembly.open_erasures(desk.settings)
            work.run(database, lambda: shown.update(task, advance=1))
            database.dispose()
    except EngineRunningError:
        stderr.print("An engine is running: it does it now, beside its work.")
    return desk.protection.erasure(operator(), asked.id)


def _told(one: Erasure) -> dict[str, object]:
    told = msgspec.to_builtins(one)
    return {name: told[name] for name in told if name not in ("digest", "cursor", "names")}


def _show_erasure(one: Erasure) -> None:
    if one.finished is None:
        stdout.print(f"Asked for as number {one.id}; `vigie person erasures` shows how far it is.")
        return
    stdout.print(f"Erased, as number {one.id}:")
    for name, rows in one.counts.items():
        stdout.print(f"{rows:>12,} {safe(name)}")
    if one.account is not None:
        stdout.print(f"Incidents that stand are kept under {safe(one.pseudonym)}.")
    stderr.print(
        "Backups from before hold it still: delete them when they are old, and restore none "
        "without the data folder's erased.ndjson."
    )


def _show_preview(found: Preview, *, as_json: bool) -> None:
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    table = Table(box=None)
    for column in ("what", "rows", "", "why"):
        table.add_column(column, justify="right" if column == "rows" else "left")
    for part in found.parts:
        stays = "stays" if part.stays else "goes"
        table.add_row(safe(part.name), f"{part.rows:,}", stays, safe(part.why.en))
    stdout.print(table)
    stdout.print("Lines that could not be read go where they name it, and so do sums by source.")
