"""One entry of the directory written down: merged, checked, kept and recorded, in a transaction
that is given.

Everybody who writes to the directory does it by this: people, programs, imports, identity
providers.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from monitor.directory.account import Account, AccountChanges, fold, is_excepted
from monitor.directory.merging import Difference, merge, merge_tenant
from monitor.directory.origin import PROVIDERS, Origin, Provenance
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import Tenant, TenantChanges
from monitor.directory.validity import settled, settled_tenant
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, authorise, permits
from monitor.store.directory import DirectoryTable, StoredAccount, StoredTenant

LONGEST_REASON: Final = 1_000
"""Characters of a reason that are written down."""


class Entered(Struct, frozen=True):
    """An account as it is kept now, what changed, and what was left as somebody stronger said."""

    stored: StoredAccount
    changed: tuple[Difference, ...]
    held: tuple[Difference, ...]


def enter(
    connection: Connection,
    actor: Actor,
    operation: Operation,
    before: StoredAccount | Account,
    changes: AccountChanges,
    origin: Origin,
    at: int,
    *,
    reason: str = "",
) -> Entered:
    """Write down what `origin` says of an account at a time (ms): of one that is kept, or a new
    one with its tenant and uid. Nothing is written where nothing changes.

    Raises DirectoryError for what makes no sense, and NotAllowedError where `actor` may not say
    that several people use it.
    """
    account, stored = (
        (before.account, before) if isinstance(before, StoredAccount) else (before, None)
    )
    merged = merge(account, changes, origin, at)
    made = settled(merged.account)
    if stored is not None and made == account:
        return Entered(stored, (), merged.held)
    named = structs.replace(made, aliases=account.aliases) if origin in PROVIDERS else made
    check_exception(actor, account, named, at)
    table = DirectoryTable(connection)
    check_names(table, (made,))
    if stored is None:
        table.add_tenants((made.tenant,), origin, at)
        (kept,) = (table.add(made, at),)
    else:
        (kept,) = table.put([(stored, made)], at)
    content = {"uid": made.uid, "origin": origin.value, "changes": told(merged.changed)}
    record(
        connection,
        actor,
        operation,
        made.reference,
        tenant=made.tenant,
        reason=reason[:LONGEST_REASON],
        content=content,
    )
    return Entered(kept, merged.changed, merged.held)


def enter_tenant(
    connection: Connection,
    actor: Actor,
    operation: Operation,
    before: StoredTenant | Tenant,
    changes: TenantChanges,
    origin: Origin,
    at: int,
) -> StoredTenant:
    """Write down what `origin` says of a tenant at a time (ms); as of an account."""
    tenant, stored = (before.tenant, before) if isinstance(before, StoredTenant) else (before, None)
    merged = merge_tenant(tenant, changes, origin, at)
    made = settled_tenant(merged.tenant)
    if stored is not None and made == tenant:
        return stored
    kept = DirectoryTable(connection).put_tenant(made, stored, at)
    content = {"origin": origin.value, "changes": told(merged.changed)}
    record(connection, actor, operation, f"tenant:{made.uid}", tenant=made.uid, content=content)
    return kept


def new_account(tenant: str, uid: str, origin: Origin, at: int) -> Account:
    """An account of which nothing is known but its name; raises DirectoryError for none."""
    for field, value in (("tenant", tenant), ("uid", uid)):
        if not value.strip() or len(value) > 1_024 or "\0" in value:
            why = Text(
                "expected a name of up to 1,024 characters", "nom de 1024 caractères au plus"
            )
            raise DirectoryError(field, why)
    return Account(tenant=tenant, uid=uid, origins={"uid": Provenance(origin, at)})


def check_names(table: DirectoryTable, accounts: Iterable[Account]) -> None:
    """Raise DirectoryError where a name or an id of these is another account's already."""
    by_tenant: dict[str, list[Account]] = {}
    for account in accounts:
        by_tenant.setdefault(account.tenant, []).append(account)
    for tenant, those in by_tenant.items():
        _check_names(table, tenant, those)


def _check_names(table: DirectoryTable, tenant: str, accounts: list[Account]) -> None:
    names = table.by_names(tenant, (name for one in accounts for name in one.aliases))
    ids = table.by_externals(tenant, (pair for one in accounts for pair in one.external.items()))
    for account in accounts if names or ids else ():
        identifier = StoredAccount(account=account).id
        for name in account.aliases:
            if names.get(fold(name), identifier) != identifier:
                raise DirectoryError("aliases", _taken(name))
        for provider, value in account.external.items():
            if ids.get((provider, value), identifier) != identifier:
                raise DirectoryError(f"external.{provider}", _taken(value))


def check_exception(actor: Actor, before: Account, after: Account, at: int) -> None:
    """Raise NotAllowedError where `actor` may not authorise what is new here: that the account, or
    one that becomes a name of it, is no single person's. A provider that pushes accounts knows
    its programs'."""
    said = after.origins.get("kind")
    is_providers = said is not None and said.origin in PROVIDERS
    is_program = after.kind is AccountKind.SERVICE and is_providers
    if is_program and permits(actor, Operation.DIRECTORY_PROVISION):
        return
    if is_excepted(before, after):
        authorise(actor, Operation.DIRECTORY_AUTHORISE, at)


def told(changed: Iterable[Difference]) -> dict[str, Any]:
    """What changed, as it is recorded: by field, before and after."""
    return {one.field: [_plain(one.before), _plain(one.after)] for one in changed}


def _plain(value: object) -> Any:
    plain = msgspec.to_builtins(value)
    return plain if not isinstance(plain, Mapping) else dict(plain)


def _taken(name: str) -> Text:
    shown = name[:80]
    return Text(
        f"{shown} is another account's already: merge the two, or take it away there first",
        f"{shown} appartient déjà à un autre compte\u00a0: fusionnez-les, ou retirez-le d'abord",
    )
