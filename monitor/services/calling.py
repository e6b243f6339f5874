"""People of the security team are called: an order to each responder that tells them, written in
the transaction that has something to tell."""

from collections.abc import Mapping

from sqlalchemy import Connection

from alerts.ports import Action, Order, Target
from alerts.responders.roster import Roster
from monitor.store import outbox


def call(
    connection: Connection,
    roster: Roster,
    template: str,
    key: str,
    *,
    tenant: str,
    now: int,
    values: Mapping[str, str],
    target: Target | None = None,
    ticket: int | None = None,
    incident: bytes | None = None,
) -> int:
    """Tell them a message (`alerts.messages`) filled with these values; how many responders do.

    `key` is the same for what is to be told once. `target` is the account that it is about, by
    which the message goes when the account is erased.
    """
    order = Order(
        key=f"call.{key}",
        action=Action.TELL,
        issued=now,
        tenant=tenant,
        target=target,
        ticket=ticket,
        incident=None if incident is None else incident.hex(),
        template=template,
        values={name: value for name, value in values.items() if value},
    )
    entries = roster.offering(Action.TELL, tenant)
    return sum(outbox.enqueue(connection, order, entry.name) for entry in entries)
