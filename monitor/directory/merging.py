"""What becomes of an account or a tenant when somebody says something of it.

Each field keeps who said it. What a stronger origin said stands (`held`), but for one thing: that
an account is suspended or over is believed of an identity provider even against a person, for an
account that is wrongly open does more harm than one that is wrongly closed.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from msgspec import Struct, structs

from monitor.directory.account import Account, AccountChanges, Mfa, State, given
from monitor.directory.listed import end_of
from monitor.directory.origin import PROVIDERS, Origin, Provenance, may_replace
from monitor.directory.tenant import Tenant, TenantChanges, given_of

_Record = TypeVar("_Record", Account, Tenant)
_CLOSED: Final = {State.SUSPENDED: 1, State.OFFBOARDED: 2}
_EXTERNAL: Final = "external."


class Difference(Struct, frozen=True):
    """What one field was, and what it is to be."""

    field: str
    before: object
    after: object


class Merged(Struct, frozen=True):
    """An outcome: `account` with what changed, and what was left as somebody stronger said it."""

    account: Account
    changed: tuple[Difference, ...]
    held: tuple[Difference, ...]


class MergedTenant(Struct, frozen=True):
    """The same of a tenant."""

    tenant: Tenant
    changed: tuple[Difference, ...]
    held: tuple[Difference, ...]


def merge(account: Account, changes: AccountChanges, origin: Origin, at: int) -> Merged:
    """The account with what `origin` says at a time (ms).

    A field said anew with the value that it has is no change, and only a stronger origin takes it
    over.
    """
    told = dict(given(changes))
    external = told.pop("external", None)
    values, origins, changed, held = _fold(account, told, origin, at)
    if isinstance(external, Mapping) and external:
        ids = {**account.external}
        for difference in _external(account, external):
            name = difference.field
            if not may_replace(origin, _origin(account.origins, name)):
                held.append(difference)
                continue
            provider = name.removeprefix(_EXTERNAL)
            if difference.after is None:
                ids.pop(provider, None)
                origins.pop(name, None)
            else:
                ids[provider] = str(difference.after)
                origins[name] = Provenance(origin, at)
            changed.append(difference)
        values["external"] = ids
    if account.state is State.OFFBOARDED and values.get("state") is State.ACTIVE:
        # Whoever comes back has no end behind them; one that lies ahead still counts.
        is_past = account.ended is not None and end_of(account.ended, "") <= at
        may = may_replace(origin, _origin(account.origins, "ended"))
        if is_past and may and "ended" not in told:
            values["ended"] = None
            origins["ended"] = Provenance(origin, at)
            changed.append(Difference("ended", account.ended, None))
    if _is_claimed(account, told, origin):
        # Whoever speaks of it knows it; whether it is in use, the next may say better.
        values["state"] = State.ACTIVE
        origins["state"] = Provenance(Origin.LOG, at)
        changed.append(Difference("state", account.state, State.ACTIVE))
    made = structs.replace(account, **values, origins=origins)
    return Merged(made, tuple(changed), tuple(held))


def merge_tenant(tenant: Tenant, changes: TenantChanges, origin: Origin, at: int) -> MergedTenant:
    """The tenant with what `origin` says at a time (ms)."""
    values, origins, changed, held = _fold(tenant, given_of(changes), origin, at)
    made = structs.replace(tenant, **values, origins=origins)
    return MergedTenant(made, tuple(changed), tuple(held))


def release(account: Account, fields: tuple[str, ...]) -> Account:
    """The account with these fields as if only a log had told them: the next word counts."""
    kept = {
        name: Provenance(Origin.LOG, said.at) if name in fields else said
        for name, said in account.origins.items()
    }
    return structs.replace(account, origins=kept)


def join(kept: Account, duplicate: Account, at: int) -> Account:
    """One account of two that are the same: `kept` wins, the other fills what it does not say.

    The other's uid and aliases become aliases, its ids at other systems are taken over where there
    is none; a privilege, and the weaker of two known factors, stay.
    """
    names = (*kept.aliases, duplicate.uid, *duplicate.aliases)
    aliases = tuple(dict.fromkeys(name for name in names if name != kept.uid))
    values: dict[str, object] = {
        "aliases": aliases,
        "roles": tuple(dict.fromkeys((*kept.roles, *duplicate.roles))),
        "tags": tuple(dict.fromkeys((*kept.tags, *duplicate.tags))),
        "external": {**duplicate.external, **kept.external},
        "privileged": kept.privileged or duplicate.privileged,
        "mfa": _weaker(kept.mfa, duplicate.mfa),
    }
    for name in ("display_name", "email", "locale", "started", "ended", "mfa_methods"):
        values[name] = getattr(kept, name) or getattr(duplicate, name)
    if kept.state is State.PROVISIONAL:
        values["state"] = duplicate.state
    origins = {**duplicate.origins, **kept.origins}
    origins["aliases"] = Provenance(Origin.PERSON, at)
    return structs.replace(kept, **values, origins=origins)


def _fold(
    record: _Record, told: Mapping[str, object], origin: Origin, at: int
) -> tuple[dict[str, object], dict[str, Provenance], list[Difference], list[Difference]]:
    values: dict[str, object] = {}
    origins = dict(record.origins)
    changed: list[Difference] = []
    held: list[Difference] = []
    for name, after in told.items():
        before = getattr(record, name)
        said = _origin(record.origins, name)
        if before == after:
            if said is None or (said is not origin and may_replace(origin, said)):
                origins[name] = Provenance(origin, at)
        elif may_replace(origin, said) or _closes(name, before, after, origin):
            values[name] = after
            origins[name] = Provenance(origin, at)
            changed.append(Difference(name, before, after))
        else:
            held.append(Difference(name, before, after))
    return values, origins, changed, held


def _is_claimed(account: Account, told: Mapping[str, object], origin: Origin) -> bool:
    if account.state is not State.PROVISIONAL or origin is Origin.LOG or "state" in told:
        return False
    return may_replace(Origin.LOG, _origin(account.origins, "state"))


def _external(account: Account, told: Mapping[str, str | None]) -> Iterator[Difference]:
    for provider, after in told.items():
        before = account.external.get(provider)
        if before != after:
            yield Difference(f"{_EXTERNAL}{provider}", before, after)


def _closes(name: str, before: object, after: object, origin: Origin) -> bool:
    return (
        name == "state"
        and origin in PROVIDERS
        and isinstance(before, State)
        and isinstance(after, State)
        and _CLOSED.get(after, 0) > _CLOSED.get(before, 0)
    )


def _origin(origins: Mapping[str, Provenance], name: str) -> Origin | None:
    said = origins.get(name)
    return None if said is None else said.origin


def _weaker(one: Mfa, other: Mfa) -> Mfa:
    known = [mfa for mfa in (Mfa.NONE, Mfa.WEAK, Mfa.STRONG) if mfa in (one, other)]
    return known[0] if known else Mfa.UNKNOWN
