"""The responding process does with measures what is due, by the responders of its settings."""

from pathlib import Path

from sqlalchemy import Engine

from alerts.measure import State, Why
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.settings import Settings
from monitor.store import measures
from tests.monitor.services.measured import NOW, kept, measure


def test_the_timer_is_found_and_orders_what_waits(database: Engine, tmp_path: Path) -> None:
    (timer,) = [one for one in timers() if one.name == "measures"]
    around = Surroundings(settings=Settings(data=tmp_path), database=database)
    with database.begin() as connection:
        one = kept(connection, measure())
        ringing = Ringing(connection=connection, now=NOW, around=around)
        assert timer.ring(ringing) > 0
        told = measures.get(connection, one.id)
    assert told is not None
    # Whoever has no responder for it but the gate's own list is told so.
    assert told.ordered == NOW
    assert told.state in (State.EXECUTING, State.UNFINISHED)
    assert told.unfinished in (None, Why.NOBODY)
