"""Several incidents handled in one act, which can be undone as one: by their tickets, which are
opened where there are none."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import IntegrityError

from alerts.incident import Incident
from alerts.ticket import Change, Limits, TicketError
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, within
from monitor.services.opening import open_by_hand
from monitor.services.ticket_acts import MOST, Done, TicketActs
from monitor.store import tickets
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading


class Triage:
    """Acts on incidents of one database. Safe to share between threads; `now` gives ms since 1970
    UTC, `limits` are those of clocks."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], int] = now_ms,
        limits: Mapping[Severity, Limits] | None = None,
    ) -> None:
        self._database = database
        self._incidents = Reading(database)
        self._acts = TicketActs(database, now, limits)
        self._now = now
        self._limits = limits

    @allowed(Operation.TICKETS_WRITE)
    def change(
        self,
        actor: Actor,
        given: Mapping[bytes, int | None],
        change: Change,
        reason: str = "",
    ) -> Done:
        """Change the tickets of incidents, each of which has to be the version still that is given
        with its incident, if one is. Raises TicketError."""
        if not given or len(given) > MOST or change.is_empty:
            raise TicketError(
                f"choose up to {MOST} incidents, and what is to change",
                f"choisissez jusqu'à {MOST} incidents, et ce qui doit changer",
            )
        found = self._own(actor, given)
        if not found:
            raise TicketError("there is no such incident", "cet incident n'existe pas")
        try:
            numbers = self._numbers(actor, found)
        except IntegrityError:
            # Whoever follows incidents opened one at this very moment: now it is there.
            numbers = self._numbers(actor, found)
        versions = {numbers[one.id]: given[one.id] for one in found}
        return self._acts.change(actor, versions, change, reason)

    @allowed(Operation.TICKETS_WRITE)
    def undo(self, actor: Actor, act: str) -> Done:
        """Put back what an act changed; a ticket that it opened stays open. Raises
        NotThereError."""
        return self._acts.undo(actor, act)

    def _own(self, actor: Actor, given: Mapping[bytes, int | None]) -> list[Incident]:
        wanted = Filter(severity=Severity.INFORMATIONAL, tenant=within(actor))
        return [one.incident for one in self._incidents.among(wanted, given.keys())]

    def _numbers(self, actor: Actor, incidents: list[Incident]) -> dict[bytes, int]:
        with self._database.begin() as connection:
            known = tickets.of_incidents(connection, [one.id for one in incidents])
            return {
                one.id: known.get(one.id) or self._open(connection, actor, one) for one in incidents
            }

    def _open(self, connection: Connection, actor: Actor, incident: Incident) -> int:
        return open_by_hand(connection, incident, actor, self._now(), self._limits)
