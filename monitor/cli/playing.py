"""The demonstration's subscriber: an authenticator, an application to come from, links to open."""

import base64
from secrets import token_urlsafe
from typing import Final

import msgspec
from sqlalchemy import Engine as Database

from detectors.core.event import SECOND
from monitor.cli.console import announce
from monitor.cli.credentials import take_key
from monitor.cli.serving import Beside
from monitor.clock import now_ms
from monitor.companion import Companion
from monitor.mfa import totp
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.settings import Settings
from monitor.simulation.application import Told
from monitor.simulation.cast import subscriber
from monitor.simulation.demonstration import Demonstration

NAME: Final = "demonstration"
"""Of its key and of the subscriber's authenticator."""


class Playing:
    """Sets the subscriber up once the console is open, and says where to look."""

    def __init__(self, settings: Settings, port: int, seed: int, accounts: int) -> None:
        """`port` is the application's; `settings` have the secret that it hands people over by."""
        self._settings = settings
        self._port = port
        self._world = (seed, accounts)

    def __call__(self, database: Database, address: str) -> Beside:
        """The application, to be run where the log has somebody to play; what the company's people
        do once there is something to do."""
        # What it takes is loaded once the console is open: a page comes first.
        from monitor.cli.furnishing import Furnishing  # noqa: PLC0415

        demonstration = Demonstration(now_ms(), *self._world)
        furnishing = Furnishing(database, demonstration, self._settings.roster)
        furnishing.furnish()
        return Beside(self._application(database, address, demonstration), furnishing.work)

    def _application(
        self, database: Database, address: str, demonstration: Demonstration
    ) -> Companion | None:
        played = subscriber(demonstration)
        secret = self._settings.mfa.hand_off_secret
        if played is None or secret is None:
            return None
        pepper = take_key(self._settings, database).pepper
        factor = _authenticator(
            database, Keyring(pepper), Subscriber(played.tenant, played.account)
        )
        told = Told(
            port=self._port,
            vigie=address,
            secret=secret,
            key=_key(database, pepper, played.tenant),
            played=played,
            totp=factor,
        )
        self._tell(played.name, totp.grouped(factor), address)
        module = "monitor.simulation.application"
        return Companion("the application", module, (), msgspec.json.encode(told) + b"\n")

    def _tell(self, name: str, key: str, address: str) -> None:
        mine = f"What a subscriber sees of themselves ({name}, who is signed in to an application):"
        announce(mine, link=f"{address}/me/begin")
        announce("What they meet when something is off:", link=f"{self.address}/challenge")
        code = "It asks for a code, shown here; with the key, by your own authenticator as well:"
        announce(code, link=f"{self.address}/", key=key)

    @property
    def address(self) -> str:
        """Where the application is."""
        return f"http://127.0.0.1:{self._port}"


def _authenticator(database: Database, keyring: Keyring, person: Subscriber) -> bytes:
    """The secret of a new one, in place of those of former demonstrations."""
    factors = Factors(database, keyring, None)
    for known in factors.listed(person.owner):
        if known.name == NAME:
            factors.revoke(person.owner, known.handle)
    offer = factors.offer_totp(person.owner, person.account)
    secret = base64.b32decode(offer.key_typed.replace(" ", ""))
    # The code of the step before: that of this one is for whoever tries it at once.
    code = totp.code(secret, now_ms() - totp.PERIOD_S * SECOND)
    factors.add_totp(person.owner, offer.state, code, NAME)
    return secret


def _key(database: Database, pepper: bytes, tenant: str) -> str:
    """A key by which the application asks for challenges, in place of a former one."""
    keys, me = ApiKeys(database, pepper=pepper), operator()
    if any(row.name == NAME for row, _ in keys.all(me)):
        keys.revoke(me, NAME)
        keys.remove(me, NAME)
    return keys.create(me, NAME, [Operation.MFA_CHALLENGE], tenant=tenant)


def hand_off_secret() -> str:
    """A new one."""
    return token_urlsafe(32)
