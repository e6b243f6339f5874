"""What stands against accounts and their sessions, and what was proved, read from the tables."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, or_, select

from alerts.responders.gate import CHALLENGE
from monitor.gate.judging import Against, Proof, Standing
from monitor.store import restrictions, tables

Account: TypeAlias = tuple[str, str]
"""Tenant and account."""


def standing_of(connection: Connection, account: Account, now: int) -> Standing:
    """All that is known of one account at `now` (ms)."""
    return _gathered(connection, now, account).get(account, Standing())


def everything(connection: Connection, now: int) -> dict[Account, Standing]:
    """The same of every account of which anything is known."""
    return _gathered(connection, now, None)


def _gathered(connection: Connection, now: int, only: Account | None) -> dict[Account, Standing]:
    # Nothing is asked of whose data is restricted: they would be kept out for good.
    unasked = restrictions.standing(connection)
    accounts: dict[Account, list[Against]] = {}
    sessions: dict[Account, dict[str, list[Against]]] = {}
    proofs: dict[Account, dict[str, Proof]] = {}
    for tenant, account, *told in _rows(connection, tables.gate_list, _AGAINST, now, only):
        if told[0] != CHALLENGE or (tenant, account) not in unasked:
            accounts.setdefault((tenant, account), []).append(Against(*told))
    demands = _rows(connection, tables.session_demands, ("session", *_AGAINST), now, only)
    for tenant, account, session, *told in demands:
        if told[0] != CHALLENGE or (tenant, account) not in unasked:
            of = sessions.setdefault((tenant, account), {})
            of.setdefault(session, []).append(Against(*told))
    proved = _rows(connection, tables.assurances, ("session", *_PROOF), now, only)
    for tenant, account, session, *told in proved:
        proofs.setdefault((tenant, account), {})[session] = Proof(*told)
    return {
        each: Standing(
            _ordered(accounts.get(each, ())),
            {name: _ordered(those) for name, those in sessions.get(each, {}).items()},
            proofs.get(each, {}),
        )
        for each in {*accounts, *sessions, *proofs}
    }


def _ordered(those: Iterable[Against]) -> tuple[Against, ...]:
    """One way to write what is the same."""
    return tuple(sorted(those, key=lambda one: one.verdict))


def _rows(
    connection: Connection, table: Table, names: Iterable[str], now: int, only: Account | None
) -> Iterator[Any]:
    holds = or_(table.c.until.is_(None), table.c.until > now)
    query = select(table.c.tenant, table.c.account, *(table.c[name] for name in names)).where(holds)
    if only is not None:
        query = query.where(table.c.tenant == only[0], table.c.account == only[1])
    yield from connection.execute(query)


_AGAINST = ("verdict", "since", "until", "key")
_PROOF = ("level", "since", "until")
