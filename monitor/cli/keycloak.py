"""Takes the users of a Keycloak realm into the directory: shown first, and only then taken."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from msgspec import Struct
from rich.table import Table
from sqlalchemy import Engine

from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.stored import stored
from monitor.directory.comparing import shown
from monitor.directory.importing import Missing, Outcome
from monitor.directory.keycloak import RealmTerms, Told
from monitor.services.actor import operator
from monitor.services.realm_import import RealmImport, Taken
from monitor.settings import Settings, load
from monitor.sources.realm_users import RealmUsers, open_realm

_ROWS: Final = 20
_WORTH_SHOWING: Final = (Outcome.REFUSED, Outcome.MISSING, Outcome.CHANGED, Outcome.ADDED)


class _Read(Struct, frozen=True):
    """What a realm gave."""

    users: list[Told]
    is_whole: bool
    unread: int

    @property
    def ids(self) -> frozenset[str]:
        """The realm's own ids of them."""
        return frozenset(told.user.id for told in self.users)


def import_keycloak(
    name: Annotated[str, typer.Argument(help="The realm, as [realms.NAME] of the settings.")],
    yes: Annotated[bool, typer.Option("--yes", help="Take it over without asking.")] = False,
    rows: Annotated[
        int, typer.Option(min=0, max=100_000, help="How many changes to show.")
    ] = _ROWS,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what every user comes to as JSON.")
    ] = False,
) -> None:
    """Show what the users of a Keycloak realm would change in the directory, and take them over.

    Nothing changes before you say so, or by --yes. What a person said of an account stays, and is
    told as held. Where the settings say `missing = "offboard"`, accounts that the realm has not
    any more are offboarded, if it was read whole.

    Examples:

        vigie directory import-keycloak acme

        vigie directory import-keycloak acme --yes --rows 0

        vigie directory import-keycloak acme --json > preview.json
    """
    settings = load(config)
    terms = _terms(settings, name)
    with stored(settings) as database:
        read = _read(name, terms)
        taking = RealmImport(database, name, terms)
        found = list(taking.preview(operator(), read.users))
        found += taking.gone(operator(), read.ids) if _ends(read, terms) else []
        if as_json:
            stdout.print_json(json.dumps([_plain(taken) for taken in found]))
        else:
            _show(found, read, terms, rows)
        counts = Counter(taken.outcome for taken in found)
        if not any(counts[what] for what in (Outcome.ADDED, Outcome.CHANGED, Outcome.MISSING)):
            stderr.print("There is nothing to take over.")
        elif yes or (not as_json and _is_meant()):
            _take(database, name, terms, read)


def _terms(settings: Settings, name: str) -> RealmTerms:
    terms = settings.realms.get(name)
    if terms is None:
        known = ", ".join(sorted(settings.realms)) or "none"
        raise CommandError(f"there is no [realms.{name}] in the settings (there: {known})", 2)
    return terms


def _read(name: str, terms: RealmTerms) -> _Read:
    users = RealmUsers(open_realm(name, terms), name, terms)
    with progress("users") as bar:
        task = bar.add_task(name, total=None)
        found = []
        for told in users.read():
            found.append(told)
            bar.update(task, completed=len(found))
    return _Read(found, users.is_whole, users.unread)


def _ends(read: _Read, terms: RealmTerms) -> bool:
    return read.is_whole and terms.missing is Missing.OFFBOARD


def _show(found: Sequence[Taken], read: _Read, terms: RealmTerms, rows: int) -> None:
    worth = sorted(
        (taken for taken in found if taken.outcome in _WORTH_SHOWING or taken.held),
        key=lambda taken: _rank(taken.outcome),
    )
    if rows and worth:
        stdout.print(_table(worth[:rows]))
        if len(worth) > rows:
            stdout.print(f"and {len(worth) - rows:,} more; --rows shows them")
    counts = Counter(taken.outcome for taken in found)
    told = ", ".join(f"{counts[what]:,} {what.value}" for what in Outcome if counts[what])
    stdout.print(f"{len(read.users):,} users: {told or 'none'}")
    if not read.is_whole:
        more = f"; {read.unread:,} could not be understood" if read.unread else ""
        stderr.print(f"The realm changed while it was read, or not all of it could be{more}.")
        if terms.missing is Missing.OFFBOARD:
            stderr.print("Nobody is offboarded for not being in it.")


def _table(some: Iterable[Taken]) -> Table:
    table = Table("Account", "Comes to", "Changes", "Held")
    for taken in some:
        changes = [f"{d.field}: {shown(d.before)} → {shown(d.after)}" for d in taken.changed]
        if taken.outcome is Outcome.ADDED:
            changes = [f"{d.field}: {shown(d.after)}" for d in taken.changed]
        why = "" if taken.why is None else taken.why.en
        held = [f"{d.field}: {shown(d.before)}" for d in taken.held]
        table.add_row(
            safe(taken.uid),
            taken.outcome.value,
            (why and safe(why)) or "\n".join(map(safe, changes)),
            "\n".join(map(safe, held)),
        )
    return table


def _rank(outcome: Outcome) -> int:
    return _WORTH_SHOWING.index(outcome) if outcome in _WORTH_SHOWING else len(_WORTH_SHOWING)


def _is_meant() -> bool:
    if not stderr.is_terminal:
        stderr.print("Nothing was changed: --yes takes it over.")
        return False
    return typer.confirm("Take this over?", err=True)


def _take(database: Engine, name: str, terms: RealmTerms, read: _Read) -> None:
    taking = RealmImport(database, name, terms)
    counts: Counter[Outcome] = Counter()
    with progress("users") as bar:
        task = bar.add_task(name, total=len(read.users))
        for taken in taking.take(operator(), read.users):
            counts[taken.outcome] += 1
            bar.advance(task)
    if _ends(read, terms):
        counts.update(taken.outcome for taken in taking.offboard(operator(), read.ids))
    told = ", ".join(f"{count:,} {what.value}" for what, count in counts.items())
    stderr.print(f"Taken over: {told}.")


def _plain(taken: Taken) -> dict[str, Any]:
    told: dict[str, Any] = {"uid": taken.uid, "outcome": taken.outcome.value}
    for key, differences in (("changed", taken.changed), ("held", taken.held)):
        told[key] = {d.field: [shown(d.before), shown(d.after)] for d in differences}
    return told if taken.why is None else told | {"why": taken.why.en}
