"""What a test finds in the audit."""

import json
from typing import Any

from sqlalchemy import Engine, select

from monitor.store import tables


def deeds(database: Engine) -> list[tuple[str, str, str | None]]:
    """Operation, subject and tenant of all that was recorded, in order."""
    table = tables.audit
    columns = table.c.operation, table.c.subject, table.c.tenant
    with database.connect() as connection:
        rows = connection.execute(select(*columns).order_by(table.c.number))
        return [tuple(row) for row in rows]


def contents(database: Engine) -> list[dict[str, Any]]:
    """What was recorded with each of them."""
    table = tables.audit_contents
    with database.connect() as connection:
        bodies = connection.execute(select(table.c.body).order_by(table.c.number)).scalars()
        return [json.loads(body) for body in bodies]
