"""The team is told of each ticket that is nearly late, or late, once for each clock that runs."""

from sqlalchemy import Engine

from alerts.aims import Aim, Aims
from detectors.core.event import HOUR, MINUTE
from monitor.responding.timer import Ringing
from monitor.responding.timers.clocks import ring
from monitor.settings import Web
from monitor.store.outbox import Wanted, page
from tests.monitor.responding.incidents import NOW, made, put_shown
from tests.monitor.responding.responded import around, called, follow


def rung(database: Engine, now: int, **settings: object) -> int:
    surroundings = around(database, now, **settings)
    with database.begin() as connection:
        return ring(Ringing(connection=connection, now=now, around=surroundings))


def test_each_is_told_once_when_it_is_near_and_once_when_it_is_past(database: Engine) -> None:
    put_shown(database, made(1))
    follow(database)
    assert rung(database, NOW + 44 * MINUTE) == 0
    assert rung(database, NOW + 46 * MINUTE) == 1
    assert rung(database, NOW + 47 * MINUTE) == 0
    assert rung(database, NOW + HOUR, web=Web(public_url="https://vigie.example.com")) == 1
    assert rung(database, NOW + 2 * HOUR) == 0
    assert called(database) == ["incident", "due", "overdue"]
    with database.connect() as connection:
        last = page(connection, Wanted())[0]
    assert last.subject_key == made(1).subject.key(), "it goes with the account"
    assert last.order.values["clock"] == "triage"
    assert last.order.values["link"] == f"https://vigie.example.com/tickets/{last.ticket}"


def test_the_settings_say_how_long_it_may_take(database: Engine) -> None:
    aims = Aims(high=Aim(triage_minutes=10, resolution_minutes=20))
    put_shown(database, made(1))
    follow(database, tickets=aims)
    assert rung(database, NOW + 9 * MINUTE, tickets=aims) == 1
