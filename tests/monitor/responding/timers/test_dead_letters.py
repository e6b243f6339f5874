"""What nobody could deliver is told by whoever still can, once a while, and never about itself."""

from pathlib import Path

from sqlalchemy import Connection, Engine, update

from alerts.messages.rendering import rendered
from alerts.outbox import State
from alerts.ports import Action
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.responding.timers.dead_letters import EVERY
from monitor.settings import Settings, Web
from monitor.store import outbox, tables
from monitor.store.outbox import OrderRow, Wanted
from tests.monitor.store.orders import NOW, order

MAIL = {"kind": "mail", "host": "h", "sender": "v@a.example", "to": ["s@a.example"]}


def give_up(connection: Connection, reason: str = "HTTP 404", now: int = NOW) -> None:
    table = tables.outbox
    values = {"state": State.DEAD, "reason": reason, "updated": now}
    connection.execute(update(table).where(table.c.state == State.WAITING).values(values))


def waiting(connection: Connection) -> list[OrderRow]:
    return outbox.page(connection, Wanted(states=frozenset((State.WAITING,))))


def test_the_team_is_told_once_a_while_and_not_about_that(database: Engine, tmp_path: Path) -> None:
    (timer,) = [one for one in timers() if one.name == "dead_letters"]
    settings = Settings(
        data=tmp_path,
        responders={"mail": MAIL, "chat": MAIL},
        web=Web(public_url="https://vigie.example"),
    )
    around = Surroundings(settings=settings, database=database)
    with database.begin() as connection:

        def ring(now: int) -> int:
            return timer.ring(Ringing(connection=connection, now=now, around=around))

        assert ring(NOW) == 0
        for key, action in (("a", Action.TRACK), ("b", Action.NOTIFY), ("c", Action.DISABLE)):
            outbox.enqueue(connection, order(key, action), "jira")
        give_up(connection)
        assert ring(NOW + 1) == 2
        assert ring(NOW + 2) == 0
        told = waiting(connection)
        assert {one.responder for one in told} == {"chat", "mail"}
        said = rendered(told[0].order, "en")
        assert said.subject == "Not delivered by jira: 2 orders"
        assert "HTTP 404" in said.text
        assert "https://vigie.example/outbox?state=dead" in said.text
        # Neither of them can say it: that is where it ends.
        give_up(connection, now=NOW + EVERY)
        assert ring(NOW + 2 * EVERY) == 0
