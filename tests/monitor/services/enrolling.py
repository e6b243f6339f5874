"""Somebody who sets up factors, in tests: links, tickets, an authenticator in software, a clock."""

import pyotp
from sqlalchemy import Engine

from monitor.mfa.totp import step_at
from monitor.services.actor import Actor, Role
from monitor.services.enrolling import Enrolled
from monitor.services.enrolments import Enrolments
from monitor.services.factors import TotpOffer
from monitor.services.keyring import Keyring
from monitor.services.recoveries import Recoveries
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_factors import SubscriberFactors
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.services.enrolled import ANN, CLIENT, KEYRING, NOW, ROSTER, TERMS, known, who
from tests.monitor.services.factored import ORIGIN, Holder
from tests.monitor.services.reviewing import Clock


class Newcomer:
    """An account that has no factor yet, and all that gives it one."""

    def __init__(
        self, database: Engine, subscriber: Subscriber = ANN, keyring: Keyring = KEYRING
    ) -> None:
        self.database = database
        self.subscriber = subscriber
        self.keyring = keyring
        self.clock = Clock()
        self.clock.now = NOW
        self.holder = Holder(database, keyring=keyring, clock=self.clock)
        self.factors = self.holder.factors
        self.enrolments = Enrolments(database, keyring, self.factors, TERMS, ROSTER, self.clock)
        self.recoveries = Recoveries(database, keyring, TERMS, ROSTER, self.clock)
        self.desk = SubscriberFactors(
            database, self.factors, self.enrolments, self.recoveries, self.clock
        )
        known(database, subscriber)

    def who(self, uid: str = "ada", role: Role = Role.ANALYST, tenant: str | None = None) -> Actor:
        """A reviewer who has just proved who they are."""
        return who(uid, role, tenant, self.clock.now)

    def key(self) -> str:
        """The key of a new link."""
        return self.enrolments.issue(self.who(), self.subscriber).link.partition("#")[2]

    def ticket(self) -> str:
        """What a browser is given that opened a new link."""
        ticket = self.enrolments.open(self.key(), CLIENT)
        assert ticket is not None
        return ticket

    def code(self, offer: TotpOffer) -> str:
        """The first code of an authenticator."""
        secret = offer.key_typed.replace(" ", "")
        return pyotp.TOTP(secret).generate_otp(step_at(self.clock.now))

    def by_totp(self, ticket: str) -> Enrolled:
        """Set up an authenticator's codes."""
        offer = self.enrolments.offer_totp(ticket)
        return self.enrolments.add_totp(ticket, offer.state, self.code(offer), "App", CLIENT)

    def by_passkey(self, ticket: str) -> Enrolled:
        """Set up a passkey."""
        offer = self.enrolments.offer_passkey(ticket)
        made = Authenticator(ORIGIN).make(offer.options)
        return self.enrolments.add_passkey(ticket, offer.state, made, "Phone", CLIENT)
