"""A challenge is made: what it is about is looked up, and room is made for it.

Of one session one is open at a time, and of one account a few. Whoever opens many withdraws their
own and the oldest, and so keeps out nobody; and gets no more answers by it.
"""

import hashlib
import hmac
import secrets
from typing import Final

from msgspec import structs
from sqlalchemy import Connection, select

from detectors.core.event import DAY, MINUTE
from monitor.mfa import challenge as machine
from monitor.mfa.challenge import Challenge, State
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.return_address import safe_return
from monitor.services import assurance
from monitor.services.challenge_ends import follow, is_left_alone
from monitor.services.challenge_grounds import grounds_of
from monitor.services.challenge_views import Browser, ChallengeError, Wanted, check
from monitor.services.keyring import Keyring
from monitor.services.refusal import NotThereError
from monitor.services.subscriber import Subscriber
from monitor.services.throttling import Allowance, network_of
from monitor.store import challenges, measures, sign_in_limits, tables
from monitor.store.challenges import StoredChallenge

PATH: Final = "/challenge"
COMING: Final = Allowance(10, MINUTE)
"""Challenges that are made for one session because somebody comes for them: a browser that forgets
each at once would fill the table with them. It is the session's own, so that nobody uses up
another's."""
DEMANDED: Final = DAY
"""How long (ms) a session is held for a proof that somebody asked of it alone."""


class Asking:
    """Makes them, in transactions that are given. Safe to share between threads."""

    def __init__(self, keyring: Keyring, terms: ChallengeTerms) -> None:
        self._keyring = keyring
        self.terms = terms

    def put(
        self,
        connection: Connection,
        wanted: Wanted,
        by: str,
        now: int,
        browser: Browser | None = None,
    ) -> tuple[StoredChallenge, str]:
        """A new one at `now` (ms), asked for `by` a reference, and the key of its link; it belongs
        to a browser at once where one is given. Raises ChallengeError, and NotThereError for a
        browser that cannot be the session's."""
        check(wanted)
        subscriber = wanted.subscriber
        measures.hold(connection, subscriber.subject)
        if is_left_alone(connection, subscriber):
            raise ChallengeError(
                "nothing is decided about this account: its data is restricted",
                "rien n'est décidé sur ce compte : ses données sont limitées",
            )
        _check_incident(connection, wanted)
        wanted = structs.replace(wanted, return_to=self._checked(wanted.return_to))
        used = self._make_room(connection, wanted, now)
        made = self.made(connection, wanted, by, now, used)
        if browser is not None:
            if not self.is_alike(made, browser):
                raise NotThereError("the session is another browser's")
            challenge = machine.bind(made.challenge, self.mark(browser), now)
            made = structs.replace(made, challenge=challenge)
        kept, key = self.kept(connection, made)
        if wanted.demands and wanted.session:
            until = now + DEMANDED
            about, told = (subscriber, wanted.session), (wanted.reason, kept.reference)
            assurance.demand(connection, *about, now, until, *told)
        return kept, key

    def may_come(self, connection: Connection, wanted: Wanted, now: int) -> bool:
        """Whether one more is made for whoever comes for it: takes one of those that may be."""
        told = f"challenge-come\0{wanted.subscriber.subject}\0{wanted.session}"
        raw = told.encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._keyring.limits, raw, hashlib.sha256)
        most = COMING.at_once * COMING.pause
        return sign_in_limits.take(connection, digest, COMING.pause, most, now)

    def made(
        self, connection: Connection, wanted: Wanted, by: str, now: int, used: int = 0
    ) -> StoredChallenge:
        """One that is not kept yet, of whose answers so many are used up."""
        subscriber, terms = wanted.subscriber, self.terms
        grounds = grounds_of(connection, subscriber, wanted.session, wanted.key)
        ip, user_agent = wanted.ip or grounds.ip, wanted.user_agent or grounds.user_agent
        return StoredChallenge(
            handle=secrets.token_hex(16),
            tenant=subscriber.tenant,
            account=subscriber.account,
            subject_key=subscriber.key,
            session=wanted.session,
            reason=wanted.reason,
            origin=wanted.origin,
            measure=wanted.measure,
            incident=wanted.incident,
            key=wanted.key,
            return_to=wanted.return_to,
            language=wanted.language,
            whence=grounds.whence,
            shown=grounds.shown,
            by=by,
            like=tuple(self._likeness(ip, user_agent)),
            challenge=Challenge(
                created=now,
                expires=now + terms.lifetime,
                most=terms.attempts,
                attempts=used,
                wrong=used,
            ),
        )

    def kept(self, connection: Connection, made: StoredChallenge) -> tuple[StoredChallenge, str]:
        """It, in the database, and the key of its link."""
        key = secrets.token_urlsafe(32)
        return challenges.add(connection, made, self._keyring.digest(key)), key

    def withdraw(self, connection: Connection, one: StoredChallenge, now: int) -> StoredChallenge:
        """It, when nobody asks it any more, or another takes its place; what is over stays as it
        was. A session that is held for it stays so."""
        after = structs.replace(one, challenge=machine.withdraw(one.challenge, now))
        kept = challenges.put(connection, one, after)
        if kept is not one:
            follow(connection, kept, now, self.terms)
        return kept

    def is_alike(self, one: StoredChallenge, browser: Browser) -> bool:
        """Whether a browser may be the one that a challenge is for: from the same network, or the
        same program. Anybody is where nothing was said of it."""
        seen = self._likeness(browser.ip, browser.user_agent)
        return not one.like or not set(one.like).isdisjoint(seen)

    def mark(self, browser: Browser) -> bytes:
        """What is kept of a browser."""
        told = browser.mark.encode("utf-8", "surrogatepass")
        return hmac.digest(self._keyring.challenges, told, hashlib.sha256)

    def link(self, key: str) -> str:
        """Where it is answered. Browsers send what stands behind `#` to no server, so that no log
        has it, and whoever opens links by themselves opens nothing."""
        return f"{self.terms.address.rstrip('/')}{PATH}#{key}"

    def _checked(self, address: str) -> str:
        found = safe_return(address, self.terms.origins)
        if address and not found:
            raise ChallengeError(
                "the address to go on at is none of those that the settings allow",
                "l'adresse de retour n'est pas de celles que permettent les réglages",
            )
        return found

    def _make_room(self, connection: Connection, wanted: Wanted, now: int) -> int:
        """Withdraw what the new one takes the place of; how many answers of this session's last
        one are used up, so that asking anew gives no more of them."""
        subscriber, rest = wanted.subscriber, []
        whose = _whose(subscriber)
        for one in challenges.open_of(connection, *whose, now):
            if one.session == wanted.session:
                self.withdraw(connection, one, now)
            else:
                rest.append(one)
        for one in rest[: max(0, len(rest) - self.terms.most_open + 1)]:
            self.withdraw(connection, one, now)
        last = challenges.of_session(connection, *whose, wanted.session)
        if last is None or last.challenge.state is not State.WITHDRAWN:
            return 0
        is_recent = now - last.challenge.created < self.terms.lifetime
        return min(last.challenge.attempts, self.terms.attempts - 1) if is_recent else 0

    def _likeness(self, ip: str, user_agent: str) -> list[bytes]:
        told = (("ip", network_of(ip) if ip else ""), ("agent", user_agent))
        return [self._keyring.digest(f"{kind}:{value}")[:8] for kind, value in told if value]


def _check_incident(connection: Connection, wanted: Wanted) -> None:
    """What it rests on is about the same account. Raises NotThereError."""
    if wanted.incident is None:
        return
    table = tables.incidents
    query = select(table.c.tenant, table.c.subject).where(table.c.id == wanted.incident)
    found = connection.execute(query).first()
    if found is None or tuple(found) != (wanted.subscriber.tenant, wanted.subscriber.account):
        raise NotThereError("no such incident of this account")


def _whose(subscriber: Subscriber) -> tuple[int, str, str]:
    return subscriber.key, subscriber.tenant, subscriber.account
