"""What is told of setting up factors and of recoveries, written as orders in the transaction that
has something to tell; to subscribers at the directory's mail address, which no stranger chooses."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from alerts.ports import Action, Order
from alerts.responders.roster import Roster
from monitor.directory.account import account_id
from monitor.services.actor import Actor, ActorKind
from monitor.services.calling import call
from monitor.services.subscriber import Subscriber
from monitor.services.targets import target_of
from monitor.store import outbox
from monitor.store.directory import DirectoryTable

OWNER: Final = Actor(kind=ActorKind.DAEMON, uid="subscriber", name="the subscriber")
"""Whoever sets up a factor, asks for a recovery or stops one for their own account."""


def tell_subscriber(
    connection: Connection,
    roster: Roster,
    subscriber: Subscriber,
    template: str,
    key: str,
    now: int,
    values: Mapping[str, str],
    until: int | None = None,
) -> int:
    """Tell a subscriber a message; to how many responders it goes, 0 where nobody can tell them.
    `key` is the same for what is to be told once, `until` a time that the message says (ms)."""
    target = target_of(connection, subscriber.subject)
    if not target.email:
        return 0
    order = Order(
        key=f"{template}.{key}",
        action=Action.NOTIFY,
        issued=now,
        tenant=subscriber.tenant,
        target=target,
        until=until,
        template=template,
        values={name: value for name, value in values.items() if value},
    )
    entries = roster.offering(Action.NOTIFY, subscriber.tenant)
    return sum(outbox.enqueue(connection, order, entry.name) for entry in entries)


def address_since(connection: Connection, subscriber: Subscriber) -> int | None:
    """Since when the directory has had a subscriber's mail address (ms); None where it has none."""
    stored = DirectoryTable(connection).account(account_id(subscriber.tenant, subscriber.account))
    if stored is None or not stored.account.email:
        return None
    said = stored.account.origins.get("email")
    return 0 if said is None else said.at


def can_be_told(connection: Connection, roster: Roster, subscriber: Subscriber) -> bool:
    """Whether a subscriber can be told anything by another way."""
    if not target_of(connection, subscriber.subject).email:
        return False
    return any(True for _ in roster.offering(Action.NOTIFY, subscriber.tenant))


def tell_team(
    connection: Connection,
    roster: Roster,
    subscriber: Subscriber,
    template: str,
    key: str,
    now: int,
    values: Mapping[str, str],
) -> int:
    """Tell the team a message about a subscriber; how many responders do."""
    return call(
        connection,
        roster,
        template,
        f"{template}.{key}",
        tenant=subscriber.tenant,
        now=now,
        values=values,
        target=target_of(connection, subscriber.subject),
    )
