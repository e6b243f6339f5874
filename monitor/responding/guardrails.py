"""How much is done by itself: when that was enough, nothing more is until a person has looked.

A guardrail that is reached opens a ticket and calls people. While the ticket is open, whatever else
the policy would do is held, of that tenant or of all; once it is closed, counting begins anew.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, func, select

from alerts.incident import Incident
from alerts.policy import Because, Guardrails, Tally
from alerts.responders.roster import Roster
from alerts.ticket import Kind, Limits, Status
from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.services.calling import call
from monitor.services.opening import open_ticket
from monitor.store import measures, tables

ALL: Final = ""
"""The tenant of what holds for all of them."""
_STOPPED: Final = 1 << 30
"""More than any guardrail allows."""
_TITLE: Final = Text(
    "As much was done by itself as the policy allows",
    "Ce que la politique permet de faire d'elle-même est atteint",
)
_TEXT: Final = {
    Because.GUARDRAIL: Text(
        "{limit} accounts were acted on within an hour, which is all that the policy allows. What "
        "else it asks for is held, for every tenant, until this ticket is closed.",
        "{limit} comptes ont fait l'objet de mesures en une heure, ce qui est tout ce que la "
        "politique permet. Ce qu'elle demande d'autre est retenu, pour tous les clients, jusqu'à "
        "la clôture de ce ticket.",
    ),
    Because.TENANT_GUARDRAIL: Text(
        "{limit} accounts of this tenant were acted on within an hour, which is all that the "
        "policy allows. What else it asks for is held, for this tenant, until this ticket is "
        "closed.",
        "{limit} comptes de ce client ont fait l'objet de mesures en une heure, ce qui est tout "
        "ce que la politique permet. Ce qu'elle demande d'autre est retenu, pour ce client, "
        "jusqu'à la clôture de ce ticket.",
    ),
}


class Standing(Struct, frozen=True):
    """How a guardrail stands: whether it was reached and nobody has looked since, and when people
    last had (ms, 0 for never)."""

    is_reached: bool
    looked: int


def standing(connection: Connection, tenant: str) -> Standing:
    """How that of a tenant, or of `ALL`, stands."""
    table = tables.tickets
    mine = (table.c.kind == Kind.GUARDRAIL.value, table.c.tenant == tenant)
    is_open = table.c.status != Status.RESOLVED.value
    query = select(func.count()).select_from(table).where(*mine, is_open)
    is_reached = connection.execute(query).scalar_one() > 0
    looked = connection.execute(select(func.max(table.c.resolved)).where(*mine)).scalar()
    return Standing(is_reached, int(looked or 0))


def tally(connection: Connection, incident: Incident, now: int) -> Tally:
    """What was done by itself already, as the policy is told it."""
    tenant = incident.subject.tenant
    whole, own = standing(connection, ALL), standing(connection, tenant)
    found = measures.tally(
        connection,
        incident.subject,
        incident.id,
        now,
        looked=whole.looked,
        tenant_looked=own.looked,
    )
    return structs.replace(
        found,
        hour=_STOPPED if whole.is_reached else found.hour,
        tenant_hour=_STOPPED if own.is_reached else found.tenant_hour,
    )


def reach(
    connection: Connection,
    because: Because,
    guardrails: Guardrails,
    incident: Incident,
    roster: Roster,
    now: int,
    values: Mapping[str, str],
    limits: Mapping[Severity, Limits] | None = None,
) -> int | None:
    """Note that one was reached, by this incident: the ticket that is opened, and people are
    called; None where one is open already. `values` are the message's."""
    tenant = incident.subject.tenant if because is Because.TENANT_GUARDRAIL else ALL
    if standing(connection, tenant).is_reached:
        return None
    limit = (
        guardrails.per_tenant_hour if because is Because.TENANT_GUARDRAIL else guardrails.per_hour
    )
    told = _TEXT[because]
    ticket = open_ticket(
        connection,
        Kind.GUARDRAIL,
        tenant,
        None,
        _TITLE,
        now=now,
        severity=Severity.HIGH,
        text=f"{told.en}\n\n{told.fr}".replace("{limit}", str(limit)),
        limits=limits,
    )
    call(
        connection,
        roster,
        "guardrail",
        f"guardrail.{ticket}",
        tenant=tenant,
        now=now,
        ticket=ticket,
        values={**values, "count": str(limit), "limit": str(limit), "ticket": str(ticket)}
        | {"why.en": told.en.replace("{limit}", str(limit))}
        | {"why.fr": told.fr.replace("{limit}", str(limit))},
    )
    return ticket
