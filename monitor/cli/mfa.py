"""`vigie mfa`: what subscribers prove who they are with: factors, links, recoveries."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from monitor import clock
from monitor.assembly import open_entrance
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.credentials import take_key
from monitor.cli.stored import stored
from monitor.cli.tenant import said
from monitor.directory.account import account_id
from monitor.mfa.enrolment_terms import LONGEST, SHORTEST
from monitor.mfa.lost_factor import DECIDED, OPEN, STATES, RecoveryError, State
from monitor.services.actor import operator
from monitor.services.enrolling import EnrolmentError, Issued
from monitor.services.recoveries import MOST, RecoveryView
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.subscriber_factors import Held, SubscriberFactors, open_desk
from monitor.settings import Settings, load

command = typer.Typer(
    help="What subscribers prove who they are with: factors, links to set one up, recoveries of "
    "those who lost every factor."
)

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Account = Annotated[str, typer.Argument(help="The account's id, as the log has it.")]
Handle = Annotated[str, typer.Argument(help="What it is called, as `show` or `recoveries` says.")]
Tenant = Annotated[
    str | None, typer.Option(help="Its tenant; else the one that the settings have.", callback=said)
]


_WHOLE = 32
"""As wide as a name that the other commands take: it is whole, however narrow the terminal."""


class Which(StrEnum):
    """Which recoveries are listed."""

    DECIDE = "decide"
    OPEN = "open"
    ALL = "all"


class Language(StrEnum):
    """In which language a link's pages begin."""

    FRENCH = "fr"
    ENGLISH = "en"


_STATES = {Which.DECIDE: DECIDED, Which.OPEN: OPEN, Which.ALL: frozenset[State]()}


class Desk(msgspec.Struct, frozen=True):
    """What a command works with."""

    factors: SubscriberFactors
    settings: Settings

    def id(self, account: str, tenant: str | None) -> bytes:
        """By what the directory knows an account."""
        return account_id(tenant or self.settings.tenant, account)


@command.command()
def show(
    account: Account, tenant: Tenant = None, as_json: AsJson = False, config: Config = None
) -> None:
    """Show what a subscriber has: factors, links and recoveries, by names and times.

    Examples:

        vigie mfa show u-1042 --tenant acme

        vigie mfa show u-1042 --json
    """
    with _desk(config) as desk:
        held = desk.factors.look(operator(), desk.id(account, tenant))
    if as_json:
        stdout.print_json(msgspec.json.encode(held).decode())
        return
    _show(held)


@command.command()
def link(
    account: Account,
    tenant: Tenant = None,
    minutes: Annotated[
        int | None,
        typer.Option(
            help="How long it can be opened.  [default: as the settings say]",
            min=SHORTEST,
            max=LONGEST,
        ),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of its pages.")] = Language.FRENCH,
    config: Config = None,
) -> None:
    """Print a link by which a subscriber sets up a first factor, good once.

    Hand it on by a way that only they read, never by a mail alone: whoever opens it is taken for
    them. There is none while something stands against the account: `recover` begins what takes a
    proof of identity and a second person.

    Examples:

        vigie mfa link u-1042 --tenant acme

        vigie mfa link u-1042 --minutes 30 --language en
    """
    with _desk(config) as desk:
        whose = desk.factors.subscriber(operator(), desk.id(account, tenant))
        made = desk.factors.enrolments.issue(operator(), whose, language.value, minutes)
    _print_link(made)


@command.command()
def withdraw(handle: Handle, config: Config = None) -> None:
    """Let a link that was given hold no longer.

    Example:

        vigie mfa withdraw 5f0c3a9be1d24e8f9a60c71b2d48e3f7
    """
    with _desk(config) as desk:
        desk.factors.enrolments.withdraw(operator(), handle)
    stderr.print("The link holds no more.")


@command.command()
def revoke(
    account: Account,
    handle: Handle,
    reason: Annotated[str, typer.Option(help="Why; it is written down.")],
    tenant: Tenant = None,
    config: Config = None,
) -> None:
    """Take a factor away from a subscriber, who is told. A new one then takes a recovery.

    Example:

        vigie mfa revoke u-1042 5f0c3a9be1d24e8f9a60c71b2d48e3f7 --reason "phone was stolen"
    """
    with _desk(config) as desk:
        desk.factors.revoke(operator(), desk.id(account, tenant), handle, reason)
    stderr.print(f"{safe(account)} has that factor no more.")


@command.command("recoveries")
def list_recoveries(
    state: Annotated[Which, typer.Option(help="Which of them.")] = Which.OPEN,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=MOST)] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show recoveries of those who lost every factor, the last first.

    Examples:

        vigie mfa recoveries

        vigie mfa recoveries --state decide --json
    """
    with _desk(config) as desk:
        found, _ = desk.factors.recoveries.page(operator(), _STATES[state], None, limit)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
    elif found:
        stdout.print(_table(found))
    else:
        stderr.print("There is no such recovery.")


@command.command()
def recover(account: Account, tenant: Tenant = None, config: Config = None) -> None:
    """Begin the recovery of a subscriber who lost every factor: they are told by mail.

    Example:

        vigie mfa recover u-1042 --tenant acme
    """
    with _desk(config) as desk:
        whose = desk.factors.subscriber(operator(), desk.id(account, tenant))
        made = desk.factors.recoveries.request(operator(), whose)
    stdout.print(made.handle)
    stderr.print("Note a proof of identity next: `vigie mfa prove`.")


@command.command()
def prove(
    handle: Handle,
    proof: Annotated[str, typer.Option(help="By what they proved who they are, as you saw it.")],
    config: Config = None,
) -> None:
    """Note by what somebody proved who they are. A second person agrees to it in the console.

    Example:

        vigie mfa prove 5f0c3a9be1d24e8f9a60c71b2d48e3f7 --proof "called back on HR's number"
    """
    with _desk(config) as desk:
        desk.factors.recoveries.note_proof(operator(), handle, proof)
    stderr.print("It waits for a second person, who agrees to it in the console.")


@command.command()
def refuse(
    handle: Handle,
    reason: Annotated[str, typer.Option(help="Why; the subscriber reads it.")],
    config: Config = None,
) -> None:
    """Refuse a recovery that is open.

    Example:

        vigie mfa refuse 5f0c3a9be1d24e8f9a60c71b2d48e3f7 --reason "not recognised"
    """
    with _desk(config) as desk:
        desk.factors.recoveries.refuse(operator(), handle, reason)
    stderr.print("It is refused.")


@command.command("hand-over")
def hand_over(handle: Handle, config: Config = None) -> None:
    """Print the link of a recovery whose waiting time is over, for somebody who has no mail.

    Example:

        vigie mfa hand-over 5f0c3a9be1d24e8f9a60c71b2d48e3f7
    """
    with _desk(config) as desk:
        made = desk.factors.recoveries.hand_over(operator(), handle)
    _print_link(made)


@contextmanager
def _desk(config: Path | None) -> Iterator[Desk]:
    settings = load(config)
    with stored(settings) as database:
        pepper = take_key(settings, database).pepper
        entrance = open_entrance(settings, database, pepper)
        desk = open_desk(
            database, entrance.keyring, entrance.factors, settings.enrolment, settings.roster
        )
        try:
            yield Desk(desk, settings)
        except (EnrolmentError, RecoveryError, NotThereError, StaleError) as error:
            raise CommandError(safe(str(error))) from error


def _print_link(made: Issued) -> None:
    stdout.print(made.link, markup=False, soft_wrap=True)
    until = clock.utc(made.expires)
    stderr.print(f"It opens once, until {until}, and is not shown again: hand it to them alone.")


def _show(held: Held) -> None:
    table = Table(box=None)
    table.add_column("factor", no_wrap=True, min_width=_WHOLE)
    for column in ("kind", "name", "since", "last used"):
        table.add_column(column, overflow="fold")
    for one in held.factors:
        used = "never" if one.last_used is None else clock.utc(one.last_used)
        name = one.name if one.left is None else f"{one.left} left"
        table.add_row(one.handle, one.kind.value, safe(name), clock.utc(one.created), used)
    if held.factors:
        stdout.print(table)
    else:
        stderr.print("There is no factor.")
    for given in held.links:
        until = clock.utc(given.expires)
        stdout.print(f"link {given.handle}  {given.purpose}  {given.state.value}  until {until}")
    if held.recoveries:
        stdout.print(_table(held.recoveries))
    if held.requirement is not None:
        stderr.print(f"A factor is asked for until {clock.utc(held.requirement.until)}.")
    if held.is_suspect and not held.factors:
        stderr.print("Something stands against the account: only a recovery leads to a factor.")


def _table(found: list[RecoveryView]) -> Table:
    table = Table(box=None)
    table.add_column("recovery", no_wrap=True, min_width=_WHOLE)
    for column in ("state", "tenant", "account", "asked for by", "since"):
        table.add_column(column, overflow="fold")
    for one in found:
        table.add_row(
            one.handle,
            STATES[one.state].en,
            safe(one.tenant),
            safe(one.account),
            safe(one.requester),
            clock.utc(one.requested),
        )
    return table
