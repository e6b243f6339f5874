"""Only responders that write to people gather, each in its own rhythm."""

from pathlib import Path

from sqlalchemy import Engine

from alerts.outbox import State
from alerts.ports import Action
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.settings import Settings
from monitor.store import outbox
from monitor.store.outbox import Wanted
from tests.monitor.store.orders import NOW, order

MAIL = {"kind": "mail", "host": "h", "sender": "v@a.example", "to": ["s@a.example"]}
RESPONDERS = {
    "often": MAIL,
    "daily": MAIL | {"digest_minutes": 1_440},
    "off": MAIL | {"digest_minutes": 1_440, "enabled": False},
    "hook": {"kind": "webhook", "url": "https://a.example", "secret": "whsec_" + "A" * 32}
    | {"actions": ["tell"]},
}


def test_the_timer_is_found_and_puts_off_what_can_wait(database: Engine, tmp_path: Path) -> None:
    (timer,) = [one for one in timers() if one.name == "digests"]
    settings = Settings(data=tmp_path, responders=RESPONDERS)
    around = Surroundings(settings=settings, database=database)
    with database.begin() as connection:
        for name in RESPONDERS:
            told = order(name, Action.TELL, template="incident", values={"severity": "low"})
            outbox.enqueue(connection, told, name)
        assert timer.ring(Ringing(connection=connection, now=NOW, around=around)) == 1
        rows = outbox.page(connection, Wanted(states=frozenset((State.WAITING,))))
    due = {one.responder: one.due for one in rows}
    assert due["daily"] > due["often"] == due["off"] == due["hook"]
