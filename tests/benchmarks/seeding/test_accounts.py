"""What is kept of an account fits together: its snapshot can be read, its facts are counted."""

from pathlib import Path

from sqlalchemy import select

from benchmarks.seeding.accounts import Accounts
from benchmarks.seeding.people import People
from benchmarks.seeding.scale import FULL
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import DAY
from detectors.core.fold import Fold
from detectors.core.identity import SubjectKind
from monitor.hygiene.kept import read_tally
from monitor.store import factors, tables
from monitor.store.connection import connect
from monitor.store.factors import Owner
from monitor.store.hygiene import HygieneTable
from monitor.store.writing import Writing
from tests.databases import placed

SCALE = FULL.part(0.0002)


def test_accounts_have_profiles_hygiene_and_factors(tmp_path: Path) -> None:
    engine, people = connect(placed(tmp_path / "vigie.db")), People(SCALE)
    accounts = Accounts(SCALE, people)
    with engine.begin() as connection:
        accounts.add_tenants(connection)
        for some in accounts.parts():
            accounts.add(connection, some)
        accounts.add_days(connection)
        person = people.all[3]
        saved = Writing(connection).snapshots("account", [person.subject.key()])
        cell = Fold(SubjectKind.ACCOUNT, registry.load(), Context()).restore(
            saved[person.subject.key()].body
        )
        assert cell.subject == person.subject
        assert cell.profile.uses
        owner = Owner("account", str(person.subject), person.subject.key())
        assert len(factors.of(connection, owner)) == 1
        days = HygieneTable(connection).days(None, SCALE.since // DAY)
        today = [day for day in days if day.day == SCALE.until // DAY]
        said = sum(sum(read_tally(day.body).said.values()) for day in today)
        facts = connection.execute(select(tables.hygiene_accounts.c.facts)).scalars()
        assert said == sum(bits.bit_count() for bits in facts) > 0
    engine.dispose()
