"""`vigie backup`: all of the database in one file, while everything runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from monitor import clock
from monitor.backup import taking
from monitor.backup.noted import Taken
from monitor.backup.taking import SUFFIX
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.recording import write_down_where_there_is_one
from monitor.settings import Settings, load
from monitor.store.connection import connect
from monitor.store.migration import current


def command(
    to: Annotated[Path, typer.Argument(help="A new file, or a folder for one named by the time.")],
    keep: Annotated[
        int | None, typer.Option(min=1, help="Of a folder's backups keep so many, the newest.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
) -> None:
    """Write everything that the database holds into one file, whole or not at all.

    Everybody goes on meanwhile. SQLite's and PostgreSQL's backups are the same: `vigie restore`
    puts either into either.

    Examples:

        vigie backup /var/backups/vigie --keep 14

        vigie backup before-the-upgrade.vigie.tar
    """
    settings = load(config)
    is_folder = to.is_dir()
    if keep is not None and not is_folder:
        raise CommandError("--keep is for a folder of backups", 2)
    if current(settings.database_url) is None:
        raise CommandError("there is no database yet: there is nothing to back up")
    now = clock.now_ms()
    if is_folder:
        taking.clear_remains(to, now)
    taken = _take(settings, to / _name(now) if is_folder else to, now)
    told = {"rows": taken.rows, "size": taken.size}
    write_down_where_there_is_one(settings, "database:backup", "database", told)
    gone = [] if keep is None else taking.keep_newest(to, keep)
    if as_json:
        made = msgspec.structs.asdict(taken) | {"deleted": [str(path) for path in gone]}
        stdout.print_json(msgspec.json.encode(made).decode())
        return
    stdout.print(
        f"{safe(taken.path)}: {taken.rows:,} rows, {taken.size / (1 << 20):,.1f} MiB",
        soft_wrap=True,
    )
    for path in gone:
        stdout.print(f"deleted {safe(path)}", soft_wrap=True)
    stderr.print(
        "It holds personal data for as long as it is kept, and neither the instance's key nor the "
        "settings: keep those apart from it."
    )


def _take(settings: Settings, path: Path, now: int) -> Taken:
    database = connect(settings.database_url)
    try:
        with progress("rows") as shown:
            task = shown.add_task("backup", total=None)

            def told(table: str, rows: int) -> None:
                shown.update(task, description=table, advance=rows)

            return taking.take(database, path, now, told)
    finally:
        database.dispose()


def _name(now: int) -> str:
    at = datetime.fromtimestamp(now / 1000, UTC)
    return f"{at:%Y-%m-%dT%H-%M-%S}.{now % 1000:03}Z{SUFFIX}"
