"""Measures are counted by state, and nobody is named."""

from sqlalchemy import Engine

from alerts.measure import State
from monitor.store.watching import Watching
from monitor.web.measure_metrics import measure_metrics
from monitor.web.metrics import exposition
from tests.monitor.services.measured import ACCOUNT, NOW, kept, measure


def test_measures_are_counted_by_state(database: Engine) -> None:
    with database.begin() as connection:
        for state in (State.IN_FORCE, State.IN_FORCE, State.UNFINISHED):
            kept(connection, measure(state=state))
    (family,) = measure_metrics(Watching(database))
    assert {one.labels["state"]: one.value for one in family.samples} == {
        "in_force": 2,
        "unfinished": 1,
    }
    text = exposition(Watching(database), lambda: NOW).decode()
    assert 'vigie_measures{state="in_force"} 2.0' in text
    assert ACCOUNT not in text
