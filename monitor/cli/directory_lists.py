"""Lists of accounts on the command line: shown, confirmed, undone, written."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from monitor import clock
from monitor.cli.console import progress, safe, stderr, stdout
from monitor.cli.directory_desk import AsJson, Config, Desk, open_desk, pair_of, print_json
from monitor.cli.tenant import said
from monitor.directory.importing import Import, Missing, Outcome
from monitor.directory.sheet.reading import Reading
from monitor.services.actor import operator
from monitor.services.imports import Wish
from monitor.store.imports import StoredImport, StoredRow

lists = typer.Typer()

_SHOWN = 20


@lists.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="The list: CSV of any encoding and separator.")],
    tenant: Annotated[
        str | None,
        typer.Option(help="The tenant of all lines; else a column names it.", callback=said),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="HEADING=FIELD", help="What a column means."),
    ] = None,
    month_first: Annotated[
        bool, typer.Option("--month-first", help="Days are written 12/31/2027.")
    ] = False,
    clear: Annotated[
        bool, typer.Option("--clear", help="An empty cell takes away what was there.")
    ] = False,
    missing: Annotated[
        Missing, typer.Option(help="What becomes of accounts that the list does not name.")
    ] = Missing.KEEP,
    missing_at_most: Annotated[
        int | None,
        typer.Option(min=0, help="How many of those, where they are more than a tenth."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take it over without asking.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what a list of accounts would change, and take it over once that is confirmed.

    Exits 1 when it is not taken over.

    Examples:

        vigie directory import staff.csv --tenant acme --dry-run

        vigie directory import staff.csv --tenant acme --missing offboard --yes

        vigie directory import staff.csv --column "N° agent=uid" --column Statut=
    """
    reading = Reading(
        tenant=tenant,
        mapping=dict(pair_of(one) for one in columns or ()),
        month_first=month_first,
        clears=clear,
    )
    wish = Wish(reading=reading, missing=missing, missing_at_most=missing_at_most)
    with open_desk(config) as desk:
        made = _previewed(desk, file, wish)
        rows = _some_rows(desk, made)
        if not as_json:
            _print_preview(made, rows)
        is_taken = _is_confirmed(made, dry_run=dry_run, yes=yes, as_json=as_json)
        if is_taken:
            made = desk.imports.apply(operator(), made.id)
        else:
            made = desk.imports.discard(operator(), made.id)
    if as_json:
        print_json(_told_import(made) | {"rows": [_told_row(one) for one in rows]})
    elif is_taken:
        stdout.print(
            f"taken over as import {made.id}; `vigie directory undo {made.id}` puts it back"
        )
    if not is_taken and not dry_run:
        raise typer.Exit(1)


@lists.command()
def imports(as_json: AsJson = False, config: Config = None) -> None:
    """Show the lists that were read, the last first.

    Example:

        vigie directory imports
    """
    with open_desk(config) as desk:
        found = desk.imports.all(operator())
    if as_json:
        print_json([_told_import(one) for one in found])
        return
    table = Table("import", "read", "file", "is", *(o.value for o in Outcome), box=None)
    for one in found:
        table.add_row(
            str(one.id),
            clock.utc(one.created),
            safe(one.told.file),
            one.state.value,
            *(f"{one.told.count(outcome):,}" for outcome in Outcome),
        )
    stdout.print(table)


@lists.command()
def undo(
    number: Annotated[int, typer.Argument(help="The import, as `imports` names it.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Put back what an import changed, but for accounts that were changed since.

    Example:

        vigie directory undo 7
    """
    with open_desk(config) as desk:
        done = desk.imports.undo(operator(), number)
    if as_json:
        print_json(_told_import(done))
        return
    stdout.print(f"import {number} is undone")
    if done.told.skipped:
        stdout.print(f"{done.told.skipped:,} accounts were changed since, and stay as they are")


@lists.command()
def export(
    tenant: Annotated[str | None, typer.Option(help="Only of this tenant.", callback=said)] = None,
    out: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
    semicolon: Annotated[
        bool, typer.Option("--semicolon", help="Apart by semicolons, as French spreadsheets do.")
    ] = False,
    config: Config = None,
) -> None:
    """Write the accounts as CSV that `import` reads back, and no spreadsheet takes for formulas.

    Example:

        vigie directory export --tenant acme --out accounts.csv
    """
    with open_desk(config) as desk:
        pieces = desk.imports.export(operator(), tenant, ";" if semicolon else ",")
        if out is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            return
        with out.open("wb") as opened:
            opened.writelines(pieces)
    stderr.print(f"written to {safe(out)}")


def _previewed(desk: Desk, file: Path, wish: Wish) -> StoredImport:
    with file.open("rb") as opened, progress("lines") as bar:
        task = bar.add_task("reading", total=None)

        def advance(lines: int) -> None:
            bar.update(task, completed=lines)

        return desk.imports.preview(operator(), opened, file.name, wish, advance)


def _some_rows(desk: Desk, made: StoredImport) -> list[StoredRow]:
    """The first of each outcome that somebody should look at."""
    found: list[StoredRow] = []
    for outcome in (Outcome.REFUSED, Outcome.CHANGED, Outcome.MISSING, Outcome.ADDED):
        found += desk.imports.rows(operator(), made.id, [outcome], 0, _SHOWN)
    return found


def _is_confirmed(made: StoredImport, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    if dry_run:
        return False
    if made.told.refusal is not None:
        if not as_json:
            stderr.print(f"not taken over: {safe(made.told.refusal.en)}")
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        stderr.print("nothing was taken over: --yes does it without asking")
        return False
    return typer.confirm("Take it over?")


def _print_preview(made: StoredImport, rows: Sequence[StoredRow]) -> None:
    told = made.told
    columns = ", ".join(f"{heading} → {name}" for heading, name in told.columns.items())
    stdout.print(f"{safe(told.file)}: {told.lines:,} lines, {told.encoding}, {safe(columns)}")
    if told.ignored:
        stdout.print(f"columns left out: {safe(', '.join(told.ignored))}")
    for remark in told.remarks:
        stdout.print(safe(remark.en))
    _print_counts(told)
    for one in rows:
        stdout.print(safe(_line(one)), soft_wrap=True)


def _print_counts(told: Import) -> None:
    counts = [f"{told.count(outcome):,} {outcome.value}" for outcome in Outcome]
    if told.repeated:
        counts.append(f"{told.repeated:,} told twice")
    if told.spared:
        counts.append(f"{told.spared:,} not named and left alone")
    stdout.print(", ".join(counts))


def _line(one: StoredRow) -> str:
    where = f"line {one.row.line}" if one.row.line else "not named"
    start = f"{one.outcome.value} ({where}) {one.row.uid}"
    if one.row.why is not None:
        return f"{start}: {one.row.why.en}"
    parts = [f"{c.field} {c.before or 'nothing'} → {c.after or 'nothing'}" for c in one.row.changes]
    parts += [f"{c.field} stays {c.before} (the list: {c.after})" for c in one.row.held]
    return f"{start}: {', '.join(parts)}" if parts else start


def _told_import(one: StoredImport) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one.told)
    return plain | {"id": one.id, "state": one.state.value, "tenant": one.tenant}


def _told_row(one: StoredRow) -> dict[str, Any]:
    return {
        "outcome": one.outcome.value,
        "line": one.row.line,
        "tenant": one.tenant,
        "uid": one.row.uid,
        "changes": [[c.field, c.before, c.after] for c in one.row.changes],
        "held": [[c.field, c.before, c.after] for c in one.row.held],
        "why": None if one.row.why is None else one.row.why.en,
    }
