"""The memory knows what was committed at its next look, however it came to be, and says when it
cannot look."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, update

from detectors.core.identity import Subject, SubjectKind
from monitor.gate.judging import Verdict
from monitor.gate.known import Known
from monitor.gate.memory import ANEW_S, EVERY_S, Following, Memory
from monitor.gate.reading import everything
from monitor.store import gate_changes, restrictions, tables
from monitor.store.gate_list import GateTable
from tests.monitor.gate.standing import demanded, listed, proved

NOW = 1_800_000_000_000


class World:
    def __init__(self, database: Engine) -> None:
        self.now, self.seconds = NOW, 0.0
        self.memory = Memory(database, 5.0, lambda: self.now, lambda: self.seconds)

    def verdict(self, account: str, session: str = "s-1", began: int = NOW - 1) -> Verdict:
        return self.memory.ask(Known("acme", account, session, began)).verdict

    def look(self) -> None:
        assert self.memory.look(), self.memory.trouble


def test_what_stood_before_and_what_comes_is_known(database: Engine) -> None:
    listed(database, "u-1", "disabled", NOW)
    world = World(database)
    assert world.memory.is_blind
    world.look()
    assert not world.memory.is_blind
    assert world.verdict("u-1") is Verdict.DENY
    assert world.verdict("u-2") is Verdict.PASS
    listed(database, "u-2", "revoked", NOW)
    demanded(database, "u-3", "s-1", "challenge", NOW)
    world.look()
    assert world.verdict("u-2") is Verdict.SIGN_IN
    assert world.verdict("u-3") is Verdict.CHALLENGE
    assert world.verdict("u-3", "s-2") is Verdict.PASS
    proved(database, "u-3", "s-1", NOW, NOW + 50)
    GateTable(database, lambda: NOW).remove("acme", "u-1", frozenset(("disabled",)), "k")
    world.look()
    assert world.verdict("u-1") is world.verdict("u-3") is Verdict.PASS
    world.now += 50
    assert world.verdict("u-3") is Verdict.CHALLENGE


def test_whose_data_is_restricted_is_asked_for_no_proof_until_it_is_not(database: Engine) -> None:
    """Nothing may be decided about them, so no challenge would let them on."""
    world, subject = World(database), Subject(SubjectKind.ACCOUNT, "acme", "u-1")
    listed(database, "u-1", "challenge", NOW)
    demanded(database, "u-1", "s-1", "challenge", NOW)
    world.look()
    assert world.verdict("u-1") is Verdict.CHALLENGE
    with database.begin() as connection:
        number = restrictions.restrict(connection, subject, NOW, "asked for", "operator:x")
    world.look()
    assert world.verdict("u-1") is Verdict.PASS
    listed(database, "u-1", "disabled", NOW)
    world.look()
    assert world.verdict("u-1") is Verdict.DENY
    GateTable(database, lambda: NOW).remove("acme", "u-1", frozenset(("disabled",)), "k")
    with database.begin() as connection:
        assert restrictions.release(connection, number, NOW, "done", "operator:x")
        assert not restrictions.release(connection, number, NOW, "done", "operator:x")
    world.look()
    assert world.verdict("u-1") is Verdict.CHALLENGE


def test_what_ends_by_itself_ends_without_a_look_and_is_forgotten(database: Engine) -> None:
    listed(database, "u-1", "disabled", NOW, NOW + 10)
    world = World(database)
    world.look()
    world.now += 10
    assert world.verdict("u-1") is Verdict.PASS
    assert len(world.memory) == 1
    world.seconds += ANEW_S + 1
    world.look()
    assert len(world.memory) == 0


def test_it_is_blind_when_it_has_not_heard_for_a_while_and_still_knows(database: Engine) -> None:
    listed(database, "u-1", "disabled", NOW)
    world = World(database)
    world.look()
    world.seconds += 5.0
    assert not world.memory.is_blind
    world.seconds += 0.1
    assert world.memory.is_blind
    assert world.verdict("u-1") is Verdict.DENY
    world.look()
    assert not world.memory.is_blind


def test_a_database_that_does_not_answer_is_no_news() -> None:
    world = World(create_engine("sqlite:////nowhere/at/all.db"))
    assert not world.memory.look()
    assert world.memory.is_blind
    assert world.memory.trouble == "OperationalError"


def test_behind_what_is_kept_it_reads_everything(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(database)
    world.look()
    for number in range(4):
        listed(database, f"u-{number}", "disabled", NOW)
    with database.begin() as connection:
        assert gate_changes.forget(connection, 0, 100, kept=1) == 3
    world.look()
    assert len(world.memory) == 4
    monkeypatch.setattr(gate_changes, "MOST", 2)
    for number in range(4, 8):
        listed(database, f"u-{number}", "disabled", NOW)
    world.look()
    assert len(world.memory) == 8


def test_a_backup_in_the_databases_place_is_read_whole(database: Engine) -> None:
    listed(database, "u-1", "disabled", NOW)
    world = World(database)
    world.look()
    with database.begin() as connection:
        connection.execute(delete(tables.gate_list))
        connection.execute(delete(tables.gate_changes))
    world.look()
    assert len(world.memory) == 0
    listed(database, "u-2", "disabled", NOW)
    world.look()
    assert world.verdict("u-2") is Verdict.DENY


def test_a_backup_that_has_grown_past_it_while_nobody_looked_is_read_whole(
    database: Engine,
) -> None:
    """Ids go on from where the backup's ended, and are given anew to other changes."""
    listed(database, "u-1", "disabled", NOW)
    world = World(database)
    world.look()
    with database.begin() as connection:
        connection.execute(delete(tables.gate_list))
        connection.execute(update(tables.gate_changes).values(account="u-9", time=NOW - 5))
    listed(database, "u-2", "disabled", NOW)
    world.look()
    assert world.verdict("u-1") is Verdict.PASS
    assert world.verdict("u-2") is Verdict.DENY


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "remove", "look", "forget")),
        st.sampled_from(("u-1", "u-2")),
        st.sampled_from(("disabled", "revoked", "challenge")),
    ),
    max_size=12,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_happens_it_knows_what_the_tables_say(
    database: Engine, steps: list[tuple[str, str, str]]
) -> None:
    with database.begin() as connection:
        connection.execute(delete(tables.gate_list))
    world = World(database)
    for number, (what, account, verdict) in enumerate(steps):
        table = GateTable(database, lambda: NOW)
        if what == "put":
            table.put("acme", account, verdict, NOW + number, None, f"k-{number}")
        elif what == "remove":
            table.remove("acme", account, frozenset((verdict,)), "k")
        elif what == "forget":
            with database.begin() as connection:
                gate_changes.forget(connection, 0, 2, kept=1)
        else:
            world.look()
    world.look()
    with database.begin() as connection:
        found = everything(connection, NOW)
    asked = {key: world.memory._standing[key] for key in found}
    assert (asked, len(world.memory)) == (found, len(found))


def test_a_thread_of_its_own_hears_of_a_suspension(database: Engine) -> None:
    assert EVERY_S <= 0.5, "a suspension bites within a second"
    memory, looked = Memory(database, 5.0, lambda: NOW), threading.Semaphore(0)
    following = Following(memory, lambda _: looked.release(), every_s=0.01)
    following.start()
    try:
        listed(database, "u-1", "disabled", NOW)
        # The second look from now on began after the commit.
        for _ in range(3):
            assert looked.acquire(timeout=240)
        while looked.acquire(blocking=False):
            pass
        for _ in range(2):
            assert looked.acquire(timeout=240)
        assert memory.ask(Known("acme", "u-1", "s", NOW)).verdict is Verdict.DENY
    finally:
        following.stop()
