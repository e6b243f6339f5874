"""`vigie key`: keys by which programs send events, read what was found, or provision."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from detectors.core.event import DAY, HOUR, MINUTE
from monitor import clock
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.credentials import take_key
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeyError, ApiKeys, State
from monitor.services.authority import Operation, named
from monitor.settings import Settings, load
from monitor.sources.inbox import PUSH
from monitor.store.api_keys import ApiKeyRow

command = typer.Typer(
    help="Keys by which programs send, read or provision: make, list, rotate, end them."
)

Name = Annotated[str, typer.Argument(help="The key's name.")]
Config = Annotated[Path | None, typer.Option(help="Settings.")]

_DURATION = re.compile(r"([1-9][0-9]{0,5})([mhd])\Z")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}


@command.command()
def create(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it is for, such as incidents:read; events:write by itself."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="The only source it may send to; else any that is pushed.")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="The only tenant it may speak for; else any.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="90d", help="How long it holds, in d, h or m; else ever.")
    ] = None,
    config: Config = None,
) -> None:
    """Print a new key, this once: only a digest of it is kept.

    Examples:

        vigie key create crm --source crm --expires 365d

        vigie key create acme --source crm --tenant acme > acme.key

        vigie key create board --scope incidents:read --scope status:read

        vigie key create entra --scope directory:provision --tenant acme > scim.key
    """
    scopes = [_operation(one) for one in scope or (Operation.EVENTS_WRITE.scope,)]
    with _keys(config) as (keys, settings):
        if Operation.EVENTS_WRITE in scopes:
            _check_source(settings, source)
        until = None if expires is None else clock.now_ms() + _milliseconds(expires)
        key = keys.create(operator(), name, scopes, tenant=tenant, source=source, expires=until)
    stdout.print(key, markup=False, soft_wrap=True)
    stderr.print("Keep it where only the sender can read it: it is not shown again.")
    if Operation.DIRECTORY_PROVISION in scopes and tenant is None:
        stderr.print("It is for no tenant, and opens no /scim/v2: make one with --tenant for that.")


@command.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Print the keys as JSON.")] = False,
    config: Config = None,
) -> None:
    """Show every key: what it is for, and when it was used last.

    Example:

        vigie key list
    """
    with _keys(config) as (keys, _):
        found = keys.all(operator())
    if as_json:
        stdout.print_json(json.dumps([_plain(row, state) for row, state in found]))
        return
    if not found:
        stderr.print("There is no key yet: `vigie key create NAME` makes one.")
        return
    stdout.print(_table(found))


@command.command()
def rotate(
    name: Annotated[str, typer.Argument(help="The key's name.")] = "",
    grace: Annotated[
        str, typer.Option(metavar="24h", help="How long the old key still holds, in d, h or m.")
    ] = "24h",
    config: Config = None,
) -> None:
    """Print a new key for a name; the old one holds a while more, so that nobody is cut off.

    Example:

        vigie key rotate crm --grace 7d
    """
    if not name:
        raise CommandError(
            "name one of `vigie key list`; what secrets are sealed with is changed by "
            "`vigie secrets rotate`",
            2,
        )
    with _keys(config) as (keys, _):
        key, former = keys.rotate(operator(), name, 0 if grace == "0" else _milliseconds(grace))
    stdout.print(key, markup=False, soft_wrap=True)
    stderr.print(f"The old one is called {safe(former)} now; `vigie key list` shows whether it is")
    stderr.print("still used, and `vigie key revoke` ends it at once.")


@command.command()
def revoke(name: Name, config: Config = None) -> None:
    """End a key: within a second nothing is taken by it any more.

    Example:

        vigie key revoke crm
    """
    with _keys(config) as (keys, _):
        keys.revoke(operator(), name)
    stdout.print(f"{safe(name)} is revoked")


@command.command()
def remove(name: Name, config: Config = None) -> None:
    """Forget a key that was revoked or has expired, so that its name can be given again.

    Example:

        vigie key remove crm
    """
    with _keys(config) as (keys, _):
        keys.remove(operator(), name)
    stdout.print(f"{safe(name)} is forgotten")


@contextmanager
def _keys(config: Path | None) -> Iterator[tuple[ApiKeys, Settings]]:
    settings = load(config)
    with stored(settings) as database:
        try:
            yield ApiKeys(database, pepper=take_key(settings, database).pepper), settings
        except ApiKeyError as error:
            raise CommandError(str(error)) from error


def _check_source(settings: Settings, source: str | None) -> None:
    pushed = [one.name for one in settings.sources if one.url == PUSH]
    if not pushed:
        raise CommandError('no source is pushed: the settings need one with url = "push:"')
    if source is not None and source not in pushed:
        raise CommandError(f"no source called {source} is pushed; there is {', '.join(pushed)}", 2)


def _operation(scope: str) -> Operation:
    found = named(scope)
    if found is None or not found.for_keys:
        known = ", ".join(sorted(one.scope for one in Operation if one.for_keys))
        raise CommandError(f"{scope} is nothing that a key can be for; there is {known}", 2)
    return found


def _milliseconds(text: str) -> int:
    found = _DURATION.match(text)
    if found is None:
        raise CommandError(f"expected a time such as 90d, 12h or 30m, got {text!r}", 2)
    return int(found[1]) * _UNITS[found[2]]


def _plain(row: ApiKeyRow, state: State) -> dict[str, Any]:
    return {
        "name": row.name,
        "state": state.value,
        "scopes": sorted(row.scopes),
        "source": row.source,
        "tenant": row.tenant,
        "created": row.created,
        "expires": row.expires,
        "last_used": row.last_used,
        "revoked": row.revoked,
    }


def _table(found: list[tuple[ApiKeyRow, State]]) -> Table:
    table = Table("name", "state", "scopes", "source", "tenant", "created", "expires", "last used")
    for row, state in found:
        table.add_row(
            safe(row.name),
            state.value,
            " ".join(sorted(row.scopes)),
            safe(row.source or "any"),
            safe(row.tenant or "any"),
            _time(row.created),
            _time(row.expires),
            _time(row.last_used),
        )
    return table


def _time(at: int | None) -> str:
    return "never" if at is None else clock.utc(at)
