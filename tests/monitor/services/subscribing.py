"""A subscriber with a history, at their own pages, as tests have them."""

import shutil
from pathlib import Path

from sqlalchemy import Engine

from detectors.core.event import DAY, HOUR, MINUTE, Activity, FailureReason, SignIn
from monitor.protection.processing import NOTHING_SAID
from monitor.services.enrolments import Enrolments
from monitor.services.hand_offs import HandOffTerms
from monitor.services.keyring import Keyring
from monitor.services.own import Own
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberVisit, Way
from monitor.store.connection import connect
from tests.monitor.services.factored import Holder
from tests.monitor.services.measured import ROSTER
from tests.monitor.services.reviewing import DESK, Clock
from tests.monitor.web.staging import NOON, TENANT, Stage, day_of, sign_in

MARIE = Subscriber(TENANT, "u-marie")
SECRET = "s" * 40
APP = "https://app.example/vigie"


class Place:
    """Own pages over a database, with a clock that tests set."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clock = Clock()
        self.clock.now = NOON
        self.stage = Stage(engine=engine)
        self.holder = Holder(engine, clock=self.clock)
        self.factors = self.holder.factors
        self.own = Own(
            engine,
            Keyring(b"pepper"),
            self.factors,
            enrolments=Enrolments(engine, Keyring(b"pepper"), self.factors, now=self.clock),
            facts=NOTHING_SAID,
            roster=ROSTER,
            hand_off=HandOffTerms(secret=SECRET, url=APP),
            now=self.clock,
        )

    def visit(
        self,
        whose: Subscriber = MARIE,
        session: str | None = "s-here",
        *,
        method: str = "",
    ) -> SubscriberVisit:
        with self.engine.begin() as connection:
            key = self.own.sessions.open(
                connection, whose, Way.HAND_OFF, DESK, app_session=session, method=method
            )
        found = self.own.sessions.visit(key or "")
        assert found is not None
        return found


def history(account: str = MARIE.account) -> list[SignIn]:
    """A week at the desk, a phone on the way, a guess from abroad, and this morning."""
    week = [
        event
        for day in range(7, 1, -1)
        for event in day_of(account, NOON - day * DAY, "desk", f"s-{day}", 3)
    ]
    return [
        *week,
        sign_in(account, NOON - 26 * HOUR, "mobile", session="s-phone", mfa=True),
        sign_in(account, NOON - 5 * HOUR, "attack", reason=FailureReason.BAD_PASSWORD),
        sign_in(account, NOON - 4 * HOUR, "abroad", session="s-abroad"),
        sign_in(account, NOON - 3 * HOUR, "desk", session="s-here", mfa=True),
        sign_in(account, NOON - MINUTE, "desk", session="s-here", activity=Activity.REFRESH),
    ]


def copied(template: Path, folder: Path) -> Engine:
    """A file of one's own, for tests of what asks others that are tried on both kinds."""
    path = folder / "vigie.db"
    shutil.copy(template, path)
    return connect(f"sqlite:///{path}")
