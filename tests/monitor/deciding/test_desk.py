"""The desk judges, keeps, and only then tells; what cannot be kept is not answered."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from alerts.policy import Guardrails, Mode, Policy
from alerts.responders.gate import CHALLENGE, DISABLED
from detectors.core.event import HOUR
from detectors.core.finding import Evidence, Severity, Weights, finding
from monitor.clock import monotonic
from monitor.deciding import desk as desks
from monitor.deciding.desk import Desk, DeskError, asked_of, ended, told_of
from monitor.deciding.judge import Judged
from monitor.deciding.question import Question, Told, Verdict
from monitor.deciding.shelf import Direct, session_of
from monitor.deciding.surroundings import Surroundings
from monitor.deciding.verdict import Terms
from monitor.gate.ticket import PARAMETER, Tickets
from monitor.services import assurance
from monitor.services.factors import Level, Method
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.store import factors, policies
from monitor.store.gate_list import GateTable
from tests.databases import Databases

NOW = 1_790_000_000_000
ANN = Subscriber("acme", "u-1")
FOUND = finding(
    "unfamiliar_device",
    ANN.subject,
    NOW,
    Severity.MEDIUM,
    Evidence("device", Weights(taken_over=3.0), {}),
    (bytes(16),),
)
STRANGER = Judged(0.93, (FOUND,), is_at_home=False)


class Fixed:
    """A judge that says what it is told to."""

    def __init__(self, judged: Judged | Exception = STRANGER) -> None:
        self.judged = judged
        self.asked = 0

    def judge(self, *_: Any) -> Judged:
        self.asked += 1
        if isinstance(self.judged, Exception):
            raise self.judged
        return self.judged

    def kind_of(self, _: Any) -> None:
        return None


class Office:
    """A desk over a database, with a judge that is told what to say."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.judge = Fixed()
        self.shelf = Direct(engine)
        self.now = NOW
        self.tickets = Tickets(Keyring(b"x" * 32).tickets, lambda: self.now)
        self.desk = Desk(
            engine,
            self.shelf,
            lambda: self.judge,  # type: ignore[arg-type,return-value]
            Surroundings(),
            Terms(),
            self.tickets,
            "https://vigie.example",
            lambda: self.now,
        )

    def ask(self, language: str = "en", **told: Any) -> Told:
        return self.asking(language, **told).result(20)

    def asking(self, language: str = "en", **told: Any) -> "Future[Told]":
        question = Question(**({"account": "u-1"} | told))
        return self.desk.ask("key:1", "acme", question, language)


@pytest.fixture
def office(databases: Databases) -> Iterator[Office]:
    made = Office(databases.new())
    yield made
    made.desk.close()


@pytest.fixture
def acting(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The policy acts, and Ann has a factor."""
    holding = policies.Holding(id=1, policy=Policy(mode=Mode.ACT))
    monkeypatch.setattr(policies, "holding", lambda _: holding)
    with office.engine.begin() as connection:
        factors.add(connection, ANN.owner, "totp", b"sealed", NOW)
    return office


def test_in_shadow_mode_it_is_told_what_would_be(office: Office) -> None:
    told = office.ask()
    assert (told.verdict, told.would_be, told.risk) == (Verdict.ALLOW, Verdict.CHALLENGE, 0.93)
    codes = [one.code for one in told.reasons]
    assert codes == ["no_factor", "shadow", "unfamiliar_device"]
    assert told.challenge is None
    french = office.ask("fr")
    assert [one.text for one in french.reasons] != [one.text for one in told.reasons]


def test_a_stranger_is_sent_to_a_challenge_that_a_browser_makes(acting: Office) -> None:
    told = acting.ask(session="s-1", return_to="https://app.example/next")
    assert told.verdict is Verdict.CHALLENGE
    assert told.challenge is not None
    address, _, sealed = told.challenge.link.partition(f"?{PARAMETER}=")
    assert address.startswith("https://vigie.example/challenge/")
    ticket = acting.tickets.opened(sealed)
    assert (ticket.tenant, ticket.account, ticket.session) == ("acme", "u-1", "s-1")
    assert (ticket.return_to, ticket.key) == (
        "https://app.example/next",
        f"question.{told.handle}",
    )
    with acting.engine.begin() as connection:
        assert len(assurance.demands(connection, ANN, "s-1", NOW)) == 1


def test_guardrails_hold_what_a_probability_asks_for(acting: Office) -> None:
    """A location database that is wrong must not stop everybody; who was asked is asked again."""
    with acting.engine.begin() as connection:
        for number in range(8):
            owner = Subscriber("acme", f"v-{number}").owner
            factors.add(connection, owner, "totp", b"sealed", NOW)
    told = [acting.ask(account=f"v-{number}") for number in range(8)]
    acting.now += HOUR // 2
    assert [one.verdict for one in told].count(Verdict.CHALLENGE) == Guardrails().per_tenant_hour
    assert told[-1].would_be is Verdict.CHALLENGE
    assert [one.code for one in told[-1].reasons] == ["guardrail", "unfamiliar_device"]
    assert acting.ask(account="v-0").verdict is Verdict.CHALLENGE
    acting.now += HOUR
    assert acting.ask(account="v-7").verdict is Verdict.CHALLENGE


def test_without_a_session_only_this_sign_in_is_proved(acting: Office) -> None:
    told = acting.ask()
    assert told.challenge is not None
    ticket = acting.tickets.opened(told.challenge.link.rpartition("=")[2])
    row = acting.shelf.of(told.handle)
    assert row is not None
    assert ticket.session == session_of(row) == f"question:{told.handle}"


def test_what_was_proved_of_a_session_is_not_asked_again(acting: Office) -> None:
    with acting.engine.begin() as connection:
        until = NOW + HOUR
        assurance.raise_to(connection, ANN, "s-1", Level.AAL2, Method.TOTP, NOW, until)
    assert acting.ask(session="s-1").verdict is Verdict.ALLOW
    assert acting.ask(session="s-2").verdict is Verdict.CHALLENGE
    acting.now = until
    assert acting.ask(session="s-1").verdict is Verdict.CHALLENGE


def test_lists_hold_whatever_the_mode_and_are_not_judged(office: Office) -> None:
    gate = GateTable(office.engine, lambda: NOW)
    gate.put("acme", "u-1", CHALLENGE, NOW, None, "o-1")
    told = office.ask(session="s-1")
    assert (told.verdict, told.reasons[0].code) == (Verdict.CHALLENGE, "demanded")
    with office.engine.begin() as connection:
        # It stands for the account, and ends with the measure: no session is held beyond it.
        assert assurance.demands(connection, ANN, "s-1", NOW) == []
    asked = office.judge.asked
    gate.put("acme", "u-1", DISABLED, NOW, None, "o-2")
    told = office.ask()
    assert (told.verdict, told.reasons[0].code) == (Verdict.DENY, "disabled")
    assert office.judge.asked == asked


def test_what_is_kept_is_what_was_told_and_asked(office: Office) -> None:
    told = office.ask(uid="k-1", ip="192.0.2.1", mfa=True)
    row = office.shelf.find("key:1", "k-1")
    assert row is not None
    assert told_of(row) == told == office.ask(uid="k-1", account="u-2")
    asked = asked_of(row)
    assert (asked.uid, asked.ip, asked.mfa, asked.session) == ("k-1", "192.0.2.1", True, None)
    end = ended(row, desks.Outcome.FAILURE, session="s-9", mfa=None)
    assert (end.asked.session, end.asked.mfa, end.is_end) == ("s-9", True, True)


def test_many_at_once_are_each_answered(office: Office) -> None:
    asked = [office.asking(uid=f"k-{number % 40}") for number in range(80)]
    told = [one.result(20) for one in asked]
    assert len({one.handle for one in told}) == 40
    assert [one.handle for one in told[:40]] == [one.handle for one in told[40:]]


def test_what_another_process_was_asked_first_is_answered_by_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = office.ask(uid="k-1")
    known = office.shelf.find
    looked: list[tuple[str, str]] = []

    def find(*name: str) -> Any:
        looked.append(name)  # type: ignore[arg-type]
        return known(*name) if len(looked) > 1 else None

    monkeypatch.setattr(office.shelf, "find", find)
    assert office.ask(uid="k-1") == first


def test_what_cannot_be_kept_is_not_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> set[str]:
        raise OperationalError("", None, Exception("the disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(office.shelf, "put", refuse)
        with pytest.raises(DeskError, match="disk is full"):
            office.ask()
    assert office.ask().risk == STRANGER.risk
    assert not office.desk.is_behind()


def test_a_fault_of_ours_answers_and_ends_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda given: told.append(given.exc_type))
    office.ask()
    thread = office.desk._thread
    assert thread is not None
    office.judge.judged = ZeroDivisionError()
    with pytest.raises(DeskError):
        office.ask()
    thread.join(240)
    assert told == [ZeroDivisionError], "it is told, not swallowed"
    office.judge.judged = STRANGER
    assert office.ask().would_be is Verdict.CHALLENGE


def test_what_waits_is_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "MOST_WAITING", 0)
    assert office.desk.is_behind()
    office.desk.warm()
    monkeypatch.undo()
    office.ask()
    monkeypatch.setattr(desks, "PATIENCE_S", -1.0)
    until = monotonic() + 240
    while office.desk.is_behind():
        assert monotonic() < until, "what was answered does not wait any more"
