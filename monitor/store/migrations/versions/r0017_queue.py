"""By what incidents are found, filled from those that are there; kept filters are of a list."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from alembic import op

from monitor.search import words_of

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AT_ONCE = 2_000
_MOST_OTHERS = 60


def upgrade() -> None:
    """Add a table and a column."""
    _add_rooms_to_filters()
    _add_words()


def _add_rooms_to_filters() -> None:
    # The version before keeps filters of tickets, and knows of no others.
    room = sa.Column("room", sa.String(16), nullable=False, server_default="tickets")
    op.add_column("ticket_filters", room)
    op.create_index(
        "uq_ticket_filters_owner_room_name",
        "ticket_filters",
        ["owner", "room", "name"],
        unique=True,
    )
    op.drop_index("uq_ticket_filters_owner_name", "ticket_filters")


def _add_words() -> None:
    words = op.create_table(
        "incident_words",
        sa.Column("incident_id", sa.LargeBinary(16), nullable=False),
        sa.Column("word", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "word", name="pk_incident_words"),
        sqlite_with_rowid=False,
    )
    if not op.get_context().as_sql:
        for rows in _words():
            op.bulk_insert(words, rows)
    op.create_index("ix_incident_words_word", "incident_words", ["word", "incident_id"])


def _words() -> Iterator[list[dict[str, object]]]:
    """What monitor.store.incident_words keeps of the incidents that are there."""
    table = sa.table("incidents", sa.column("id"), sa.column("body"))
    query = sa.select(table.c.id, table.c.body).order_by(table.c.id).limit(_AT_ONCE)
    after = b""
    while found := op.get_bind().execute(query.where(table.c.id > after)).all():
        after = bytes(found[-1].id)
        yield [
            {"incident_id": bytes(row.id), "word": word} for row in found for word in _of(row.body)
        ]


def _of(body: bytes) -> list[str]:
    # As it is stored in this version: an array, with the subject, the assessment and the others.
    told = msgspec.msgpack.decode(body)
    _, tenant, uid = told[1]
    others = told[11] if len(told) > 11 else []
    found = dict.fromkeys(words_of(f"{tenant} {uid}"))
    for kind, _, name in [told[1], *others[:_MOST_OTHERS]]:
        found |= dict.fromkeys(words_of(name))
        if kind == "source":
            found[f"={name[:64]}"] = None
    return [*found, *(f":{detector}" for detector in dict.fromkeys(p[1] for p in told[6][2]))]
