"""Gates of several processes are one, and those that are gone count no more."""

from sqlalchemy import Engine

from monitor.health import gate
from monitor.health.gate import ALIVE, GatePulse
from monitor.health.pulse import Who
from monitor.store.watching import Watching
from monitor.store.writing import Writing
from monitor.web.gate_metrics import gate_metrics
from monitor.web.metrics import exposition

NOW = 1_800_000_000_000


def noted(database: Engine, process: int, time: int, is_blind: bool) -> None:
    who = Who("h", process, "1", 0)
    pulse = GatePulse(time=time, who=who, answers={"pass": 5, "deny": 1}, known=3)
    pulse.is_blind = is_blind
    with database.begin() as connection:
        Writing(connection).set_note(gate.name_of(who), gate.encode(pulse))


def test_what_processes_answered_is_summed(database: Engine) -> None:
    assert list(gate_metrics(Watching(database), NOW)) == []
    noted(database, 1, NOW, False)
    noted(database, 2, NOW, True)
    noted(database, 3, NOW - ALIVE, True)
    text = exposition(Watching(database), lambda: NOW).decode()
    for line in (
        'vigie_gate_answers_total{answer="pass"} 10.0',
        'vigie_gate_answers_total{answer="deny"} 2.0',
        "vigie_gate_processes 2.0",
        "vigie_gate_blind 1.0",
        "vigie_gate_accounts 3.0",
    ):
        assert line in text
