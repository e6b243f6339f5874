"""The rows of an import written into the directory in one transaction, and put back again."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection

from monitor.directory.account import Account, State
from monitor.directory.importing import Outcome
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.services.actor import Actor
from monitor.services.entries import check_exception, check_names
from monitor.services.refusal import StaleError
from monitor.store.directory import DirectoryTable, StoredAccount
from monitor.store.imports import ImportTable, StoredRow

_AT_ONCE: Final = 500
_WRITTEN: Final = (Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.MISSING)
_NOBODY: Final = b""


class TakenOver(Struct, frozen=True):
    """What was written: a digest of the rows, and tenants that were not there before."""

    digest: str
    tenants: tuple[str, ...]


def take_over(connection: Connection, actor: Actor, number: int, at: int) -> TakenOver:
    """Write down what the rows of an import say, as they were shown.

    Raises StaleError where the directory changed meanwhile in what they touch, and NotAllowedError
    for sharing that `actor` may not authorise.
    """
    table, directory = ImportTable(connection), DirectoryTable(connection)
    digest, after = blake2b(digest_size=16), 0
    tenants: set[str] = set()
    while part := table.rows(number, _WRITTEN, after, _AT_ONCE):
        after = part[-1].number
        rows = [one for one in part if one.row.after is not None]
        there = directory.accounts_of(_ids(rows), lock=True)
        pairs = [_agreed(one, there, actor, at) for one in rows]
        tenants.update(directory.add_tenants((a.tenant for _, a in pairs), Origin.CSV, at))
        _check_names(directory, [account for _, account in pairs])
        made = directory.put(pairs, at)
        versions = {row.number: one.version for row, one in zip(rows, made, strict=True)}
        met = {
            row.number: structs.replace(row.row, before=before.account)
            for row, (before, _) in zip(rows, pairs, strict=True)
            if before is not None and row.row.before is None
        }
        table.set_applied(number, versions, met)
        for row, (_, account) in zip(rows, pairs, strict=True):
            digest.update(f"{row.number} {account.subject} {versions[row.number]}\n".encode())
    return TakenOver(digest.hexdigest(), tuple(sorted(tenants)))


def put_back(connection: Connection, number: int, at: int) -> int:
    """Put back what the rows of an import changed; how many accounts were left as they are, as
    they, or their names, were changed since."""
    table, directory = ImportTable(connection), DirectoryTable(connection)
    skipped = after = 0
    while part := table.rows(number, _WRITTEN, after, _AT_ONCE):
        after = part[-1].number
        rows = [one for one in part if one.applied is not None]
        there = directory.accounts_of(_ids(rows), lock=True)
        same = [
            (there[one.account_id or _NOBODY], one.row.before)
            for one in rows
            if _is_as_left(one, there)
        ]
        directory.remove([stored.id for stored, before in same if before is None])
        back = [(stored, before) for stored, before in same if before is not None]
        fit = back
        if not _fit(directory, [before for _, before in back]):
            fit = [(stored, before) for stored, before in back if _fit(directory, [before])]
        directory.put(fit, at)
        skipped += len(rows) - len(same) + len(back) - len(fit)
    return skipped


def _ids(rows: Iterable[StoredRow]) -> list[bytes]:
    return [one.account_id or _NOBODY for one in rows]


def _agreed(
    row: StoredRow, there: Mapping[bytes, StoredAccount], actor: Actor, at: int
) -> tuple[StoredAccount | None, Account]:
    """What is there now and what it becomes, if that is what was shown. Raises StaleError."""
    now = there.get(row.account_id or _NOBODY)
    account = row.row.after
    if account is None or not _is_as_shown(row, now):
        raise StaleError(
            f"{row.row.uid} was changed since the list was read: read it again",
            f"{row.row.uid} a changé depuis la lecture de la liste\u00a0: relisez-la",
        )
    new = Account(tenant=account.tenant, uid=account.uid)
    check_exception(actor, new if now is None else now.account, account, at)
    return now, account


def _is_as_shown(row: StoredRow, now: StoredAccount | None) -> bool:
    """Whether the account is as it was; one that a log showed since is nobody's word."""
    if row.version == 0 and now is not None:
        return now.version == 1 and now.account.state is State.PROVISIONAL
    return row.version == (0 if now is None else now.version)


def _is_as_left(row: StoredRow, there: Mapping[bytes, StoredAccount]) -> bool:
    now = there.get(row.account_id or _NOBODY)
    return now is not None and now.version == row.applied


def _check_names(table: DirectoryTable, accounts: Sequence[Account]) -> None:
    try:
        check_names(table, accounts)
    except DirectoryError as error:
        raise StaleError(
            f"{error}: read the list again", f"{error.why.fr}\u00a0; relisez la liste"
        ) from error


def _fit(table: DirectoryTable, accounts: Sequence[Account]) -> bool:
    try:
        check_names(table, accounts)
    except DirectoryError:
        return False
    return True
