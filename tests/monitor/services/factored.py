"""Somebody with factors, in tests: an authenticator in software, codes, and what they are told."""

from typing import Any

import msgspec
import pyotp
from sqlalchemy import Engine, select

from alerts.ports import Action, Order
from alerts.responders.roster import Entry, Roster
from detectors.core.event import AccountChange
from monitor.directory.account import AccountChanges
from monitor.formats.format import Origin
from monitor.formats.own import Own
from monitor.mfa.passkeys import RelyingParty
from monitor.mfa.passwords import Passwords
from monitor.mfa.totp import PERIOD_S, step_at
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.factors import Factors, FactorView, Proved, Shown
from monitor.services.keyring import Keyring
from monitor.services.recovery_codes import RecoveryCodes
from monitor.services.subscriber import Subscriber
from monitor.store import tables
from monitor.store.factors import Owner
from monitor.store.inbox import Inbox
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.services.reviewing import QUICK, Clock

ORIGIN = "https://vigie.example.com"
PARTY = RelyingParty("example.com", "Example", (ORIGIN,))
ANA = Subscriber("acme", "u-17")
BOB = Subscriber("acme", "u-18")
ROSTER = Roster((Entry(name="mail", kind="mail", actions=frozenset((Action.NOTIFY,))),))


class Holder:
    """The factors of one database, with a clock that tests set."""

    def __init__(
        self,
        engine: Engine,
        party: RelyingParty | None = PARTY,
        keyring: Keyring | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.engine = engine
        self.clock = clock or Clock()
        self.keyring = keyring or Keyring(b"pepper")
        codes = RecoveryCodes(self.keyring, Passwords(QUICK))
        self.factors = Factors(engine, self.keyring, party, self.clock, ROSTER, codes)
        self.secrets: dict[str, bytes] = {}

    def know(self, subscriber: Subscriber = ANA, email: str = "ann@acme.example") -> None:
        """Let the directory know an account."""
        changes = AccountChanges(email=email, locale="en-GB")
        Directory(self.engine).create(operator(), subscriber.tenant, subscriber.account, changes)

    def passkey(
        self, owner: Owner = ANA.owner, name: str = "Phone", device: Authenticator | None = None
    ) -> tuple[Authenticator, FactorView]:
        """Add one, of a new device where none is given."""
        device = device or Authenticator(ORIGIN)
        offer = self.factors.offer_passkey(owner, "ann@acme.example", "Ann")
        made = self.factors.add_passkey(owner, offer.state, device.make(offer.options), name)
        return device, made

    def totp(self, owner: Owner = ANA.owner, name: str = "App") -> FactorView:
        """Add an authenticator's codes."""
        offer = self.factors.offer_totp(owner, "ann@acme.example")
        secret = offer.key_typed.replace(" ", "")
        made = self.factors.add_totp(owner, offer.state, self._code(secret), name)
        self.secrets[made.handle] = secret.encode()
        self.later()
        return made

    def code(self, factor: FactorView, later: int = 0) -> str:
        """What an authenticator shows, so many steps from now."""
        return self._code(self.secrets[factor.handle].decode(), later)

    def prove(
        self, device: Authenticator, owner: Owner | None = ANA.owner, **more: Any
    ) -> Proved | None:
        """Somebody proves themselves by a passkey."""
        offer = self.factors.ask_passkey(owner)
        shown = Shown(passkey=device.prove(offer.options, **more), state=offer.state)
        return self.factors.prove(owner, shown)

    def by_code(self, code: str, owner: Owner | None = ANA.owner) -> Proved | None:
        """Somebody proves themselves by a code."""
        return self.factors.prove(owner, Shown(code=code))

    def later(self, by: int = 2 * PERIOD_S * 1_000) -> None:
        """Time passes: by default, until codes are others."""
        self.clock.now += by

    def orders(self) -> list[Order]:
        """What people are told."""
        with self.engine.begin() as connection:
            query = select(tables.outbox.c.body).order_by(tables.outbox.c.id)
            bodies = connection.execute(query).scalars()
            return [msgspec.msgpack.decode(body, type=Order) for body in bodies]

    def events(self) -> list[AccountChange]:
        """What the detectors are told, as they read it."""
        arrived = Inbox(self.engine).after("vigie", 0, 1_000, 1 << 20)
        origin = Origin("vigie", "vigie", lambda *_: 2026, lambda *_: 0)
        lines = [line for one in arrived for line in one.parcel.lines]
        read = [Own().parse(line, origin) for line in lines]
        return [one for found in read for one in found if isinstance(one, AccountChange)]

    def _code(self, secret: str, later: int = 0) -> str:
        return pyotp.TOTP(secret).generate_otp(step_at(self.clock.now) + later)
