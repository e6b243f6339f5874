"""Rows of what stands against accounts, and what was proved, as services write them."""

from sqlalchemy import Engine

from detectors.core.identity import Subject, SubjectKind
from monitor.store import tables
from monitor.store.gate_changes import tell
from monitor.store.gate_list import GateTable


def listed(
    database: Engine, account: str, verdict: str, since: int, until: int | None = None
) -> None:
    """An order against an account."""
    key = f"order of {verdict}"
    assert GateTable(database, lambda: since).put("acme", account, verdict, since, until, key)


def demanded(
    database: Engine, account: str, session: str, verdict: str, since: int, until: int | None = None
) -> None:
    """The same against one session."""
    with database.begin() as connection:
        connection.execute(
            tables.session_demands.insert().values(
                tenant="acme",
                account=account,
                session=session,
                verdict=verdict,
                subject_key=Subject(SubjectKind.ACCOUNT, "acme", account).key(),
                since=since,
                until=until,
                reason="policy",
                key=f"demand of {verdict}",
            )
        )
        tell(connection, "acme", account)


def proved(database: Engine, account: str, session: str, since: int, until: int) -> None:
    """A session was proved."""
    with database.begin() as connection:
        connection.execute(
            tables.assurances.insert().values(
                tenant="acme",
                account=account,
                session=session,
                subject_key=Subject(SubjectKind.ACCOUNT, "acme", account).key(),
                level=2,
                method="passkey",
                since=since,
                until=until,
            )
        )
        tell(connection, "acme", account)
