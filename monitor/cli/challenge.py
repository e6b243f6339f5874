"""`vigie challenge`: ask somebody to prove that it is them, and see what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from monitor import clock
from monitor.assembly import relying_party_of, sealing_keys_of
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.credentials import take_key
from monitor.cli.stored import stored
from monitor.cli.tenant import said
from monitor.mfa.challenge import STATES, Origin, Reason, State
from monitor.services.actor import operator
from monitor.services.challenge_views import Asked, ChallengeError, Wanted
from monitor.services.challenges import Challenges
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.refusal import NotThereError
from monitor.services.subscriber import Subscriber
from monitor.settings import load
from monitor.store.challenges import MOST, Filter

command = typer.Typer(help="Ask people to prove that it is them, and see what came of it.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@command.command()
def create(
    account: Annotated[str, typer.Option(help="The account, as the log names it.")],
    tenant: Annotated[
        str | None,
        typer.Option(help="Its tenant; else the one that the settings have.", callback=said),
    ] = None,
    session: Annotated[
        str,
        typer.Option(help="The session, as the application calls it; held at the gate until then."),
    ] = "",
    reason: Annotated[Reason, typer.Option(help="Why, as the user is told.")] = Reason.REVIEW,
    language: Annotated[str, typer.Option(help="Of the page: fr or en.")] = "fr",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Put a challenge to somebody. The link is shown this once: give it to them by a way that you
    trust. Whether there is such an account is not said.

    Examples:

        vigie challenge create --account u-17

        vigie challenge create --tenant acme --account u-17 --session 4f1c --json
    """
    wanted = Wanted(
        subscriber=Subscriber(tenant or load(config).tenant, account),
        session=session,
        reason=reason,
        origin=Origin.REVIEWER,
        language="en" if language == "en" else "fr",
        demands=bool(session),
    )
    with _desk(config) as desk:
        made = desk.create(operator(), wanted)
    if as_json:
        stdout.print_json(msgspec.json.encode(made).decode())
        return
    stdout.print(f"{made.handle}: holds until {clock.utc(made.expires)}")
    stdout.print(made.link, soft_wrap=True)


@command.command("list")
def list_challenges(
    tenant: Annotated[str | None, typer.Option(help="Only of this tenant.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=MOST)] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show challenges, the newest first.

    Examples:

        vigie challenge list

        vigie challenge list --state locked --json
    """
    with _desk(config) as desk:
        wanted = Filter(tenant=tenant, account=account, state=state)
        found, _ = desk.page(operator(), wanted, None, limit)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    if not found:
        stderr.print("There is no such challenge.")
        return
    table = Table(box=None)
    # The name is what `withdraw` takes: it is whole, however narrow the terminal.
    table.add_column("handle", no_wrap=True, min_width=32)
    table.add_column("state", no_wrap=True)
    for column in ("account", "asked for by", "since"):
        table.add_column(column, overflow="fold")
    for one in found:
        told = [safe(cell) for cell in (f"{one.tenant}/{one.account}", one.by)]
        table.add_row(one.handle, STATES[one.state].en, *told, clock.utc(one.created))
    stdout.print(table)


@command.command()
def withdraw(
    handle: Annotated[str, typer.Argument(help="What the challenge is called.")],
    config: Config = None,
) -> None:
    """Ask it no more, and let go of its session at the gate.

    Example:

        vigie challenge withdraw 5f3c0a9be1d24c7f8f6a1b2c3d4e5f60
    """
    with _desk(config) as desk:
        _say(desk.withdraw(operator(), handle))


def _say(one: Asked) -> None:
    stdout.print(f"{one.handle}: {STATES[one.state].en}")


@contextmanager
def _desk(config: Path | None) -> Iterator[Challenges]:
    settings = load(config)
    with stored(settings) as database:
        keyring = Keyring(take_key(settings, database).pepper, sealing_keys_of(settings))
        party, roster = relying_party_of(settings), settings.roster
        factors = Factors(database, keyring, party, roster=roster)
        try:
            yield Challenges(database, keyring, factors, terms=settings.challenges)
        except NotThereError:
            raise CommandError("there is no such challenge") from None
        except ChallengeError as error:
            raise CommandError(str(error)) from error
