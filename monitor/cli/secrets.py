"""`vigie secrets`: the instance's own key: whether it is the database's, or a start without it."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from monitor import instance
from monitor.chain.sealing import PURPOSE, Sealer
from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.audit import record, sign_anew
from monitor.settings import Settings, load
from monitor.store.migration import is_current

command = typer.Typer(help="The instance's own key, from which digests of other secrets are made.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]


@command.command()
def status(config: Config = None) -> None:
    """Say where the key lies and whether it is the database's; exits 1 when it is not.

    Example:

        vigie secrets status
    """
    settings = load(config)
    key = _key(settings)
    where = "the settings" if settings.secrets.key else str(settings.data / instance.KEY_FILE)
    stdout.print(f"key {key.fingerprint} from {safe(where)}")
    if is_current(settings.database_url):
        with stored(settings) as database:
            instance.adopt(database, key)
        stdout.print("it is this database's")


@command.command()
def reset(
    config: Config = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the present key for the database's, when its own is lost.

    Every API key and every console session is void afterwards. What was read and found stays.

    Example:

        vigie secrets reset --yes
    """
    settings = load(config)
    with stored(settings) as database:
        if not yes and not typer.confirm("Void every API key and every console session?"):
            raise CommandError("nothing was changed")
        key, made = instance.opened(settings.secrets.key, settings.data)
        sealer = Sealer(key.derive(PURPOSE))
        told = {"fingerprint": key.fingerprint, "public_key": sealer.public.hex()}

        def write(connection: Connection) -> None:
            sign_anew(connection, sealer)
            record(connection, operator(), "secrets:reset", "secrets", content=told)

        instance.reset(database, key, write)
    stdout.print(f"the key is {key.fingerprint} now{' (made just now)' if made else ''}")


def _key(settings: Settings) -> instance.InstanceKey:
    path = settings.data / instance.KEY_FILE
    if settings.secrets.key is None and not path.exists():
        raise CommandError(f"there is no key yet: `vigie run` makes {path}")
    return instance.opened(settings.secrets.key, settings.data)[0]
