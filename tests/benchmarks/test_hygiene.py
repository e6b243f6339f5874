"""What hygiene costs is measured on accounts that are in use and in the directory."""

import pytest
from sqlalchemy import func, select

from benchmarks.hygiene import measure, uses
from monitor.store import tables
from tests.databases import Databases


def test_uses_are_in_order_and_of_every_account() -> None:
    events = uses(30)
    assert len({event.account for event in events}) == 30
    assert [event.time for event in events] == sorted(event.time for event in events)


def test_every_account_is_taken_up_and_judged(
    databases: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    url = databases.url(empty=True)
    measure(url, 40)
    told = capsys.readouterr().out
    assert "the directory taken up" in told
    assert "a round six hours later" in told
    with databases.connect(url).connect() as connection:
        for table in (tables.listings, tables.hygiene_accounts):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 40
