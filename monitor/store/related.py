"""Incidents that go with another one, each question by an index and of a bounded answer."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from alerts.incident import Category, Incident
from detectors.core.event import SignIn
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from monitor.store import tables
from monitor.store.reading import StoredIncident

MOST: Final = 40
"""Incidents of one answer."""
MOST_SUBJECTS: Final = 60
_TABLE: Final = tables.incidents
_incident = msgspec.msgpack.Decoder(Incident)
_finding = msgspec.msgpack.Decoder(Finding)


def about(
    connection: Connection, subjects: Collection[Subject], but: bytes, most: int
) -> list[StoredIncident]:
    """Those about these subjects (the first 60 count), the last first."""
    some = list(dict.fromkeys(subjects))[:MOST_SUBJECTS]
    if not some:
        return []
    keys = [one.key() for one in some]
    found = _read(connection, but, most, _TABLE.c.subject_key.in_(keys))
    return [one for one in found if one.incident.subject in some]


def like(
    connection: Connection, tenant: str, category: Category, but: bytes, most: int
) -> list[StoredIncident]:
    """Those of a tenant that come to the same, the last first."""
    return _read(
        connection, but, most, _TABLE.c.tenant == tenant, _TABLE.c.category == category.value
    )


def lately(connection: Connection, tenant: str, but: bytes, most: int) -> list[StoredIncident]:
    """Those of a tenant, the last first."""
    return _read(connection, but, most, _TABLE.c.tenant == tenant)


def campaigns(
    connection: Connection, tenant: str, since: int, until: int, but: bytes, most: int
) -> list[StoredIncident]:
    """Those of addresses, or of the tenant as a whole, that went on between two times (ms)."""
    key = Subject(SubjectKind.TENANT, tenant, "").key()
    return _read(
        connection,
        but,
        most,
        _TABLE.c.campaign_key == key,
        _TABLE.c.updated >= since,
        _TABLE.c.updated <= until,
    )


def first_findings(connection: Connection, incidents: Sequence[Incident]) -> dict[bytes, Finding]:
    """One finding of each incident: the first."""
    table = tables.findings
    wanted = [one.findings[0] for one in incidents if one.findings][: 3 * MOST]
    rows = connection.execute(select(table.c.body).where(table.c.id.in_(wanted)))
    found = {finding.id: finding for finding in (_finding.decode(body) for (body,) in rows)}
    return {
        one.id: found[one.findings[0]]
        for one in incidents
        if one.findings and one.findings[0] in found
    }


def traces(sign_in: SignIn) -> set[tuple[str, str]]:
    """By what two sign-ins may be the same machine's: its address; its program in its network."""
    found = {("address", sign_in.ip)} if sign_in.ip else set()
    if sign_in.device is not None and sign_in.device.fingerprint and sign_in.network is not None:
        network = sign_in.network.asn or sign_in.network.organisation
        found.add(("device", f"{sign_in.device.fingerprint} {network}"))
    return found


def _read(
    connection: Connection, but: bytes, most: int, *where: ColumnElement[bool]
) -> list[StoredIncident]:
    query: Any = select(_TABLE.c.body, _TABLE.c.withdrawn).where(*where, _shown())
    query = query.order_by(_TABLE.c.updated.desc(), _TABLE.c.id.desc()).limit(min(most, MOST) + 1)
    rows = [(_incident.decode(body), gone) for body, gone in connection.execute(query)]
    return [StoredIncident(one, gone) for one, gone in rows if one.id != but][:most]


def _shown() -> ColumnElement[bool]:
    """Not of an account whose data is restricted: it is kept, and not used."""
    held = tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    return _TABLE.c.subject_key.not_in(restricted)
