"""`vigie secrets`: the instance's own key, those that secrets are sealed with, and what passkeys
are bound to: whether they are the database's, how one follows another, or a start without."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from monitor import assembly, instance
from monitor.chain.sealing import PURPOSE, Sealer
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.credentials import take_key
from monitor.cli.stored import stored
from monitor.mfa.sealing import name_of
from monitor.sealing_keys import SealingKeys
from monitor.services import relying_party
from monitor.services.actor import operator
from monitor.services.at_rest import current
from monitor.services.audit import record, sign_anew
from monitor.services.keyring import Keyring
from monitor.services.rotation import Rotation
from monitor.settings import Settings, load
from monitor.store.migration import is_current

command = typer.Typer(
    help="The instance's own key, the keys of what is sealed, what passkeys hang on."
)

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
            _tell_sealing(database, assembly.sealing_keys_of(settings))
            _tell_binding(database)


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


@command.command()
def rotate(
    forget_former: Annotated[
        bool,
        typer.Option(
            help="Take former keys away at the end: what backups from before hold of passwords and "
            "factors opens no more."
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Seal passwords, factors and drafts anew with another key, while everything runs.

    The new key is put into sealing.keys in the data folder; where the settings give the keys, it is
    the first of them. Interrupted at any instant, the same command goes on where it was.

    Examples:

        vigie secrets rotate

        vigie secrets rotate --forget-former
    """
    settings = load(config)
    with stored(settings) as database, progress("secrets") as shown:
        keyring = Keyring(take_key(settings, database).pepper, assembly.sealing_keys_of(settings))
        rotation, task = Rotation(database, keyring), shown.add_task("sealing anew")

        def tell(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total)

        outcome = rotation.run(tell)
        taken = rotation.forget_former() if forget_former else None
    stdout.print(f"{outcome.sealed} secrets were sealed anew with the new key")
    if outcome.lost:
        stderr.print(f"{outcome.lost} open with no key that is here, and stay as they are")
    if keyring.sealing.is_given:
        stderr.print("Take former keys out of secrets.sealing_keys once no backup needs them.")
    elif taken is None:
        stderr.print(
            f"Keep a copy of {safe(str(keyring.sealing.path))}. Former keys stay in it, so that "
            "backups from before now open; `vigie secrets rotate --forget-former` takes them away."
        )


@command.command()
def passkeys(
    forget: Annotated[
        bool, typer.Option("--forget", help="Take all of them away, for another mfa.rp_id.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Say what passkeys are bound to, and how many there are; or give them all up.

    Whoever had one has to set up another, and is told by mail that it was taken away.

    Examples:

        vigie secrets passkeys

        vigie secrets passkeys --forget --yes
    """
    settings = load(config)
    with stored(settings) as database:
        if not forget:
            _tell_binding(database)
            return
        take_key(settings, database)
        with database.begin() as connection:
            found = relying_party.bound(connection)
        if not yes and not typer.confirm(f"Take away {found.passkeys} passkeys?"):
            raise CommandError("nothing was changed")
        count = relying_party.forget(database, settings.roster, operator())
    stdout.print(f"{count} passkeys were taken away; the next one is bound to what mfa.rp_id says")


def _tell_sealing(database: Database, keys: SealingKeys) -> None:
    with database.begin() as connection:
        name = current(connection)
    known = [name_of(key) for key in keys.read()]
    if not name:
        stdout.print("secrets are sealed with it")
    elif name not in known:
        raise CommandError(
            f"secrets are sealed with the key {name.hex()}, which is not here: put it back into "
            f"{'secrets.sealing_keys' if keys.is_given else keys.path}"
        )
    else:
        more = len(known) - 1
        stdout.print(f"secrets are sealed with the key {name.hex()}; {more} former ones are kept")


def _tell_binding(database: Database) -> None:
    with database.connect() as connection:
        known, found = relying_party.fixed(connection), relying_party.bound(connection)
    if known is None or not found.passkeys:
        stdout.print("no passkey is bound to anything yet")
        return
    stdout.print(
        f"{found.passkeys} passkeys of {found.accounts} accounts and {found.reviewers} reviewers "
        f"are bound to {safe(known.id)}"
    )


def _key(settings: Settings) -> instance.InstanceKey:
    path = settings.data / instance.KEY_FILE
    if settings.secrets.key is None and not path.exists():
        raise CommandError(f"there is no key yet: `vigie run` makes {path}")
    return instance.opened(settings.secrets.key, settings.data)[0]
