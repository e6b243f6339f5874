"""Setting up factors as tests have it: an account that the directory knows, a mail responder,
people who may, and a clock that tests set."""

from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from alerts.document import text_of
from alerts.policy import Mode, Policy, TenantTerms
from alerts.ports import Action, Order
from alerts.responders.roster import Entry, Roster
from detectors.core.event import DAY
from monitor.directory.account import AccountChanges, State
from monitor.mfa import lost_factor
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.services.actor import Actor, Role, operator
from monitor.services.directory import Directory
from monitor.services.keyring import Keyring
from monitor.services.recoveries import Recoveries, RecoveryView
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.store import outbox, policies, tables
from tests.monitor.services.people import person

NOW = 1_800_000_000_000
ANN = Subscriber("acme", "u-17")
STRANGER = Subscriber("other", "u-17")
KEYRING = Keyring(b"pepper")
CLIENT = Client("203.0.113.7", "Firefox")
TERMS = EnrolmentTerms(
    address="https://vigie.example",
    recovery=lost_factor.Terms(lapses=7 * DAY, waits=DAY, holds=2 * DAY),
)
ROSTER = Roster((Entry(name="mail", kind="mail", actions=frozenset((Action.NOTIFY, Action.TELL))),))


def who(uid: str, role: Role = Role.APPROVER, tenant: str | None = None, at: int = NOW) -> Actor:
    """A reviewer who has just proved who they are."""
    return person(role, uid=uid, authenticated=at, tenant=tenant)


def known(database: Engine, subscriber: Subscriber = ANN, **fields: Any) -> None:
    """Let the directory know an account."""
    told = {"email": "ann@acme.example", "locale": "en-GB", "state": State.ACTIVE} | fields
    Directory(database, lambda: NOW - 30 * DAY).create(
        operator(), subscriber.tenant, subscriber.account, AccountChanges(**told)
    )


def required(database: Engine, days: int | None = 14, mode: Mode = Mode.ACT) -> None:
    """Let the policy ask people of the tenant for a factor within so many days."""
    document = text_of(Policy(mode=mode, tenants={ANN.tenant: TenantTerms(enrolment_days=days)}))
    with database.begin() as connection:
        stored = policies.newest(connection)
        made = policies.add(
            connection,
            0 if stored is None else stored.id,
            document,
            actor="reviewer:r-1",
            actor_name="Ada",
            reason="x",
            now=NOW,
        )
    assert made is not None


def with_factor(
    connection: Connection, subscriber: Subscriber = ANN, kind: str = "totp", created: int = NOW
) -> None:
    """Let somebody have a factor, whose secret opens for nobody."""
    owner = subscriber.owner
    row = {"owner_kind": owner.kind, "owner": owner.uid, "subject_key": owner.subject_key}
    row |= {"kind": kind, "secret": b"x", "created": created}
    connection.execute(insert(tables.factors).values(row))


def orders(database: Engine) -> list[Order]:
    """What was ordered, in its order."""
    with database.begin() as connection:
        ids = connection.execute(select(tables.outbox.c.id).order_by(tables.outbox.c.id)).scalars()
        return [row.order for one in ids.all() if (row := outbox.row(connection, one))]


def templates(database: Engine) -> list[str]:
    """Which messages were ordered."""
    return [order.template for order in orders(database)]


def audited(database: Engine) -> list[str]:
    """What the audit says was done, in its order."""
    with database.begin() as connection:
        query = select(tables.audit.c.operation).order_by(tables.audit.c.number)
        return list(connection.execute(query).scalars())


class Desk:
    """Recoveries of a database, with a clock."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.now = NOW
        self.recoveries = Recoveries(database, KEYRING, TERMS, ROSTER, lambda: self.now)

    def who(self, uid: str, role: Role = Role.APPROVER, tenant: str | None = None) -> Actor:
        """A reviewer who has just proved who they are."""
        return who(uid, role, tenant, self.now)

    def agreed(self, subscriber: Subscriber = ANN) -> RecoveryView:
        """A recovery that waits its time."""
        one = self.recoveries.request(self.who("ada", Role.ANALYST), subscriber)
        self.recoveries.note_proof(self.who("ada", Role.ANALYST), one.handle, "seen in person")
        return self.recoveries.approve(self.who("bob"), one.handle)
