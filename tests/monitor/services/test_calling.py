"""The team is told by every responder that tells it for the tenant, and the same thing once."""

from sqlalchemy import Engine

from alerts.ports import Action, Target
from alerts.responders.roster import Entry, Roster
from monitor.services.calling import call
from monitor.store.outbox import Wanted, page

TELLS = frozenset((Action.TELL,))
ROSTER = Roster(
    (
        Entry(name="all", kind="mail", actions=TELLS),
        Entry(name="acme", kind="mail", actions=TELLS, tenants=frozenset(("acme",))),
        Entry(name="scim", kind="scim", actions=frozenset((Action.DISABLE,))),
    )
)


def told(database: Engine, tenant: str, key: str = "k") -> int:
    target = Target(tenant=tenant, account="u-1")
    with database.begin() as connection:
        return call(
            connection,
            ROSTER,
            "incident",
            key,
            tenant=tenant,
            now=7,
            values={"category": "brute_force", "rule": ""},
            target=target,
            ticket=3,
            incident=b"i" * 16,
        )


def test_each_responder_that_tells_for_the_tenant_is_given_it_once(database: Engine) -> None:
    assert told(database, "acme") == 2
    assert told(database, "acme") == 0
    assert told(database, "globex", "other") == 1
    with database.connect() as connection:
        rows = page(connection, Wanted())
    assert sorted(row.responder for row in rows) == ["acme", "all", "all"]
    order = rows[-1].order
    assert (order.template, order.ticket, order.incident) == ("incident", 3, (b"i" * 16).hex())
    assert order.values == {"category": "brute_force"}
    assert all(row.subject_key is not None for row in rows)
