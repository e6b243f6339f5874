"""What a request for a measure has to be before it is taken: whose, on which grounds, and seen."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.ladder import Step
from alerts.measure import MeasureError
from detectors.core.identity import Subject
from monitor.services.actor import Actor
from monitor.services.blast import CAUTIONS, FORBIDDING, Caution, Preview
from monitor.services.protection import subject_of
from monitor.services.refusal import NotThereError, StaleError
from monitor.store import restrictions, tables
from monitor.store.handles import account_of_id

MOST: Final = 50
"""Accounts of one request."""
_incident = msgspec.msgpack.Decoder(Incident).decode


class Wanted(Struct, frozen=True, kw_only=True):
    """What somebody asks for: a step about accounts of one tenant, why, and on which article it
    rests. `hours` is how long a suspension lasts, `seen` what the preview said."""

    tenant: str
    accounts: tuple[str, ...]
    step: Step
    reason: str
    aup: str
    hours: int | None = None
    incident: bytes | None = None
    ticket: int | None = None
    seen: str = ""


def check_accounts(actor: Actor, tenant: str, accounts: Sequence[str]) -> None:
    """Raise NotThereError for accounts that somebody may not ask about, MeasureError for none or
    too many."""
    for account in accounts:
        subject_of(actor, tenant, account)
    if not 1 <= len(set(accounts)) <= MOST:
        raise MeasureError(
            f"name 1 to {MOST} accounts of one tenant",
            f"nommez de 1 à {MOST} comptes d'un même client",
        )


def subject_begun(
    connection: Connection, incident: bytes | None, account: bytes | None
) -> Subject | None:
    """Whom an incident is about, or whose an account is, by its id in the directory or its handle;
    None where neither is asked for. Raises NotThereError."""
    if incident is not None:
        query = select(tables.incidents.c.body).where(tables.incidents.c.id == incident)
        body = connection.execute(query).scalar()
        if body is None:
            raise NotThereError("no such incident")
        return _incident(body).subject
    if account is None:
        return None
    found = account_of_id(connection, account)
    if found is None:
        raise NotThereError("no such account")
    return found


def check_grounds(connection: Connection, wanted: Wanted) -> None:
    """What a request rests on is of its tenant. Raises NotThereError."""
    if wanted.incident is not None:
        table = tables.incidents
        query = select(table.c.tenant).where(table.c.id == wanted.incident)
        if connection.execute(query).scalar() != wanted.tenant:
            raise NotThereError("no such incident of this tenant")
    if wanted.ticket is not None:
        query = select(tables.tickets.c.tenant).where(tables.tickets.c.id == wanted.ticket)
        if connection.execute(query).scalar() != wanted.tenant:
            raise NotThereError("no such ticket of this tenant")


def check_seen(told: Preview, seen: str) -> None:
    """Raise MeasureError for what nobody may ask for, and StaleError where it has to be looked at
    first; `seen` is what the one who asks was shown."""
    forbidding = sorted(FORBIDDING & told.all_cautions)
    if forbidding:
        text = CAUTIONS[forbidding[0]]
        raise MeasureError(text.en, text.fr)
    if told.needs_look and seen != told.seen:
        raise StaleError(
            "look at what it reaches, then ask for it: it is more than one account, or one that "
            "is not like the others, or it changed since it was looked at",
            "regardez ce que cela touche, puis demandez-le\u00a0: c'est plus d'un compte, ou un "
            "compte qui n'est pas comme les autres, ou cela a changé depuis",
        )


def check_free(connection: Connection, subject: Subject) -> None:
    """Raise MeasureError for an account of which nothing may be decided."""
    if is_restricted(connection, subject):
        text = CAUTIONS[Caution.RESTRICTED]
        raise MeasureError(text.en, text.fr)


def is_restricted(connection: Connection, subject: Subject) -> bool:
    """Whether the data of whose account it is may not be used."""
    return (subject.tenant, subject.uid) in restrictions.standing(connection)


def is_withdrawn(connection: Connection, incident: bytes | None) -> bool:
    """Whether an incident was found, and nothing of it stands any more."""
    table = tables.incidents
    query = select(table.c.withdrawn).where(table.c.id == incident)
    return incident is not None and bool(connection.execute(query).scalar())
