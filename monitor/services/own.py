"""All that subscribers' own pages take, put together once for a database."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from alerts.responders.roster import Roster
from detectors.core.context import AccountKind
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.gate.judging import Verdict
from monitor.gate.known import Known
from monitor.protection.processing import Facts
from monitor.services.enrolments import Enrolments
from monitor.services.factors import Factors
from monitor.services.gate import Gate
from monitor.services.hand_offs import HandOffs, HandOffTerms
from monitor.services.keyring import Keyring
from monitor.services.own_activity import OwnActivity
from monitor.services.own_acts import OwnActs
from monitor.services.own_data import OwnData
from monitor.services.own_proofs import OwnProofs
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberSessions, SubscriberVisit, Way


class Own:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        factors: Factors,
        *,
        facts: Facts,
        roster: Roster,
        hand_off: HandOffTerms,
        enrolments: Enrolments,
        kinds: Mapping[Subject, AccountKind] | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        """`kinds` are the settings' word on accounts."""
        self._engine = engine
        self.now = now
        self._gate = Gate(engine, now)
        self.factors = factors
        self.enrolments = enrolments
        self.sessions = SubscriberSessions(engine, keyring, now)
        self.hand_offs = HandOffs(engine, keyring, self.sessions, hand_off, now)
        self.proofs = OwnProofs(engine, keyring, factors, self.sessions, now)
        self.activity = OwnActivity(engine, now)
        self.acts = OwnActs(engine, keyring, self.sessions, roster, now, kinds)
        self.data = OwnData(engine, factors, facts, now)

    def by_gate(
        self, known: Known, client: Client, before: SubscriberVisit | None = None
    ) -> str | None:
        """The key of a session for whoever came through the gate, in place of what the browser had
        before; None for an account that has none, and for a session that the gate lets go no
        further: what it is kept from there it is kept from here."""
        met = self._gate.ask(known.tenant, known.account, known.session, known.began)
        if met.verdict is not Verdict.PASS:
            return None
        whose = Subscriber(known.tenant, known.account)
        with self._engine.begin() as connection:
            if before is not None:
                self.sessions.end_within(connection, before)
            return self.sessions.open(
                connection, whose, Way.GATE, client, app_session=known.session or None
            )

    def end_others(self, visit: SubscriberVisit) -> None:
        """End all sessions of a subscriber at these pages, but this one."""
        with self._engine.begin() as connection:
            self.sessions.end_all(connection, visit.subscriber, but=visit)
