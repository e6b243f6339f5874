"""Tenants' days go when they are old enough, whatever came of their accounts."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.hygiene import Hygiene
from monitor.store import tables
from tests.monitor.retention.working import DAY, LIMITS, NOW, add, count, run


def test_days_of_long_ago_go(database: Database) -> None:
    today = NOW // DAY
    for tenant, day in (("a", today - 1_096), ("b", today - 1_096), ("a", today - 1_095)):
        add(database, tables.hygiene_days, tenant=tenant, day=day, accounts=1, body=b"\x83")
    with database.begin() as connection:
        due = Hygiene().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 2)
    assert run(Hygiene(), database) == 2
    assert count(database, tables.hygiene_days) == 1


def test_that_a_month_was_told_goes_with_its_days(database: Database) -> None:
    for month, made in ((1, LIMITS.hygiene - 1), (2, LIMITS.hygiene)):
        add(database, tables.hygiene_reports, tenant="a", month=month, made=made, recipients=1)
    with database.begin() as connection:
        due = Hygiene().due(connection, LIMITS)
    assert (due.kept, due.due) == (2, 1)
    assert run(Hygiene(), database) == 1
    assert count(database, tables.hygiene_reports) == 1
