"""A link that nobody used goes after a month; that one was used is known as long as the account."""

from typing import Any

from sqlalchemy import Engine as Database

from monitor.retention.jobs.enrolments import UNUSED, Enrolments
from monitor.store import tables
from tests.monitor.retention.working import LIMITS, add, count, run


def link(database: Database, number: int, **told: Any) -> None:
    row: dict[str, Any] = {
        "digest": bytes([number]) * 32,
        "handle": f"{number:032x}",
        "purpose": "enrol",
        "subject_key": 1,
        "tenant": "acme",
        "account": "u-1",
        "issuer": "reviewer:ada",
        "language": "fr",
        "created": 1,
        "not_before": 1,
        "expires": 2,
    }
    add(database, tables.enrolment_links, **row | told)


def test_what_is_over_goes(database: Database) -> None:
    over = LIMITS.time - UNUSED
    link(database, 1, expires=over - 1)
    link(database, 2, expires=over)
    link(database, 3, used=LIMITS.accounts - 1)
    link(database, 4, used=LIMITS.accounts)
    with database.begin() as connection:
        due = Enrolments().due(connection, LIMITS)
    assert (due.kept, due.due) == (4, 2)
    assert run(Enrolments(), database) == 2
    assert count(database, tables.enrolment_links) == 2
