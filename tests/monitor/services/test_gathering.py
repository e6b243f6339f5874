"""A flood of messages comes as a few, whoever has a right to one gets it, and a kill loses none."""

from sqlalchemy import Connection, Engine, update

from alerts.digest import GATHERING, Rhythm
from alerts.ladder import Step
from alerts.measure import State as MeasureState
from alerts.outbox import State
from alerts.ports import Action
from detectors.core.event import HOUR, MINUTE
from detectors.core.finding import Severity
from monitor.services import carrying
from monitor.services.gathering import gather
from monitor.store import measures, outbox, tables
from monitor.store.outbox import OrderRow, Wanted
from tests.monitor.services.measured import ROSTER, kept, measure
from tests.monitor.store.orders import NOW, order


def rhythm(per_hour: int = 30, digest_minutes: int | None = None, per_day: int = 5) -> Rhythm:
    return Rhythm(
        per_hour=per_hour, per_day=per_day, digest_minutes=digest_minutes, at_once=Severity.HIGH
    )


def tell(connection: Connection, count: int, severity: str = "low", now: int = NOW) -> None:
    for number in range(count):
        told = order(
            f"{severity}-{number}-{now}",
            Action.TELL,
            template="incident",
            values={"severity": severity},
            issued=now,
        )
        outbox.enqueue(connection, told, "mail")


def rows(connection: Connection, *states: State) -> list[OrderRow]:
    return outbox.page(connection, Wanted(states=frozenset(states)))[::-1]


def deliver(connection: Connection, now: int) -> None:
    """What is due goes out."""
    table = tables.outbox
    is_due = (table.c.state == State.WAITING) & (table.c.due <= now)
    connection.execute(update(table).where(is_due).values(state=State.DONE, updated=now))


def test_a_flood_becomes_a_digest_in_its_time(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, 20)
        assert gather(connection, "mail", rhythm(per_hour=3), NOW) == 17
        deliver(connection, NOW + GATHERING)
        assert len(rows(connection, State.DONE)) == 3
        later = NOW + 15 * MINUTE
        gather(connection, "mail", rhythm(per_hour=3), later)
        (waiting,) = rows(connection, State.WAITING)
        assert waiting.order.template == "digest"
        assert waiting.order.values["count"] == "17"
        assert waiting.due <= later
        folded = rows(connection, State.CANCELLED)
        assert {one.reason for one in folded} == {"@folded"}
        assert len(folded) == 17


def test_who_reads_once_an_hour_is_told_at_once_what_is_grave(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, 3)
        tell(connection, 1, "critical")
        gather(connection, "mail", rhythm(digest_minutes=60), NOW)
        deliver(connection, NOW + GATHERING)
        assert [one.order.values["severity"] for one in rows(connection, State.DONE)] == [
            "critical"
        ]
        slot = (NOW // HOUR + 1) * HOUR
        gather(connection, "mail", rhythm(digest_minutes=60), slot)
        (waiting,) = rows(connection, State.WAITING)
        assert waiting.order.values["count"] == "3"


def test_where_nobody_gathers_each_goes_by_itself(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, 20)
        deliver(connection, NOW + GATHERING)
        assert len(rows(connection, State.DONE)) == 20
        assert gather(connection, "mail", rhythm(per_hour=1), NOW + GATHERING) == 0


def test_what_is_at_work_or_waits_for_another_is_left_alone(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, 3)
        table = tables.outbox
        connection.execute(update(table).values(state=State.LEASED, holder="x", leased=NOW + 9))
        assert gather(connection, "mail", rhythm(per_hour=1), NOW) == 0
        assert gather(connection, "chat", rhythm(per_hour=1), NOW) == 0


def test_one_person_is_not_flooded_and_the_measure_counts_as_told(database: Engine) -> None:
    with database.begin() as connection:
        made = [
            carrying.carry_out(
                connection,
                kept(connection, measure(Step.NOTIFY, until=None, incident=i)),
                ROSTER,
                NOW,
            )
            for i in (b"a" * 16, b"b" * 16, b"c" * 16)
        ]
        assert gather(connection, "mail", rhythm(per_day=2), NOW) == 1
        last = measures.get(connection, made[-1].id)
        assert last is not None
        assert last.state is MeasureState.DONE
        (left,) = rows(connection, State.CANCELLED)
        assert left.reason == "@often"
        assert "often enough" in outbox.Because.OFTEN.text.en


def test_what_somebody_has_a_right_to_be_told_is_never_left_out(database: Engine) -> None:
    with database.begin() as connection:
        one = kept(connection, measure(Step.REVOKE, until=None))
        carrying.carry_out(connection, one, ROSTER, NOW)
        assert gather(connection, "mail", rhythm(per_day=1, per_hour=1), NOW) == 0
        notices = [row for row in rows(connection, State.WAITING) if row.action is Action.NOTIFY]
        assert [row.due for row in notices] == [NOW]


def test_gathering_twice_changes_nothing(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, 6)
        later = NOW + 15 * MINUTE
        gather(connection, "mail", rhythm(per_hour=1), NOW)
        gather(connection, "mail", rhythm(per_hour=1), later)
        before = [(one.key, one.state) for one in rows(connection)]
        assert gather(connection, "mail", rhythm(per_hour=1), later) == 0
        assert [(one.key, one.state) for one in rows(connection)] == before
