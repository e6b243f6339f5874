"""Challenges as tests have them: somebody with a code, browsers, and factors whose proof costs
nothing; those of real authenticators have tests of their own."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from detectors.core.event import Answer, Feedback
from monitor.formats.format import Origin as Origins
from monitor.formats.own import Own
from monitor.mfa.challenge import Origin, Reason
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.services.actor import operator
from monitor.services.challenge_views import Browser, Wanted
from monitor.services.challenges import Challenges
from monitor.services.factors import Factors, Level, Method, Offer, Proved, Shown
from monitor.services.keyring import Keyring
from monitor.services.own_sign_ins import SOURCE
from monitor.services.subscriber import Subscriber
from monitor.store.factors import Owner
from monitor.store.inbox import Inbox

NOW = 1_800_000_000_000
ANN = Subscriber("acme", "u-17")
BOB = Subscriber("acme", "u-18")
SITE = "https://vigie.example"
APP = "https://app.example"
HERE = Browser("192.0.2.1", "Firefox", "m" * 43)
THERE = Browser("198.51.100.7", "Safari", "p" * 43)
RIGHT, WRONG = Shown(code="123456"), Shown(code="654321")
KEYRING = Keyring(b"k" * 32)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class OneCode(Factors):
    """Ann has one code, good as often as it is asked for unless it is `once`, and a passkey. It
    counts what it was asked, and calls `meanwhile` while it looks."""

    def __init__(self, engine: Engine, *, once: bool = False) -> None:
        super().__init__(engine, KEYRING, None)
        self.asked: list[Owner | None] = []
        self.owner = ANN
        self.meanwhile: Callable[[], Any] = lambda: None
        self._once = once
        self._lock = threading.Lock()
        self._used = False

    def renew(self) -> None:
        """There is another code, which nobody has shown yet."""
        self._used = False

    def ask_passkey(self, owner: Owner | None, kind: str = "account") -> Offer:
        return Offer("{}", "nobody" if owner is None else owner.uid)

    def prove(self, owner: Owner | None, shown: Shown) -> Proved | None:
        with self._lock:
            self.asked.append(owner)
        self.meanwhile()
        if shown.passkey:
            known = {"ann's": ANN, "bob's": BOB, "owner's": self.owner}
            whose = known.get(shown.passkey)
            return None if whose is None else _proved(whose, Method.PASSKEY)
        if owner not in (ANN.owner, self.owner.owner) or shown.code != RIGHT.code:
            return None
        with self._lock:
            if self._once and self._used:
                return None
            self._used = True
        return Proved(owner, Method.TOTP, Level.AAL2, "f" * 32)


def _proved(whose: Subscriber, method: Method) -> Proved:
    return Proved(whose.owner, method, Level.AAL2, "f" * 32)


class Desk:
    """Challenges of one database, by a clock that stands."""

    def __init__(self, engine: Engine, *, once: bool = False, **terms: Any) -> None:
        self.engine = engine
        self.clock = Clock()
        self.factors = OneCode(engine, once=once)
        self.challenges = Challenges(
            engine,
            KEYRING,
            self.factors,
            self.clock,
            ChallengeTerms(address=SITE, origins=(APP,), **terms),
        )

    def created(self, whose: Subscriber = ANN, session: str = "s-1", **more: Any) -> str:
        """The key of a new one's link."""
        given: dict[str, Any] = {"reason": Reason.UNUSUAL, "origin": Origin.API} | more
        wanted = Wanted(subscriber=whose, session=session, **given)
        return self.challenges.create(operator("ops"), wanted).link.partition("#")[2]

    def opened(self, whose: Subscriber = ANN, session: str = "s-1", **more: Any) -> str:
        """The name of a new one that a browser has opened."""
        return self.challenges.open(self.created(whose, session, **more), HERE).handle

    def told(self) -> list[Feedback]:
        """What was told to the detectors, as they read it."""
        origin = Origins("vigie", "vigie", lambda *_: 2026, lambda *_: 0)
        arrived = Inbox(self.engine).after(SOURCE, 0, 10_000, 1 << 24)
        lines = (line for one in arrived for line in one.parcel.lines)
        events = (event for line in lines for event in Own().parse(line, origin))
        return [event for event in events if isinstance(event, Feedback)]

    def answers(self) -> list[Answer]:
        """Of these, what was answered."""
        return [event.answer for event in self.told()]
