"""Accounts: what is known of those that nothing was heard of for long, and their names."""

from typing import ClassVar

from sqlalchemy import Connection, func, select

from detectors.core.identity import Subject, SubjectKind, first_id
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables

_SNAPSHOTS = 1_000
_NAMES = 500
_KIND = SubjectKind.ACCOUNT


class Accounts(Job):
    """Looks through all accounts, then through all names, a part at a time."""

    name: ClassVar[str] = "accounts"
    title: ClassVar[str] = "what is known of accounts, and their names"

    def __init__(self) -> None:
        self._begun = False
        self._account: int | None = None
        self._name: int | None = None
        self._is_through_accounts = False
        self._is_through = False

    def step(self, work: Work) -> int | None:
        """Look at some, and delete those that are quiet."""
        if self._is_through or not work.limits.accounts:
            return None
        before = first_id(work.limits.accounts)
        if not self._begun:
            self._begun = True
            work.cells.let_go(before)
        if not self._is_through_accounts:
            return self._forget_accounts(work, before)
        return self._forget_names(work, before)

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Accounts of which something is known, and those that nothing was heard of since."""
        table = tables.snapshots
        every = select(table.c.subject_key).distinct()
        quiet = every.except_(every.where(table.c.last >= first_id(limits.accounts)))
        kept, due = (
            int(connection.execute(select(func.count()).select_from(q.subquery())).scalar_one())
            for q in (every, quiet)
        )
        return Due(kept=kept, due=due, before=limits.accounts)

    def _forget_accounts(self, work: Work, before: bytes) -> int:
        keys, self._account = forgetting.quiet_accounts(
            work.connection, self._account, before, _SNAPSHOTS
        )
        self._is_through_accounts = self._account is None
        return forgetting.delete_snapshots(work.connection, keys)

    def _forget_names(self, work: Work, before: bytes) -> int:
        """Names of accounts of which nothing else is left."""
        rows, self._name = forgetting.old_names(work.connection, self._name, before, _NAMES)
        self._is_through = self._name is None
        accounts = {name: Subject(_KIND, tenant, uid).key() for name, tenant, uid in rows}
        known = work.writing.keys_with_snapshots(_KIND.value, set(accounts.values()))
        gone = [name for name, key in accounts.items() if key not in known]
        if gone:
            work.beside.naming.forget()
        return forgetting.delete_names(work.connection, gone)
