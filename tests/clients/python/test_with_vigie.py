"""The client's words are the server's: both ends are real, with a socket between."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from vigie_client import (
    AsyncVigie,
    Cause,
    Decision,
    Ended,
    Outcome,
    Patience,
    SignIn,
    Verdict,
    Vigie,
    VigieError,
)

from monitor.clock import monotonic, pause
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.store import tables
from monitor.store.connection import connect
from tests.monitor.faults.pushing import serving

PATIENT = Patience(deadline=30.0, attempt=20.0)
FULL = SignIn(
    account="u-1",
    account_name="anna@acme.example",
    tenant="acme",
    session="s-1",
    ip="198.51.100.7",
    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    mfa=False,
    mfa_method="otp",
    language="fr",
)


class Served:
    """A web process, and keys for it."""

    def __init__(self, url: str, database: str) -> None:
        self.url = url
        engine = connect(database)
        keys = ApiKeys(engine)
        self.key = keys.create(operator(), "asks", [Operation.SIGN_INS_DECIDE], tenant="acme")
        self.other = keys.create(operator(), "reads", [Operation.INCIDENTS_READ], tenant="acme")
        self._engine = engine

    def questions(self, account: str) -> int:
        """How many were carried into the database; those of other tests may still be on the way."""
        table = tables.sign_in_questions
        with self._engine.connect() as connection:
            query = select(func.count()).select_from(table).where(table.c.account == account)
            return connection.execute(query).scalar_one()

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("served")
    shutil.copy(migrated_file, folder / "vigie.db")
    database = f"sqlite:///{folder / 'vigie.db'}"
    with serving(database, folder) as web:
        made = Served(f"http://127.0.0.1:{web.port}", database)
        yield made
        made.close()


def test_all_that_it_may_say_is_taken_and_answered(served: Served) -> None:
    with Vigie(served.url, served.key, patience=PATIENT) as vigie:
        decision = vigie.decide(FULL)
        assert decision.trouble is None
        assert (decision.verdict, decision.uid) == (Verdict.ALLOW, FULL.uid)
        assert decision.risk is not None
        assert decision.challenge is None
        before = vigie.standing(decision.handle)
        assert (before.outcome, before.is_proved) == (None, False)
        assert before.event == decision.event
        outcome = Outcome(outcome=Ended.SUCCESS, session="s-1", mfa=False)
        after = vigie.tell(decision, outcome)
        assert after is not None
        assert after.outcome is Ended.SUCCESS
        assert vigie.tell(decision, outcome) == after
        with pytest.raises(VigieError) as caught:
            vigie.tell(decision, Outcome(outcome=Ended.FAILURE, failure_reason="mfa_denied"))
        assert (caught.value.trouble.cause, caught.value.trouble.status) == (Cause.REFUSED, 409)


def test_the_same_question_is_one_question_however_often_it_comes(served: Served) -> None:
    asked = SignIn(account="u-2", ip="198.51.100.8")

    async def ask() -> list[Decision]:
        async with AsyncVigie(served.url, served.key, patience=PATIENT) as vigie:
            return await asyncio.gather(*(vigie.decide(asked) for _ in range(8)))

    decisions = asyncio.run(ask())
    assert len({(one.handle, one.event, one.verdict) for one in decisions}) == 1
    assert not any(one.is_fallback for one in decisions)
    # It is answered when it is durable, and carried into the database a moment later.
    until = monotonic() + 240
    while not served.questions("u-2") and monotonic() < until:
        pause(0.01)
    assert served.questions("u-2") == 1


@pytest.mark.parametrize(
    ("which", "sign_in", "status", "told"),
    [
        ("other", SignIn(account="u-1"), 403, ""),
        ("wrong", SignIn(account="u-1"), 401, ""),
        ("key", SignIn(account="u-1", tenant="another"), 404, ""),
        ("key", SignIn(account="u-1", ip="no address"), 422, "ip"),
    ],
)
def test_a_refusal_says_why_and_locks_nobody_out(
    served: Served, which: str, sign_in: SignIn, status: int, told: str
) -> None:
    key = {"other": served.other, "key": served.key, "wrong": served.key[:-1] + "x"}[which]
    with Vigie(served.url, key, patience=PATIENT) as vigie:
        decision = vigie.decide(sign_in)
    assert decision.verdict is Verdict.ALLOW
    assert decision.trouble is not None
    assert (decision.trouble.cause, decision.trouble.status) == (Cause.REFUSED, status)
    assert told in decision.trouble.detail
    assert key not in str(decision.trouble)
