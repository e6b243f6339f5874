"""What a reviewer kept goes with them, and nobody else's does."""

from sqlalchemy import Engine, insert, select

from monitor.store import tables
from monitor.store.gone import is_of_nobody
from monitor.store.reviewers import ReviewerRow, add


def test_rows_of_who_is_gone_are_found_and_no_others(database: Engine) -> None:
    row = ReviewerRow(
        uid="r-1", email="ada@atlas.example", name="Ada", role="analyst", tenant=None,
        state="active", version=1, created=1, last_sign_in=None,
    )  # fmt: skip
    table = tables.reviewer_marks
    with database.begin() as connection:
        add(connection, row)
        for owner in ("reviewer:r-1", "reviewer:r-2", "operator:root"):
            mark = {"reviewer": owner, "room": "incidents", "seen": 1, "before": 1}
            connection.execute(insert(table).values(mark))
        query = select(table.c.reviewer).where(*is_of_nobody(table.c.reviewer))
        assert connection.execute(query).scalars().all() == ["reviewer:r-2"]
