"""`vigie directory`: whose accounts they are: tenants, accounts, and lists of them."""

from typing import Annotated

import typer
from rich.table import Table

from detectors.core.event import DAY
from monitor import clock
from monitor.cli import directory_lists
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.directory_desk import (
    AsJson,
    Config,
    cells_of,
    open_desk,
    print_json,
    show_fields,
    tenant_of,
    told_account,
    told_tenant,
)
from monitor.cli.keycloak import import_keycloak
from monitor.cli.tenant import said
from monitor.directory.account import Mfa, State, midnight
from monitor.directory.sheet.reading import HEADINGS, Reading, changes_of
from monitor.directory.sheet.tenant_cells import tenant_changes_of
from monitor.directory.sheet.values import day_of
from monitor.directory.tenant import tenant_id
from monitor.services.actor import operator
from monitor.services.refusal import NotThereError
from monitor.store.directory import AccountFilter, Place, StoredAccount, StoredTenant

command = typer.Typer(help="Whose accounts they are: tenants, accounts, and lists of them.")
command.add_typer(directory_lists.lists)
command.command("import-keycloak")(import_keycloak)

Account = Annotated[str, typer.Argument(help="The account's uid, or another name of it.")]
Tenant = Annotated[
    str | None, typer.Option(help="The tenant; else the one that the settings have.", callback=said)
]
Reason = Annotated[str, typer.Option(help="Why; it is written down.")]
Fields = Annotated[
    list[str] | None,
    typer.Argument(metavar="FIELD=VALUE…", help="What to set; an empty value takes it away."),
]

_ACCOUNT_FIELDS = {*HEADINGS, "external"} - {"uid", "tenant"}


@command.command()
def tenants(
    text: Annotated[str, typer.Argument(help="Part of a uid or a name.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the tenants, and how many accounts they have.

    Example:

        vigie directory tenants
    """
    found: list[StoredTenant] = []
    after, states = "", {}
    with open_desk(config) as desk:
        while True:
            page = desk.directory.tenants(operator(), text, after, 200)
            found += page.items
            states = dict(page.states)
            if page.next is None:
                break
            after = page.next
    if as_json:
        print_json([told_tenant(one) for one in found])
        return
    table = Table("tenant", "name", "zone", "plan", "active", "provisional", "offboarded", box=None)
    for one in found:
        counts = states.get(one.tenant.uid, {})
        numbers = (State.ACTIVE, State.PROVISIONAL, State.OFFBOARDED)
        table.add_row(
            safe(one.tenant.uid),
            safe(one.tenant.name),
            safe(one.tenant.zone),
            safe(one.tenant.plan),
            *(f"{counts.get(state, 0):,}" for state in numbers),
        )
    stdout.print(table)


@command.command()
def tenant(
    uid: Annotated[str, typer.Argument(help="The tenant, as the log has it.")],
    fields: Fields = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show a tenant, or set fields of it: name, zone, language, plan, seats, countries,
    mfa_required, contacts. One that is not there yet is made.

    Examples:

        vigie directory tenant acme

        vigie directory tenant acme zone=Europe/Paris countries=FR,BE "contacts=Ann <a@example.com>"
    """
    with open_desk(config) as desk:
        if fields:
            changes = tenant_changes_of(cells_of(fields))
            try:
                made = desk.directory.change_tenant(operator(), tenant_id(uid), changes)
            except NotThereError:
                made = desk.directory.create_tenant(operator(), uid, changes)
        else:
            made = desk.directory.tenant(operator(), tenant_id(uid))
    show_fields(told_tenant(made), as_json)


@command.command()
def accounts(
    text: Annotated[str, typer.Argument(help="Part of a uid, a name or an address.")] = "",
    tenant: Annotated[str | None, typer.Option(help="Only of this tenant.", callback=said)] = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    mfa: Annotated[Mfa | None, typer.Option(help="Only with such a second factor.")] = None,
    privileged: Annotated[bool, typer.Option("--privileged", help="Only privileged ones.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show accounts by tenant and uid.

    Examples:

        vigie directory accounts --tenant acme --state provisional

        vigie directory accounts lee --json
    """
    wanted = AccountFilter(
        tenant=tenant, text=text, state=state, mfa=mfa, privileged=True if privileged else None
    )
    found: list[StoredAccount] = []
    after: Place | None = None
    with open_desk(config) as desk:
        while len(found) < limit:
            page = desk.directory.accounts(operator(), wanted, after, min(200, limit - len(found)))
            found += page.items
            after = page.next
            if after is None:
                break
    if as_json:
        print_json([told_account(one) for one in found])
        return
    table = Table("tenant", "account", "name", "kind", "state", "MFA", "privileged", box=None)
    for one in found:
        account = one.account
        table.add_row(
            safe(account.tenant),
            safe(account.uid),
            safe(account.display_name),
            account.kind.value,
            account.state.value,
            account.mfa.value,
            "yes" if account.privileged else "",
        )
    stdout.print(table)
    if after is not None:
        stderr.print(f"{page.total:,} in all: --limit shows more")


@command.command()
def show(
    account: Account, tenant: Tenant = None, as_json: AsJson = False, config: Config = None
) -> None:
    """Show one account, and who said what of it.

    Example:

        vigie directory show u-1042 --tenant acme
    """
    with open_desk(config) as desk:
        found = desk.directory.find(operator(), tenant_of(desk, tenant), account)
    show_fields(told_account(found), as_json)


@command.command("set")
def set_fields(
    account: Account,
    fields: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE…", help="What to set; an empty value takes it away."),
    ],
    tenant: Tenant = None,
    release: Annotated[
        bool,
        typer.Option("--release", help="Take back what people said of these fields (no values)."),
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Set fields of an account, by the word of a person: no import or provider changes them then.

    Fields are those of a list: display_name, email, kind, state, roles, privileged, aliases, mfa,
    mfa_methods, tags, started, ended, locale, external.PROVIDER. One that is not there yet is made.

    Examples:

        vigie directory set u-1042 kind=service "display_name=Nightly export"

        vigie directory set u-1042 state display_name --release
    """
    with open_desk(config) as desk:
        named = tenant_of(desk, tenant)
        if release:
            found = desk.directory.find(operator(), named, account)
            made = desk.directory.release(operator(), found.id, tuple(fields))
        else:
            cells = cells_of(fields)
            _check_fields(cells)
            reading = Reading(tenant=named, clears=True, at=clock.now_ms())
            changes = changes_of(cells, reading)
            try:
                found = desk.directory.find(operator(), named, account)
                made = desk.directory.change(operator(), found.id, changes).stored
            except NotThereError:
                made = desk.directory.create(operator(), named, account, changes)
    show_fields(told_account(made), as_json)


@command.command()
def offboard(
    account: Account, reason: Reason = "", tenant: Tenant = None, config: Config = None
) -> None:
    """Say that whoever had the account has left: sign-ins with it are findings from now on.

    Example:

        vigie directory offboard u-1042 --reason "left in May"
    """
    with open_desk(config) as desk:
        found = desk.directory.find(operator(), tenant_of(desk, tenant), account)
        desk.directory.offboard(operator(), found.id, reason)
    stdout.print(f"{safe(found.account.uid)} is offboarded")


@command.command()
def share(
    account: Account,
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    reason: Reason = "",
    until: Annotated[
        str, typer.Option(metavar="2027-01-31", help="The last day; within a year.")
    ] = "",
    end: Annotated[bool, typer.Option("--end", help="End it now.")] = False,
    tenant: Tenant = None,
    config: Config = None,
) -> None:
    """Authorise that several people use an account until a day, or end that.

    Examples:

        vigie directory share desk-1 --owner "Ann Lee" --reason "front desk" --until 2027-01-31

        vigie directory share desk-1 --end --reason "each has an account now"
    """
    with open_desk(config) as desk:
        found = desk.directory.find(operator(), tenant_of(desk, tenant), account)
        if end:
            desk.directory.end_sharing(operator(), found.id, reason)
            stdout.print(f"{safe(found.account.uid)} is one person's")
            return
        if not until:
            raise CommandError("--until says the last day, such as 2027-01-31", 2)
        last = day_of("until", until)
        desk.directory.authorise_sharing(
            operator(), found.id, owner=owner, reason=reason, until=midnight(last) + DAY
        )
    stdout.print(
        f"{safe(found.account.uid)} may be shared until the end of {last.isoformat()}, UTC"
    )


@command.command()
def merge(
    account: Account,
    duplicate: Annotated[str, typer.Argument(help="The other one, which becomes a name of it.")],
    reason: Reason = "",
    tenant: Tenant = None,
    config: Config = None,
) -> None:
    """Make one account of two that are one person's.

    Example:

        vigie directory merge u-1042 alee --reason "the log knew her by two names"
    """
    with open_desk(config) as desk:
        named = tenant_of(desk, tenant)
        kept = desk.directory.find(operator(), named, account)
        other = desk.directory.find(operator(), named, duplicate)
        desk.directory.merge(operator(), kept.id, other.id, reason)
    stdout.print(f"{safe(other.account.uid)} is a name of {safe(kept.account.uid)}")


def _check_fields(cells: dict[str, str]) -> None:
    for name in cells:
        if name.partition(".")[0] not in _ACCOUNT_FIELDS:
            known = ", ".join(sorted(_ACCOUNT_FIELDS))
            raise CommandError(f"there is no field {name}; there is {known}", 2)
