"""Measures as tests have them: somebody's account, responders that offer what is asked, and orders
that are settled as a responder would."""

from typing import Any

from sqlalchemy import Connection, Engine, update

from alerts.ladder import Step
from alerts.measure import Measure, State
from alerts.outbox import State as OrderState
from alerts.ports import AccountState, Action, Receipt
from alerts.responders.roster import Entry, Roster
from detectors.core.identity import Subject, SubjectKind
from monitor.directory.account import AccountChanges
from monitor.services import carrying
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.store import measures, outbox, tables
from monitor.store.outbox import Carried, OrderRow, encoded

NOW = 1_800_000_000_000
TENANT, ACCOUNT = "acme", "u-17"
WHO = Subject(SubjectKind.ACCOUNT, TENANT, ACCOUNT)
LOCKING = frozenset((Action.DISABLE, Action.ENABLE, Action.CHALLENGE, Action.RELEASE))
ROSTER = Roster(
    (
        Entry(name="scim", kind="scim", actions=LOCKING),
        Entry(name="gate", kind="gate", actions=LOCKING | {Action.REVOKE}),
        Entry(name="mail", kind="mail", actions=frozenset((Action.NOTIFY, Action.TELL))),
    )
)


def measure(
    step: Step = Step.SUSPEND, state: State = State.EXECUTING, account: str = ACCOUNT, **more: Any
) -> Measure:
    """One that a rule had done."""
    given: dict[str, Any] = {"aup": "6", "rule": "shared", "until": NOW + 3_600_000}
    return Measure(
        tenant=TENANT, account=account, step=step, state=state, created=NOW, **given | more
    )


def kept(connection: Connection, one: Measure) -> Measure:
    """It, in the database."""
    made = measures.add(connection, one)
    assert made is not None
    return made


def known_account(database: Engine, **fields: Any) -> None:
    """Let the directory know the account."""
    told = {"email": "ann@acme.example", "locale": "en-GB", "aliases": ("ann",)} | fields
    Directory(database).create(operator(), TENANT, ACCOUNT, AccountChanges(**told))


def rows_of(connection: Connection, measure_id: int, *actions: Action) -> list[OrderRow]:
    """Its orders for these actions; for all, where none is named."""
    rows = outbox.of_measure(connection, measure_id)
    return [row for row in rows if not actions or row.action in actions]


def answer(
    connection: Connection,
    row: OrderRow,
    state: OrderState = OrderState.DONE,
    seen: AccountState | None = None,
    reason: str | None = None,
    now: int = NOW,
) -> None:
    """Settle an order, or note an attempt, as the process that delivers does."""
    carried = Carried(receipt=Receipt(), at=now, seen=seen)
    values: dict[str, Any] = {"state": state, "attempts": row.attempts + 1, "reason": reason}
    if state is OrderState.DONE:
        values["receipt"] = encoded(carried)
    table = tables.outbox
    connection.execute(update(table).where(table.c.id == row.id).values(values))
    if row.measure is not None:
        carrying.settle(connection, row.measure, now)


def answer_all(connection: Connection, measure_id: int, *actions: Action) -> None:
    """Every responder does what waits, and the account is read back as it was meant."""
    seen = {Action.DISABLE: AccountState.DISABLED, Action.ENABLE: AccountState.ACTIVE}
    for row in rows_of(connection, measure_id, *actions):
        if row.state is OrderState.WAITING:
            answer(connection, row, seen=seen.get(row.action))
