"""Users of a Keycloak realm taken into the directory: shown first, or followed by the daemon."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from msgspec import UNSET, Struct, structs
from sqlalchemy import Connection, Engine

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from monitor.clock import now_ms
from monitor.directory.account import Account, AccountChanges, State, account_id, fold
from monitor.directory.comparing import FEW_MISSING, SHARE_MISSING
from monitor.directory.importing import Outcome
from monitor.directory.keycloak import RealmTerms, Told, changes_of, provider_of, uid_of
from monitor.directory.merging import Difference, merge
from monitor.directory.origin import Origin, may_replace
from monitor.directory.refusal import DirectoryError
from monitor.directory.validity import settled
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, within
from monitor.services.entries import enter, new_account
from monitor.services.refusal import NotThereError
from monitor.store.connection import reading
from monitor.store.directory import AccountFilter, DirectoryTable, StoredAccount

_AT_ONCE: Final = 50
"""Accounts that are written in one transaction: whoever else writes waits for it."""
_ORIGIN: Final = Origin.KEYCLOAK
_T = TypeVar("_T")


class Taken(Struct, frozen=True, kw_only=True):
    """What a user of a realm, or an account that the realm has not any more, comes to."""

    outcome: Outcome
    uid: str
    changed: tuple[Difference, ...] = ()
    held: tuple[Difference, ...] = ()
    why: Text | None = None


class RealmImport:
    """Takes users of one realm into the directory of one database. Safe to share between threads.

    `name` is what the settings call the realm; `now` gives ms since 1970 UTC.
    """

    def __init__(
        self, engine: Engine, name: str, terms: RealmTerms, now: Callable[[], int] = now_ms
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._name = name
        self._terms = terms
        self._now = now

    @allowed(Operation.DIRECTORY_IMPORT)
    def preview(self, actor: Actor, users: Iterable[Told]) -> Iterator[Taken]:
        """What each user would change; nothing does."""
        self._check(actor)
        return self._previewed(users)

    @allowed(Operation.DIRECTORY_IMPORT)
    def take(self, actor: Actor, users: Iterable[Told]) -> Iterator[Taken]:
        """What each user changed, some at a time: those before it are in the directory already."""
        self._check(actor)
        return self._written(actor, Operation.DIRECTORY_IMPORT, users)

    @allowed(Operation.DIRECTORY_PROVISION)
    def follow(self, actor: Actor, users: Iterable[Told]) -> Iterator[Taken]:
        """The same, by what follows the realm by itself."""
        self._check(actor)
        return self._written(actor, Operation.DIRECTORY_PROVISION, users)

    @allowed(Operation.DIRECTORY_IMPORT)
    def gone(self, actor: Actor, there: frozenset[str]) -> list[Taken]:
        """Accounts of whom the realm has not any more: `there` are the ids that it has."""
        self._check(actor)
        return [self._missing(stored) for stored in self._not_there(there)]

    @allowed(Operation.DIRECTORY_IMPORT)
    def offboard(self, actor: Actor, there: frozenset[str]) -> list[Taken]:
        """The same accounts, offboarded. Raises DirectoryError where they are too many at once."""
        self._check(actor)
        return self._offboarded(actor, Operation.DIRECTORY_IMPORT, there)

    @allowed(Operation.DIRECTORY_PROVISION)
    def follow_gone(self, actor: Actor, there: frozenset[str]) -> list[Taken]:
        """The same, by what follows the realm by itself."""
        self._check(actor)
        return self._offboarded(actor, Operation.DIRECTORY_PROVISION, there)

    def _check(self, actor: Actor) -> None:
        if within(actor) not in (None, self._terms.tenant):
            raise NotThereError("there is no such realm")

    def _previewed(self, users: Iterable[Told]) -> Iterator[Taken]:
        for part in _parts(users):
            at = self._now()
            with self._reading.connect() as connection:
                table = DirectoryTable(connection)
                found = [self._compared(table, told, at) for told in part]
            yield from found

    def _compared(self, table: DirectoryTable, told: Told, at: int) -> Taken:
        try:
            before = self._before(table, told, at)
            account = before.account if isinstance(before, StoredAccount) else before
            changes = self._changes(table, told, account)
            merged = merge(account, changes, _ORIGIN, at)
            settled(merged.account)
        except DirectoryError as error:
            return _refused(told, error)
        return _taken(before, merged.changed, merged.held)

    def _written(
        self, actor: Actor, operation: Operation, users: Iterable[Told]
    ) -> Iterator[Taken]:
        for part in _parts(users):
            with self._engine.begin() as connection:
                found = [self._entered(connection, actor, operation, told) for told in part]
            yield from found

    def _entered(
        self, connection: Connection, actor: Actor, operation: Operation, told: Told
    ) -> Taken:
        table, at = DirectoryTable(connection), self._now()
        try:
            before = self._before(table, told, at, lock=True)
            account = before.account if isinstance(before, StoredAccount) else before
            changes = self._changes(table, told, account)
            entered = enter(connection, actor, operation, before, changes, _ORIGIN, at)
        except DirectoryError as error:
            return _refused(told, error)
        return _taken(before, entered.changed, entered.held)

    def _before(
        self, table: DirectoryTable, told: Told, at: int, *, lock: bool = False
    ) -> StoredAccount | Account:
        """The account that a user is: of its uid, else that the realm gave before, else of its
        name; else a new one."""
        tenant, uid = self._terms.tenant, uid_of(told.user, self._terms)
        own = (provider_of(self._name), told.user.id)
        likely = [
            account_id(tenant, uid),
            *table.by_externals(tenant, (own,)).values(),
            *table.by_names(tenant, (uid, told.user.username)).values(),
        ]
        found = table.accounts_of(likely, lock=lock)
        there = next((found[each] for each in likely if each in found), None)
        return there or new_account(tenant, uid, _ORIGIN, at)

    def _changes(self, table: DirectoryTable, told: Told, account: Account) -> AccountChanges:
        """What a user says, but for names and ids that are another account's."""
        changes = changes_of(told, self._terms, account)
        mine, tenant = account_id(account.tenant, account.uid), account.tenant
        if changes.aliases is not UNSET:
            held = table.by_names(tenant, changes.aliases)
            others = {name for name, holder in held.items() if holder != mine}
            free = tuple(name for name in changes.aliases if fold(name) not in others)
            changes = structs.replace(changes, aliases=free)
        if changes.external is not UNSET:
            ids = [(provider, value or "") for provider, value in changes.external.items()]
            holders = table.by_externals(tenant, ids)
            kept = {
                provider: value
                for provider, value in ids
                if holders.get((provider, value), mine) == mine
            }
            changes = structs.replace(changes, external=dict(kept))
        return changes

    def _not_there(self, there: frozenset[str]) -> list[StoredAccount]:
        provider, known = provider_of(self._name), there | {""}
        with self._reading.connect() as connection:
            all_of_them = DirectoryTable(connection).every(AccountFilter(tenant=self._terms.tenant))
            return [
                stored
                for stored in all_of_them
                if stored.account.external.get(provider, "") not in known
                and _may_end(stored.account)
            ]

    def _missing(self, stored: StoredAccount) -> Taken:
        state = stored.account.state
        ends = (Difference("state", state, State.OFFBOARDED),)
        return Taken(outcome=Outcome.MISSING, uid=stored.account.uid, changed=ends)

    def _offboarded(self, actor: Actor, operation: Operation, there: frozenset[str]) -> list[Taken]:
        gone = self._not_there(there)
        if len(gone) > max(FEW_MISSING, round(len(there) * SHARE_MISSING)):
            raise DirectoryError("", _too_many(len(gone), len(there)))
        for part in _parts(gone):
            with self._engine.begin() as connection:
                accounts = DirectoryTable(connection).accounts_of(
                    (stored.id for stored in part), lock=True
                )
                for stored in accounts.values():
                    enter(
                        connection,
                        actor,
                        operation,
                        stored,
                        AccountChanges(state=State.OFFBOARDED),
                        _ORIGIN,
                        self._now(),
                        reason="the realm has no such user any more",
                    )
        return [self._missing(stored) for stored in gone]


def _may_end(account: Account) -> bool:
    said = account.origins.get("state")
    is_weaker = may_replace(_ORIGIN, None if said is None else said.origin)
    is_over = account.state is State.OFFBOARDED
    return account.kind is AccountKind.PERSON and is_weaker and not is_over


def _taken(
    before: StoredAccount | Account,
    changed: tuple[Difference, ...],
    held: tuple[Difference, ...],
) -> Taken:
    if not isinstance(before, StoredAccount):
        return Taken(outcome=Outcome.ADDED, uid=before.uid, changed=changed)
    outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
    return Taken(outcome=outcome, uid=before.account.uid, changed=changed, held=held)


def _refused(told: Told, error: DirectoryError) -> Taken:
    field = f"{error.field}: " if error.field else ""
    why = Text(f"{field}{error.why.en}", f"{field}{error.why.fr}")
    return Taken(outcome=Outcome.REFUSED, uid=told.user.username or told.user.id, why=why)


def _too_many(count: int, users: int) -> Text:
    return Text(
        f"{count:,} accounts are gone from a realm of {users:,} users: that many are not "
        "offboarded at once; see whether the address and the rights are the right ones",
        f"{count} comptes ont disparu d'un royaume de {users} utilisateurs\u00a0: on n'en clôt pas "
        "autant d'un coup\u00a0; vérifiez l'adresse et les droits",
    )


def _parts(values: Iterable[_T]) -> Iterator[Sequence[_T]]:
    some = iter(values)
    while part := list(islice(some, _AT_ONCE)):
        yield part
