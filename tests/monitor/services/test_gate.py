"""What is committed now is what is answered, and it ends by itself."""

from sqlalchemy import Engine

from monitor.gate.judging import Answer, Verdict
from monitor.services.gate import Gate
from tests.monitor.gate.standing import demanded, listed, proved

NOW = 1_800_000_000_000
BEFORE, AFTER = NOW - 1, NOW


def test_it_is_asked_of_the_tables_and_ends_by_itself(database: Engine) -> None:
    at = [NOW]
    gate = Gate(database, lambda: at[0])
    assert gate.ask("acme", "u-1", began=BEFORE) == Answer()
    listed(database, "u-1", "disabled", NOW, NOW + 5)
    assert gate.ask("acme", "u-1", began=AFTER).verdict is Verdict.DENY
    assert gate.ask("other", "u-1", began=AFTER).verdict is Verdict.PASS
    at[0] = NOW + 5
    assert gate.ask("acme", "u-1", began=AFTER).verdict is Verdict.PASS


def test_a_session_is_judged_by_its_own_proof(database: Engine) -> None:
    gate = Gate(database, lambda: NOW)
    demanded(database, "u-1", "s-1", "challenge", NOW)
    assert gate.ask("acme", "u-1", "s-1").verdict is Verdict.CHALLENGE
    assert gate.ask("acme", "u-1", "s-2").verdict is Verdict.PASS
    proved(database, "u-1", "s-1", NOW, NOW + 9)
    assert gate.ask("acme", "u-1", "s-1") == Answer(level=2)
