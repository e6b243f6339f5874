"""A link lets in once and for a while: whoever has the machine, and whoever was invited."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from detectors.core.event import HOUR
from monitor.services.actor import ActorKind, Role
from monitor.services.admission import (
    LINK_LIFETIME,
    Admission,
    by_name,
    form_token,
    is_form_token,
    issue_link,
    link,
)
from monitor.services.keyring import Keyring
from monitor.services.sessions import KEY_LENGTH, Kind, Limits, Purpose, Sessions
from monitor.store import sessions as stored
from monitor.store.sessions import InvitationRow
from tests.monitor.web.staging import NOON


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Gate:
    """Links and sessions of one database, of which the operator's open it."""

    def __init__(self, engine: Engine, needs_administrator: bool = False) -> None:
        self.clock = Clock()
        limits = Limits(operator=HOUR, needs_administrator=needs_administrator)
        self.sessions = Sessions(engine, Keyring(), self.clock, limits)
        self.admission = Admission(engine, self.clock, sessions=self.sessions)


def test_a_link_is_good_once_and_opens_for_whoever_has_the_machine(database: Engine) -> None:
    gate = Gate(database)
    key = gate.admission.issue_link()
    session = gate.admission.enter(key)
    assert session is not None
    visit = gate.sessions.visit(session)
    assert visit is not None
    assert visit.actor is not None
    assert (visit.kind, visit.actor.kind) == (Kind.OPERATOR, ActorKind.OPERATOR)
    assert visit.actor.roles == {Role.ADMINISTRATOR}
    assert gate.admission.enter(key) is None
    assert gate.sessions.visit(key) is None
    assert gate.admission.enter(session) is None


def test_without_an_administrator_it_opens_for_nothing_but_making_one(database: Engine) -> None:
    gate = Gate(database, needs_administrator=True)
    visit = gate.sessions.visit(gate.admission.enter(gate.admission.issue_link()) or "")
    assert visit is not None
    assert visit.actor is None
    assert visit.purpose is Purpose.FIRST


def test_of_many_at_once_one_comes_in(database: Engine) -> None:
    gate = Gate(database)
    key = gate.admission.issue_link()
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(lambda _: gate.admission.enter(key), range(16)))
    assert sum(session is not None for session in sessions) == 1


def test_links_and_sessions_come_to_an_end(database: Engine) -> None:
    gate = Gate(database)
    late, used = gate.admission.issue_link(), gate.admission.issue_link()
    gate.clock.now += LINK_LIFETIME - 1
    session = gate.admission.enter(used)
    assert session is not None
    gate.clock.now += 1
    assert gate.admission.enter(late) is None
    gate.clock.now += HOUR - 2
    assert gate.sessions.visit(session)
    gate.clock.now += 1
    assert gate.sessions.visit(session) is None


def test_an_invitation_lets_set_up_and_nothing_else(database: Engine) -> None:
    gate = Gate(database)
    key = "i" * KEY_LENGTH
    with database.begin() as connection:
        row = InvitationRow("invitation", "r-1", NOON, NOON + HOUR)
        stored.invite(connection, Keyring().digest(key), row)
    session = gate.admission.enter(key)
    visit = gate.sessions.visit(session or "")
    assert visit is not None
    assert (visit.kind, visit.purpose, visit.reviewer) == (Kind.SETUP, Purpose.INVITATION, "r-1")
    assert visit.actor is None
    assert gate.admission.enter(key) is None


@pytest.mark.parametrize("key", ["", "x", "x" * KEY_LENGTH, "x" * 10_000, "\ud800" * KEY_LENGTH])
def test_another_key_opens_nothing(database: Engine, key: str) -> None:
    gate = Gate(database)
    gate.admission.issue_link()
    assert gate.admission.enter(key) is None
    assert gate.sessions.visit(key) is None


def test_a_link_of_another_instance_opens_nothing(database: Engine) -> None:
    key = issue_link(database, b"mine")
    assert Admission(database, pepper=b"another").enter(key) is None
    assert Admission(database, pepper=b"mine").enter(key) is not None


def test_the_key_stands_where_no_server_sees_it() -> None:
    assert link("http://127.0.0.1:8320/", "abc") == "http://127.0.0.1:8320/enter#abc"


def test_this_machine_is_called_by_its_name() -> None:
    assert by_name("http://127.0.0.1:8320") == "http://localhost:8320"
    for other in ("https://vigie.example", "http://10.0.0.1:8320", "https://127.0.0.1:8320"):
        assert by_name(other) == other


def test_a_form_is_of_one_session() -> None:
    assert is_form_token("one", form_token("one"))
    assert not is_form_token("one", form_token("two"))
    assert not is_form_token("one", "é\ud800")
