"""A rehearsal: what is stored, folded again in memory under other settings or another policy.

Nothing is written to the database and nothing is done. Both sides are folded from the same events,
the terms of each for the whole time, so that what differs is due to what was changed alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Table, func, select
from sqlalchemy import Engine as Database

from alerts.policy import Policy
from alerts.trial import Case, Decided, trial
from detectors.core.event import Event
from detectors.core.identity import first_id
from detectors.core.listing import Rules, TenantListing
from monitor import assembly
from monitor.directory.tenant import Tenant
from monitor.engine import Engine, Intake
from monitor.replay import Result
from monitor.services.circumstances import circumstances
from monitor.settings import Settings
from monitor.store import restrictions, tables
from monitor.store.connection import connect, reading
from monitor.store.listings import ListingsTable
from monitor.terms import rules_by_tenant
from monitor.trouble import Trouble

MOST: Final = 1_000_000
"""Events that are folded in memory, where each takes about 1.6 KB with what follows of it."""
BATCH: Final = 5_000
_ENGINE: Final = ("detectors", "assessment", "correlation", "rules", "accounts", "models", "engine")
"""Settings by which something else is found."""
_COPIED: Final = (tables.tenants, tables.accounts, tables.account_names, tables.listings)
_ROWS: Final = 1_000

_decode_event = msgspec.msgpack.Decoder(Event).decode
_decode_tenant = msgspec.msgpack.Decoder(Tenant).decode


class TooMuchError(Trouble):
    """There are more events than are folded in memory; says what to do."""


class Under(Struct, frozen=True):
    """By what is judged and decided."""

    settings: Settings
    policy: Policy


class Span(Struct, frozen=True):
    """The time (ms) that is shown, `since` to `until`; what is known at its beginning is folded
    from `history` on."""

    history: int
    since: int
    until: int


class Side(Struct, frozen=True):
    """What came of it: incidents in the time that is shown, and what the policy comes to."""

    decided: tuple[Decided, ...]
    findings: int


def count(database: Database, span: Span, most: int = MOST) -> int:
    """How many events a rehearsal of this time folds. Raises TooMuchError for more than `most`."""
    table = tables.events
    query = select(func.count()).select_from(table).where(*_within(span))
    with reading(database).begin() as connection:
        found = int(connection.execute(query).scalar() or 0)
    if found > most:
        raise TooMuchError(
            f"{found:,} events are more than the {most:,} that are folded in memory: take fewer "
            "days, or a shorter history before them"
        )
    return found


def finds_alike(database: Database, one: Under, other: Under) -> bool:
    """Whether both find the same, so that folding once will do."""
    if any(getattr(one.settings, name) != getattr(other.settings, name) for name in _ENGINE):
        return False
    with reading(database).begin() as connection:
        tenants = _tenants(connection)
    return rules_by_tenant(one.policy, tenants) == rules_by_tenant(other.policy, tenants)


def rehearse(
    database: Database,
    under: Under,
    span: Span,
    policies: tuple[Policy, ...],
    told: Callable[[int], object] = lambda _: None,
) -> tuple[Side, ...]:
    """Fold once, and decide by each of these policies; `told` hears of how many events more."""
    with _memory(database, under) as memory:
        engine = assembly.open_engine(under.settings, memory, None, live=False)
        for events in _events(database, span):
            engine.process([Intake("rehearsal", "stored", "rehearsal", None, events)])
            told(len(events))
        _pass(engine, span.until)
        result = Result(memory, ())
        incidents = [one for one in result.incidents() if one.updated >= span.since]
        findings = sum(one.time >= span.since for one in result.findings())
        with memory.begin() as connection:
            kinds = under.settings.kinds()
            cases = [
                Case(one, *circumstances(connection, one, one.reached, kinds)) for one in incidents
            ]
    return tuple(Side(trial(cases, policy), findings) for policy in policies)


def _pass(engine: Engine, until: int) -> None:
    """Let time pass to the end, so that quiet is noticed."""
    engine.idle(until)
    while engine.is_behind:
        engine.catch_up()


@contextmanager
def _memory(database: Database, under: Under) -> Iterator[Database]:
    """A database in memory with the directory, and the terms of the policy all the time."""
    memory = connect("sqlite://")
    try:
        tables.metadata.create_all(memory)
        with reading(database).begin() as source, memory.begin() as target:
            for table in _COPIED:
                _copy(source, target, table)
            told = ListingsTable(source).tenants()
            rules = rules_by_tenant(under.policy, _tenants(source))
            for tenant in sorted({*told, *rules}):
                listings = _with_rules(told.get(tenant, ()), rules.get(tenant))
                ListingsTable(target).put_tenant(tenant, listings)
        yield memory
    finally:
        memory.dispose()


def _with_rules(told: tuple[TenantListing, ...], rules: Rules | None) -> tuple[TenantListing, ...]:
    """What is said of a tenant, with these rules from the beginning."""
    if not told or told[0].since > 1:
        told = (TenantListing(since=1), *told)
    return tuple(structs.replace(one, rules=rules) for one in told)


def _tenants(connection: Connection) -> dict[str, Tenant]:
    bodies = connection.execute(select(tables.tenants.c.body)).scalars()
    return {tenant.uid: tenant for tenant in map(_decode_tenant, bodies)}


def _copy(source: Connection, target: Connection, table: Table) -> None:
    with source.execute(select(table).execution_options(yield_per=_ROWS)) as result:
        for part in result.partitions():
            target.execute(table.insert(), [dict(row._mapping) for row in part])


def _events(database: Database, span: Span) -> Iterator[list[Event]]:
    """The events that the engine folded, in their order, but for whom it must not fold now.

    Each part is read by itself: one long look would keep a running engine's database from being
    tidied up for as long as it takes to fold.
    """
    table = tables.events
    query = select(table.c.id, table.c.body).where(table.c.late.is_(False)).order_by(table.c.id)
    with reading(database).begin() as connection:
        hidden = restrictions.standing(connection)
    after = first_id(span.history)
    while True:
        since = table.c.id > after, table.c.id < first_id(span.until + 1)
        with reading(database).begin() as connection:
            rows = connection.execute(query.where(*since).limit(BATCH)).all()
        found = [_decode_event(row.body) for row in rows]
        yield [one for one in found if (one.tenant, one.account) not in hidden]
        if len(rows) < BATCH:
            return
        after = bytes(rows[-1].id)


def _within(span: Span) -> tuple[Any, Any]:
    column = tables.events.c.id
    return column >= first_id(span.history), column < first_id(span.until + 1)
