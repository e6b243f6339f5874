"""A challenge is answered: counted first, then looked at, then settled; each in a transaction of
its own, so that of a thousand answers at once no more are looked at than may be."""

import hmac
from collections.abc import Callable
from typing import Final

from msgspec import structs
from sqlalchemy import Connection, Engine

from monitor.mfa import challenge as machine
from monitor.mfa.challenge import Challenge, State
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.passwords import BusyError
from monitor.services import guesses
from monitor.services.challenge_ends import follow
from monitor.services.factors import Factors, Proved, Shown
from monitor.services.guesses import Guess
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.store import challenges
from monitor.store.challenges import StoredChallenge

_NO_GUESS: Final = Guess(True)


class Proving:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        factors: Factors,
        now: Callable[[], int],
        terms: ChallengeTerms,
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._factors = factors
        self._now = now
        self._terms = terms

    def answer(
        self, handle: str, browser: bytes, ip: str, shown: Shown, number: str
    ) -> StoredChallenge | None:
        """The challenge once it was answered from a browser (a digest) at an address; None where it
        is not this browser's. The same is done for that, for one that is over, and for an account
        that has nothing to prove itself with. Raises BusyError, and nothing was tried."""
        with self._engine.begin() as connection:
            known = challenges.by_handle(connection, handle, lock=True)
            mine = known if known and machine.belongs(known.challenge, browser) else None
            begun = None if mine is None else self._begin(connection, mine)
            guess = self._guess(connection, begun, browser, ip, shown)
        is_tried = guess.is_allowed and begun is not None and _tells(begun, browser, number)
        try:
            proved = self._proved(begun if is_tried else None, shown)
        except BusyError:
            self._give_back(begun, guess)
            raise
        if begun is None:
            return mine
        with self._engine.begin() as connection:
            return self._settle(connection, begun, proved, guess)

    def _begin(self, connection: Connection, one: StoredChallenge) -> StoredChallenge | None:
        """It, with one answer more begun; None where none may be."""
        after = machine.begin(one.challenge, self._now())
        if after is one.challenge:
            return None
        return challenges.put(connection, one, structs.replace(one, challenge=after))

    def _guess(
        self,
        connection: Connection,
        one: StoredChallenge | None,
        browser: bytes,
        ip: str,
        shown: Shown,
    ) -> Guess:
        """What typing a code takes; nobody guesses a passkey."""
        if one is None or shown.passkey:
            return _NO_GUESS
        whose = (one.subject_key, one.tenant, one.account)
        known = browser if challenges.has_passed(connection, *whose, browser) else None
        who = Subscriber(one.tenant, one.account)
        return guesses.take(connection, self._keyring, who, ip, known, self._now())

    def _proved(self, one: StoredChallenge | None, shown: Shown) -> Proved | None:
        """What is shown, if it is the account's own."""
        owner = None if one is None else Subscriber(one.tenant, one.account).owner
        # A passkey says by itself whose it is: it was asked of anybody.
        found = self._factors.prove(None if shown.passkey else owner, shown)
        if found is None or owner is None:
            return None
        is_theirs = (found.owner.kind, found.owner.uid) == (owner.kind, owner.uid)
        return found if is_theirs else None

    def _settle(
        self, connection: Connection, begun: StoredChallenge, proved: Proved | None, guess: Guess
    ) -> StoredChallenge | None:
        now = self._now()
        known = challenges.by_handle(connection, begun.handle, lock=True)
        if known is None:
            return None
        challenge = machine.settle(known.challenge, now, right=proved is not None)
        if proved is not None:
            guesses.forgive(connection, guess)
        after = structs.replace(known, challenge=challenge)
        if proved is not None and challenge.state is State.PASSED is not known.challenge.state:
            level, method = int(proved.level), proved.method.value
            after = structs.replace(after, method=method, level=level)
        kept = challenges.put(connection, known, after)
        if kept.challenge.state is not known.challenge.state:
            follow(connection, kept, now, self._terms)
        return kept

    def _give_back(self, begun: StoredChallenge | None, guess: Guess) -> None:
        if begun is None:
            return
        with self._engine.begin() as connection:
            guesses.forgive(connection, guess)
            known = challenges.by_handle(connection, begun.handle, lock=True)
            if known is not None:
                challenge = machine.give_back(known.challenge)
                challenges.put(connection, known, structs.replace(known, challenge=challenge))


def _tells(one: StoredChallenge, browser: bytes, number: str) -> bool:
    """Whether the other device is told the number that the first one shows; the first one need
    not."""
    if not _is_elsewhere(one.challenge, browser):
        return True
    wanted = "" if one.number is None else str(one.number)
    told = number.strip().encode("utf-8", "replace")
    return bool(wanted) and hmac.compare_digest(wanted.encode(), told)


def _is_elsewhere(one: Challenge, browser: bytes) -> bool:
    return one.browser != browser and one.phone == browser
