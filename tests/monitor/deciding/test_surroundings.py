"""Lists and proofs of this account and this session count, and of no other; what ended does not."""

from sqlalchemy import Engine

from alerts.responders.gate import CHALLENGE, DISABLED, REVOKED
from detectors.core.context import AccountKind
from detectors.core.event import HOUR
from monitor.deciding.surroundings import Surroundings
from monitor.deciding.verdict import Known
from monitor.mfa.challenge import Reason
from monitor.services import assurance
from monitor.services.factors import Level, Method
from monitor.services.subscriber import Subscriber
from monitor.store import factors, restrictions
from monitor.store.gate_list import GateTable

NOW = 1_790_000_000_000
ANN, BOB = Subscriber("acme", "u-1"), Subscriber("acme", "u-2")


def listed(
    engine: Engine, subscriber: Subscriber = ANN, session: str | None = "s-1", now: int = NOW
) -> Known:
    with engine.begin() as connection:
        return Surroundings().lists(connection, subscriber, session, now)


def test_of_whom_nothing_is_said_nothing_is_known(database: Engine) -> None:
    assert listed(database) == Known() == listed(database, session=None)


def test_lists_hold_for_their_account_while_they_hold(database: Engine) -> None:
    gate = GateTable(database, lambda: NOW)
    gate.put("acme", "u-1", CHALLENGE, NOW, NOW + HOUR, "o-1")
    gate.put("acme", "u-1", REVOKED, NOW, None, "o-2")
    assert listed(database, session=None).is_demanded
    assert not listed(database, now=NOW + HOUR).is_demanded
    assert listed(database, BOB) == Known()
    gate.put("acme", "u-2", DISABLED, NOW, None, "o-3")
    assert listed(database, BOB).is_disabled


def test_a_proof_counts_for_its_session_and_against_what_is_demanded(database: Engine) -> None:
    with database.begin() as connection:
        for session in ("s-1", "s-2"):
            assurance.demand(
                connection, ANN, session, NOW, None, Reason.UNUSUAL, f"question.{session}"
            )
        until = NOW + HOUR
        assurance.raise_to(connection, ANN, "s-1", Level.AAL2, Method.TOTP, NOW, until)
    GateTable(database, lambda: NOW).put("acme", "u-1", CHALLENGE, NOW, None, "o-1")
    one, other = listed(database), listed(database, session="s-2")
    assert (one.is_proved, one.is_demanded) == (True, False)
    assert (other.is_proved, other.is_demanded) == (False, True)
    assert not listed(database, now=NOW + HOUR).is_proved
    assert not listed(database, session=None).is_proved


def test_nothing_is_judged_of_whom_is_restricted(database: Engine) -> None:
    with database.begin() as connection:
        restrictions.restrict(connection, ANN.subject, NOW, "asked for", "operator")
    assert listed(database).is_withheld
    assert not listed(database, BOB).is_withheld
    assert listed(database, Subscriber("acme", "erased-0f")).is_withheld in (True, False)


def test_what_keeps_a_probability_from_asking_is_read_when_it_would(database: Engine) -> None:
    surroundings = Surroundings()
    with database.begin() as connection:
        known = surroundings.weighed(connection, ANN, Known(risk=0.9), None, NOW)
        assert (known.risk, known.is_shadow, known.has_factor) == (0.9, True, False)
        assert not known.is_protected
        factors.add(connection, ANN.owner, "totp", b"sealed", NOW)
        kind = AccountKind.SERVICE
        known = surroundings.weighed(connection, ANN, Known(), kind, NOW)
        assert (known.has_factor, known.is_protected) == (True, True)
