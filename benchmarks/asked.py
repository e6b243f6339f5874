"""What pages of the console are asked for on a large database: every room, lists with filters and
searches, and the largest and the usual one of each thing."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection, Engine, desc, func, select

from detectors.core.identity import as_uuid
from monitor.directory.tenant import tenant_id
from monitor.store import tables
from monitor.web.navigation import ROOMS

EMPTY: Final = "/nothing-here"
"""The smallest page that somebody who is signed in is given: that there is nothing."""


class Asked(NamedTuple):
    """One page: what it is, and where."""

    name: str
    path: str


_LISTS: Final = (
    ("incidents, all severities", "/incidents?severity=informational"),
    ("incidents, severest first", "/incidents?sort=severest"),
    ("incidents of a category", "/incidents?category=session_hijacking"),
    ("incidents, a text that many have", "/incidents?q=centre"),
    ("incidents, a text that one has", "/incidents?q=u000077"),
    ("incidents, a text that none has", "/incidents?q=nobody"),
    ("the list's pulse", "/pulse?known=0"),
    ("tickets, all", "/tickets?status=all"),
    ("tickets, a text that many have", "/tickets?status=all&q=licences"),
    ("tickets, a text that none has", "/tickets?status=all&q=nobody"),
    ("tickets of a tag", "/tickets?status=all&tag=night"),
    ("measures in force", "/measures?view=in_force"),
    ("measures, over", "/measures?view=over"),
    ("directory, a name that few have", "/directory?q=agent000077"),
    ("directory, a text that none has", "/directory?q=nobody+knows"),
    ("directory, privileged", "/directory?privileged=yes"),
    ("directory, suspended", "/directory?state=suspended"),
    ("tenants", "/directory/tenants"),
    ("hygiene of a fact", "/hygiene?fact=no_mfa"),
    ("outbox, done", "/outbox?state=done"),
    ("outbox, dead letters", "/outbox?state=dead"),
)
_API: Final = (
    "/api/v1/incidents",
    "/api/v1/incidents?limit=200&severity=informational",
    "/api/v1/status",
    "/api/v1/tickets?status=all&limit=200",
    "/api/v1/measures?limit=200",
    "/api/v1/challenges?limit=200",
    "/api/v1/outbox?limit=200",
    "/api/v1/outbox/responders",
    "/api/v1/directory/accounts?limit=200",
    "/api/v1/directory/tenants",
    "/api/v1/hygiene",
    "/api/v1/hygiene/days",
    "/api/v1/hygiene/accounts?limit=200",
    "/api/v1/audit?limit=200",
    "/api/v1/sources",
)
_LARGEST: Final = "the largest"
_USUAL: Final = "a usual one"


def asked(database: Engine) -> list[Asked]:
    """All of them; what a small database has none of is not asked for."""
    with database.connect() as connection:
        found = [
            *(Asked(f"room {room.title}", room.path) for room in ROOMS),
            *(Asked(*one) for one in _LISTS),
            *_tenant(connection),
            *_incidents(connection),
            *_accounts(connection),
            *_numbered(connection),
            *(Asked(path, path) for path in _API),
        ]
    return list(dict.fromkeys(found))


def _tenant(connection: Connection) -> Iterator[Asked]:
    """The one with the most accounts."""
    column = tables.accounts.c.tenant
    query = select(column).group_by(column).order_by(desc(func.count())).limit(1)
    for uid in connection.execute(query).scalars():
        told = quote(uid)
        yield Asked("directory of the largest tenant", f"/directory?tenant={told}")
        yield Asked("tickets of the largest tenant", f"/tickets?status=all&tenant={told}")
        yield Asked("hygiene of the largest tenant", f"/hygiene?tenant={told}")
        yield Asked("the largest tenant", f"/directory/tenants/{as_uuid(tenant_id(uid))}")
        yield Asked("audit of the largest tenant", f"/audit?tenant={told}")


def _incidents(connection: Connection) -> Iterator[Asked]:
    findings, incidents = tables.findings.c, tables.incidents.c
    largest = (
        select(findings.incident_id)
        .where(findings.incident_id.is_not(None))
        .group_by(findings.incident_id)
        .order_by(desc(func.count()))
        .limit(1)
    )
    campaign = select(incidents.id).where(incidents.campaign_key.is_not(None)).limit(1)
    usual = select(incidents.id).where(incidents.severity >= 4).order_by(incidents.id).limit(1)
    for name, query in ((_LARGEST, largest), ("a campaign", campaign), (_USUAL, usual)):
        for identifier in connection.execute(query).scalars():
            path = f"/incidents/{as_uuid(bytes(identifier))}"
            yield Asked(f"incident, {name}", path)
            yield Asked(f"incident, {name}: API", f"/api/v1{path}")
            yield Asked(f"incident, {name}: chart", f"/api/v1{path}/sign-ins")


def _accounts(connection: Connection) -> Iterator[Asked]:
    accounts = tables.accounts.c
    first = select(accounts.id).order_by(accounts.uid).limit(1)
    usual = select(accounts.id).order_by(accounts.uid).offset(15).limit(1)
    for name, query in ((_LARGEST, first), (_USUAL, usual)):
        for identifier in connection.execute(query).scalars():
            path = f"/directory/accounts/{as_uuid(bytes(identifier))}"
            yield Asked(f"account, {name}", path)
            yield Asked(f"account's factors, {name}", f"{path}/factors")
            yield Asked(f"account, {name}: API", f"/api/v1{path}")


def _numbered(connection: Connection) -> Iterator[Asked]:
    for name, table, path in (
        ("ticket", tables.tickets, "/tickets"),
        ("measure", tables.measures, "/measures"),
        ("order", tables.outbox, "/outbox"),
        ("suppression", tables.suppressions, "/suppressions"),
        ("source", tables.sources, "/sources"),
    ):
        number: Any = connection.execute(select(func.min(table.c.id))).scalar()
        if number is not None:
            yield Asked(name, f"{path}/{number}")
    handles = select(tables.challenges.c.handle).limit(1)
    for handle in connection.execute(handles).scalars():
        yield Asked("challenge: API", f"/api/v1/challenges/{handle}")
