"""Tenants with a month of days of hygiene, and those who are written to."""

from sqlalchemy import Engine as Database

from alerts.ports import Action
from alerts.responders.roster import Entry, Roster
from detectors.core.event import DAY
from monitor.directory.tenant import Contact, Tenant
from monitor.hygiene import kept
from monitor.hygiene.facts import Fact
from monitor.hygiene.month import days_of
from monitor.hygiene.score import Tally
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import Day, HygieneTable

T = "acme"
OTHER = "beta"
MONTH = 681
"""October 2026."""
NOW = days_of(MONTH).stop * DAY + 9 * 3_600_000
"""The first of November, at nine."""
MAIL = Entry(name="mail", kind="mail", actions=frozenset((Action.NOTIFY,)))
ROSTER = Roster((MAIL,))


def tally(said: int) -> Tally:
    """Ten accounts, some of which are dormant, and none has a weak factor."""
    return Tally(
        accounts=10,
        considered={Fact.DORMANT: 10, Fact.NO_MFA: 10, Fact.WEAK_FACTOR: 4},
        said={Fact.DORMANT: said, Fact.NO_MFA: 1} if said else {},
    )


def fill(database: Database, *, contacts: bool = True) -> None:
    """Days of two tenants in the last two months; one has a contact with an address."""
    days, before = days_of(MONTH), days_of(MONTH - 1)
    with database.begin() as connection:
        HygieneTable(connection).put_days(
            Day(tenant, day, 10, kept.encode(tally(said)))
            for tenant in (T, OTHER)
            for day, said in ((before.stop - 1, 6), (days.start, 5), (days.stop - 1, 4))
        )
        people = (Contact(name="Ann", email="ann@acme.example"),) if contacts else ()
        told = Tenant(uid=T, name="Acme", language="en", contacts=people)
        DirectoryTable(connection).put_tenant(told, None, 1)
