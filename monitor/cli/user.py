"""`vigie user`: who may sign in to Vigie: invite, list, change, reset, sign out, remove them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import UNSET
from rich.table import Table

from monitor import clock
from monitor.assembly import open_entrance
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.credentials import take_key
from monitor.cli.stored import stored
from monitor.services.actor import Actor, Role, operator
from monitor.services.admission import link
from monitor.services.person import ReviewerError
from monitor.services.refusal import NotThereError
from monitor.services.review import plain
from monitor.services.reviewers import Reviewer, Reviewers
from monitor.settings import Settings, load
from monitor.store.sessions import SessionRow

command = typer.Typer(help="Who may sign in to Vigie: invite them, change and end what they may.")

Who = Annotated[str, typer.Argument(metavar="WHO", help="Their e-mail address, or their id.")]
Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@command.command()
def invite(
    email: Annotated[str, typer.Argument(help="Their e-mail address: what they sign in as.")],
    name: Annotated[str, typer.Option(help="Their name; else the address's first part.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    tenant: Annotated[str | None, typer.Option(help="The only tenant that they see.")] = None,
    again: Annotated[bool, typer.Option(help="A new link for somebody who was invited.")] = False,
    config: Config = None,
) -> None:
    """Print a link for somebody, good once, for 72 hours: they choose password and second factor.

    Vigie sends no mail. Hand the link on by a way that only they read.

    Examples:

        vigie user invite ada@example.com --name "Ada Lovelace" --role administrator

        vigie user invite bob@acme.example --role tenant_contact --tenant acme

        vigie user invite bob@acme.example --again
    """
    with _reviewers(config) as (reviewers, settings, actor):
        if again:
            key = reviewers.invite_again(actor, email)
        else:
            called = name or email.partition("@")[0]
            _, key = reviewers.invite(actor, email, called, role, tenant)
    _print_link(settings, key)


@command.command("list")
def list_users(as_json: AsJson = False, config: Config = None) -> None:
    """Show everybody who may sign in: role, state, and when they last did.

    Example:

        vigie user list
    """
    with _reviewers(config) as (reviewers, _, actor):
        found = list(_every(reviewers, actor))
    if as_json:
        stdout.print_json(json.dumps([plain(one) for one in found]))
    elif found:
        stdout.print(_table(found))
    else:
        stderr.print("There is nobody yet: `vigie user invite EMAIL --role administrator`.")


@command.command()
def show(who: Who, as_json: AsJson = False, config: Config = None) -> None:
    """Show one of them: what they may do, what they sign in with, where they are signed in.

    Example:

        vigie user show ada@example.com
    """
    with _reviewers(config) as (reviewers, _, actor):
        one = reviewers.get(actor, who)
        open_ = reviewers.sessions(actor, one.uid)
    if as_json:
        told: Any = plain(one)
        stdout.print_json(json.dumps({**told, "sessions": [_session(row) for row in open_]}))
        return
    for name, value in _facts(one):
        stdout.print(f"{name:<16}{safe(value)}", markup=False, highlight=False)
    stdout.print(_session_table(open_))


@command.command()
def role(
    who: Who,
    wanted: Annotated[Role, typer.Argument(metavar="ROLE", help="What they may do from now on.")],
    tenant: Annotated[
        str | None,
        typer.Option(help="The only tenant that they see.  [default: the one that they see now]"),
    ] = None,
    all_tenants: Annotated[
        bool, typer.Option("--all-tenants", help="They see all tenants from now on.")
    ] = False,
    config: Config = None,
) -> None:
    """Give somebody another role; their sessions end.

    Examples:

        vigie user role ada@example.com approver

        vigie user role bob@acme.example tenant_contact --tenant acme

        vigie user role bob@acme.example administrator --all-tenants
    """
    if all_tenants and tenant is not None:
        raise CommandError("say --tenant or --all-tenants, not both", 2)
    seen = None if all_tenants else UNSET if tenant is None else tenant
    with _reviewers(config) as (reviewers, _, actor):
        one = reviewers.change(actor, who, role=wanted, tenant=seen)
    stderr.print(f"{safe(one.email)} is {one.role.value} now.")


@command.command()
def disable(who: Who, config: Config = None) -> None:
    """Let somebody in no more, from this moment; `enable` lets them in again.

    Example:

        vigie user disable bob@acme.example
    """
    with _reviewers(config) as (reviewers, _, actor):
        one = reviewers.disable(actor, who)
    stderr.print(f"{safe(one.email)} is out, and comes in no more.")


@command.command()
def enable(who: Who, config: Config = None) -> None:
    """Let somebody in again who was disabled.

    Example:

        vigie user enable bob@acme.example
    """
    with _reviewers(config) as (reviewers, _, actor):
        one = reviewers.enable(actor, who)
    stderr.print(f"{safe(one.email)} is {one.state} again.")


@command.command()
def reset(
    who: Who,
    password: Annotated[bool, typer.Option("--password", help="The password.")] = False,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="The authenticator and the recovery codes.")
    ] = False,
    config: Config = None,
) -> None:
    """Print a link by which somebody chooses anew what they have lost; what they had is void.

    Who has lost the password proves the second factor, and the other way round: the link alone is
    enough only where both are reset. Their sessions end.

    Examples:

        vigie user reset ada@example.com --password

        vigie user reset ada@example.com --password --second-factor
    """
    with _reviewers(config) as (reviewers, settings, actor):
        key = reviewers.reset(actor, who, password=password, second_factor=second_factor)
    _print_link(settings, key)


@command.command()
def sessions(who: Who, as_json: AsJson = False, config: Config = None) -> None:
    """Show where somebody is signed in.

    Example:

        vigie user sessions ada@example.com
    """
    with _reviewers(config) as (reviewers, _, actor):
        open_ = reviewers.sessions(actor, who)
    if as_json:
        stdout.print_json(json.dumps([_session(row) for row in open_]))
    else:
        stdout.print(_session_table(open_))


@command.command("sign-out")
def sign_out(
    who: Who,
    session: Annotated[str | None, typer.Option(help="Only this one, as `sessions` says.")] = None,
    config: Config = None,
) -> None:
    """End somebody's sessions, at once and everywhere.

    Example:

        vigie user sign-out ada@example.com
    """
    with _reviewers(config) as (reviewers, _, actor):
        ended = reviewers.sign_out(actor, who, session)
    stderr.print(f"{ended} session{'' if ended == 1 else 's'} ended.")


@command.command()
def remove(who: Who, yes: Sure = False, config: Config = None) -> None:
    """Forget somebody altogether; what they did stays in the audit.

    Example:

        vigie user remove bob@acme.example --yes
    """
    if not yes:
        typer.confirm(f"Remove {safe(who)}?", abort=True, err=True)
    with _reviewers(config) as (reviewers, _, actor):
        reviewers.remove(actor, who)
    stderr.print(f"{safe(who)} is gone.")


@contextmanager
def _reviewers(config: Path | None) -> Iterator[tuple[Reviewers, Settings, Actor]]:
    settings = load(config)
    with stored(settings) as database:
        pepper = take_key(settings, database).pepper
        try:
            yield open_entrance(settings, database, pepper).reviewers, settings, operator()
        except (ReviewerError, NotThereError) as error:
            raise CommandError(safe(str(error))) from error


def _print_link(settings: Settings, key: str) -> None:
    stdout.print(link(settings.web.address, key), markup=False, soft_wrap=True)
    stderr.print("It is good once, for 72 hours, and is not shown again: hand it to them alone.")


def _every(reviewers: Reviewers, actor: Actor) -> Iterator[Reviewer]:
    after: tuple[str, str] | None = None
    while True:
        rows, after = reviewers.page(actor, 200, after)
        yield from rows
        if after is None:
            return


def _table(found: list[Reviewer]) -> Table:
    table = Table("address", "name", "role", "state", "signs in with", "last sign-in", box=None)
    for one in found:
        seen = "never" if one.last_sign_in is None else clock.utc(one.last_sign_in)
        role_of = one.role.value + (f" of {one.tenant}" if one.tenant else "")
        table.add_row(
            *(safe(text) for text in (one.email, one.name, role_of, one.state, _by(one), seen))
        )
    return table


def _facts(one: Reviewer) -> Iterator[tuple[str, str]]:
    yield "address", one.email
    yield "name", one.name
    yield "id", one.uid
    yield "role", one.role.value + (f" of {one.tenant}" if one.tenant else "")
    yield "state", one.state
    yield "signs in with", _by(one)
    yield "recovery codes", f"{one.recovery_codes} left"
    yield "last sign-in", "never" if one.last_sign_in is None else clock.utc(one.last_sign_in)
    if one.invited_until is not None:
        yield "has a link", f"until {clock.utc(one.invited_until)}"


def _by(one: Reviewer) -> str:
    has = ((one.has_password, "password"), (one.has_second_factor, "one-time codes"))
    return " and ".join(name for is_there, name in has if is_there) or "nothing here"


def _session_table(rows: list[SessionRow]) -> Table:
    table = Table("session", "address", "since", "last seen", "user agent", box=None)
    for row in rows:
        times = (clock.utc(row.created), clock.utc(row.last_seen))
        table.add_row(row.uid, safe(row.ip), *times, safe(row.user_agent))
    return table


def _session(row: SessionRow) -> dict[str, Any]:
    names = ("uid", "method", "created", "last_seen", "expires", "ip", "user_agent")
    return {name: getattr(row, name) for name in names}
