"""What the commands of the directory work with, and how they tell what they find."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
from rich.table import Table

from monitor import clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.stored import stored
from monitor.services.directory import Directory
from monitor.services.imports import Imports
from monitor.services.refusal import NotThereError
from monitor.settings import Settings, load
from monitor.store.directory import StoredAccount, StoredTenant

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


class Desk(NamedTuple):
    """What a command works with."""

    directory: Directory
    imports: Imports
    settings: Settings


@contextmanager
def open_desk(config: Path | None) -> Iterator[Desk]:
    """The directory of the settings' database, while in the block. Raises CommandError for what is
    not there."""
    settings = load(config)
    with stored(settings) as database:
        try:
            yield Desk(Directory(database), Imports(database), settings)
        except NotThereError as error:
            raise CommandError(str(error)) from error


def tenant_of(desk: Desk, tenant: str | None) -> str:
    """The tenant that is meant."""
    return tenant or desk.settings.tenant


def cells_of(fields: Sequence[str]) -> dict[str, str]:
    """Values by field, of arguments such as `locale=fr`. Raises CommandError."""
    return dict(pair_of(one) for one in fields)


def pair_of(text: str) -> tuple[str, str]:
    """What stands before and behind the first `=`. Raises CommandError."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise CommandError(f"expected such as locale=fr, got {text!r}", 2)
    return name, value


def told_account(one: StoredAccount) -> dict[str, Any]:
    """An account as JSON tells it."""
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(one.account))
    return plain | {"version": one.version, "created": one.created, "updated": one.updated}


def told_tenant(one: StoredTenant) -> dict[str, Any]:
    """A tenant as JSON tells it."""
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(one.tenant))
    return plain | {"version": one.version, "created": one.created, "updated": one.updated}


def show_fields(told: dict[str, Any], as_json: bool) -> None:
    """Print fields, and who said each of them."""
    if as_json:
        print_json(told)
        return
    table = Table("field", "value", "said by", box=None)
    origins = told["origins"]
    for name, value in told.items():
        if name == "origins" or value in (None, "", [], {}):
            continue
        if name in ("created", "updated"):
            text = clock.utc(value)
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        said = origins.get(name, [""])[0]
        table.add_row(name, safe(text), said)
    stdout.print(table)


def print_json(told: Any) -> None:
    """Print plain values as JSON."""
    stdout.print_json(json.dumps(told))
