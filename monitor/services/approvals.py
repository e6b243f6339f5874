"""What waits for a second person: for whom, why, what it will do, until when, and who asked."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select
from sqlalchemy import Engine as Database

from alerts import request
from alerts.incident import Incident
from alerts.measure import Measure, State
from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.blast import Caution, accounts_in_use, preview_of
from monitor.services.measure_views import abilities, veiled
from monitor.store import measures, policies, restrictions, tables
from monitor.store.connection import reading
from monitor.store.measures import Filter

SHOWN: Final = 25
"""Requests that are shown at once, those first that lapse first."""
_ASKED: Final = frozenset((State.REQUESTED,))
_UNTOLD: Final = frozenset((Caution.UNDER,))
"""Of a request itself, it says nothing new."""

_incident = msgspec.msgpack.Decoder(Incident).decode


class Pending(Struct, frozen=True, kw_only=True):
    """A request that waits. `can` are the names of what whoever looks may do about it, `is_own`:
    they asked for it themselves. `responders` would do it; `cautions` speak against it; `incident`
    is what it rests on, as it stands now, and `is_withdrawn` that nothing of it stands."""

    measure: Measure
    can: frozenset[str]
    is_own: bool
    responders: tuple[str, ...]
    cautions: tuple[Caution, ...]
    incident: Incident | None = None
    is_withdrawn: bool = False


class Waiting(Struct, frozen=True):
    """Requests, those first that lapse first, and how many more there are."""

    items: tuple[Pending, ...]
    more: int


class Approvals:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self, database: Database, roster: Roster | None = None, now: Callable[[], int] = now_ms
    ) -> None:
        self._reading = reading(database)
        self._roster = roster or Roster()
        self._now = now

    @allowed(Operation.MEASURES_READ)
    def waiting(self, actor: Actor) -> Waiting:
        """The measures that a second person has to agree to; none about who is restricted. Names
        are in part for who may not look at people."""
        now = self._now()
        with self._reading.begin() as connection:
            wanted = Filter(tenant=within(actor), states=_ASKED)
            hidden = restrictions.standing(connection)
            found = [
                one
                for one in measures.page(connection, wanted, limit=measures.MOST)
                if (one.expires is None or one.expires > now)
                and (one.tenant, one.account) not in hidden
            ]
            found.sort(key=lambda one: (one.expires or 0, one.id))
            incidents = _incidents(connection, (one.incident for one in found[:SHOWN]))
            lowered = policies.holding(connection).policy.approvals
            tenants = {one.tenant for one in found[:SHOWN]}
            sizes = {tenant: accounts_in_use(connection, tenant) for tenant in tenants}
            items = [
                self._pending(connection, actor, one, incidents, lowered, sizes[one.tenant])
                for one in found[:SHOWN]
            ]
        return Waiting(tuple(items), max(0, len(found) - SHOWN))

    def _pending(
        self,
        connection: Connection,
        actor: Actor,
        one: Measure,
        incidents: dict[bytes, tuple[Incident, bool]],
        lowered: int,
        in_use: int,
    ) -> Pending:
        needed = request.needed_approvals(one.step, lowered)
        told = preview_of(
            connection, self._roster, one.tenant, [one.account], one.step, needed, in_use
        )
        incident, is_withdrawn = incidents.get(one.incident or b"", (None, False))
        pending = Pending(
            measure=one,
            can=abilities(actor, one),
            is_own=one.requested_by == actor.reference,
            responders=told.responders,
            cautions=tuple(
                caution for caution in Caution if caution in told.all_cautions - _UNTOLD
            ),
            incident=incident,
            is_withdrawn=is_withdrawn,
        )
        if permits(actor, Operation.PERSON_LOOK):
            return pending
        return structs.replace(pending, measure=veiled(one), incident=None)


def _incidents(
    connection: Connection, identifiers: Iterable[bytes | None]
) -> dict[bytes, tuple[Incident, bool]]:
    """The incidents of these ids, and whether each is withdrawn."""
    wanted = {one for one in identifiers if one is not None}
    table = tables.incidents
    query = select(table.c.id, table.c.body, table.c.withdrawn).where(table.c.id.in_(wanted))
    rows = connection.execute(query).all() if wanted else []
    return {bytes(row.id): (_incident(row.body), bool(row.withdrawn)) for row in rows}
