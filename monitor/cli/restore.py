"""`vigie restore`: a backup into an empty database, checked to the last byte."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from monitor import assembly, clock, instance
from monitor.backup.archive import Manifest, Reader
from monitor.backup.restoring import check, restore
from monitor.cli.arriving import Arrival
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.erasing import roll
from monitor.erasing.again import again, known_in
from monitor.erasing.roll import Erased
from monitor.instance import InstanceKeyError
from monitor.settings import Settings, load
from monitor.store.connection import connect, shown
from monitor.store.lock import RESPONDING, only_engine
from monitor.store.migration import NewerDatabaseError, is_current


def command(
    backup: Annotated[Path, typer.Argument(metavar="FROM", help="The file of a backup.")],
    force: Annotated[
        bool, typer.Option("--force", help="Where there is something, and keep that aside.")
    ] = False,
    only_check: Annotated[
        bool, typer.Option("--check", help="Only read it to its end, and say that it is whole.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
) -> None:
    """Put a backup into the database of the settings, which must have nothing in it.

    It is there in full, or all is as it was. Sources go on from where they were at the time of the
    backup. What is sent out of a restored database waits until a person releases it. Accounts that
    were erased since are erased again before it is there.

    Examples:

        vigie restore /var/backups/vigie/2026-09-21T02-00-00.000Z.vigie.tar

        vigie restore --check before-the-upgrade.vigie.tar
    """
    settings = load(config)
    with Reader(backup) as reader, progress("rows") as bar:
        told = _telling(bar, reader.manifest)
        aside, gone = None, 0
        arrival: Arrival | None = None
        if only_check:
            check(reader, told)
        else:
            url = settings.database_url
            with only_engine(url), only_engine(url, RESPONDING):
                again, arrival = Again(settings), Arrival(settings, reader.manifest.made)

                def arrive(database: Database) -> None:
                    arrival.look(database)
                    again.erase(database)
                    arrival.enter(database)

                aside = restore(
                    reader,
                    settings.database_url,
                    clock.now_ms(),
                    force=force,
                    told=told,
                    erase=arrive,
                )
                arrival.sign()
                gone = again.erased
        manifest = reader.manifest
    if as_json:
        done = {"rows": manifest.rows, "made": manifest.made, "revision": manifest.revision}
        stdout.print_json(msgspec.json.encode(done | {"aside": aside, "erased": gone}).decode())
    else:
        did = "whole" if only_check else f"restored into {safe(shown(settings.database_url))}"
        stdout.print(
            f"{safe(backup)}: {manifest.rows:,} rows of {clock.utc(manifest.made)}, {did}",
            soft_wrap=True,
        )
    if gone:
        stderr.print(f"{gone} accounts that were erased since were erased again.")
    if arrival is not None:
        arrival.tell()
        _advise(settings, manifest, aside)


class Again:
    """Whom a restore must not bring back: those on the roll, and those of the database that is
    there now. `erased` is how many were erased again."""

    def __init__(self, settings: Settings) -> None:
        """Raises CommandError where somebody was erased and nobody can tell who."""
        self.erased = 0
        self._work = assembly.open_erasures(settings)
        known = roll.read(settings.data)
        self._known: list[Erased] = []
        if not known and not _has_key(settings):
            return
        if not _has_key(settings):
            raise CommandError(
                f"{len(known)} accounts were erased, and without the instance's key nobody can "
                "tell which: put vigie.key back first"
            )
        pepper = self._work.pepper()
        foreign = sum(one.key != roll.key_of(pepper) for one in known)
        if foreign:
            stderr.print(
                f"{foreign} accounts were erased under another instance key: they cannot be found "
                "in the backup, and are not erased again.",
                style="bold yellow",
            )
        self._known = [*known, *_of_present(settings, pepper)]

    def erase(self, database: Database) -> None:
        """Erase them in a restored database."""
        if self._known:
            self.erased = again(database, self._known, self._work, clock.now_ms())


def _has_key(settings: Settings) -> bool:
    return settings.secrets.key is not None or (settings.data / instance.KEY_FILE).exists()


def _of_present(settings: Settings, pepper: bytes) -> list[Erased]:
    try:
        if not is_current(settings.database_url):
            return []
        database = connect(settings.database_url)
        try:
            with database.begin() as connection:
                return known_in(connection, pepper)
        finally:
            database.dispose()
    except (DBAPIError, NewerDatabaseError):
        # A damaged one is what backups are restored for: then the roll alone tells.
        return []


def _telling(bar: Progress, manifest: Manifest) -> Callable[[str, int], None]:
    task = bar.add_task("reading", total=manifest.rows)

    def told(table: str, rows: int) -> None:
        bar.update(task, description=table, advance=rows)

    return told


def _advise(settings: Settings, manifest: Manifest, aside: str | None) -> None:
    if aside is not None:
        stderr.print(f"What was there before is kept: {safe(aside)}", soft_wrap=True)
    if manifest.key is not None and _fingerprint(settings) != manifest.key:
        stderr.print(
            f"It belongs to the instance key {safe(manifest.key)}, which is not here: put "
            "vigie.key back before `vigie run`, or take a new one by `vigie secrets reset`.",
            style="bold yellow",
        )
    people = manifest.tables.get("reviewers")
    if people is not None and people.rows:
        stderr.print(
            "Reviewers are as they were then: whoever was disabled or removed since can sign in "
            "again, with the password and recovery codes of then; see `vigie user list`."
        )
    keys = manifest.tables.get("api_keys")
    if keys is not None and keys.rows:
        stderr.print(
            "API keys are as they were then: one that was revoked since holds again; see "
            "`vigie key list`."
        )


def _fingerprint(settings: Settings) -> str | None:
    """The fingerprint of the key that is here; none is made."""
    path = settings.data / instance.KEY_FILE
    if settings.secrets.key is None and not path.exists():
        return None
    try:
        return instance.opened(settings.secrets.key, settings.data)[0].fingerprint
    except InstanceKeyError:
        return None
