"""What stands against an account besides what detectors say: lists, proofs, and what is not done.

Read in the transaction that judges, by keys alone; nothing is written.
"""

from typing import Final

from msgspec import structs
from sqlalchemy import Connection, or_, select

from alerts.policy import PROTECTED, Mode
from alerts.responders.gate import CHALLENGE, DISABLED
from detectors.core.context import AccountKind
from detectors.core.event import SECOND
from monitor.deciding.verdict import Known
from monitor.protection.pseudonyms import PREFIX
from monitor.services.circumstances import account_of, person_of
from monitor.services.subscriber import Subscriber
from monitor.store import erasures, factors, policies, tables
from monitor.store.gate_list import entries

_KEPT: Final = 2 * SECOND
"""How long (ms) the policy is taken to hold."""


class Surroundings:
    """Of one database. For one thread."""

    def __init__(self) -> None:
        self._until = -1
        self._is_shadow = True
        self._protected = PROTECTED

    def lists(
        self, connection: Connection, subscriber: Subscriber, session: str | None, now: int
    ) -> Known:
        """What lists and proofs say at `now` (ms), without a risk."""
        told = {one.verdict: one for one in entries(connection, *_names(subscriber), now)}
        demanded = CHALLENGE in told
        proved = False
        if session is not None:
            demands = _demands(connection, subscriber, session, now)
            demanded = demanded or CHALLENGE in demands
            proved = _is_proved(connection, subscriber, session, now)
        return Known(
            is_disabled=DISABLED in told,
            is_demanded=demanded and not proved,
            is_proved=proved,
            is_withheld=_is_withheld(connection, subscriber),
        )

    def weighed(
        self,
        connection: Connection,
        subscriber: Subscriber,
        known: Known,
        kind: AccountKind | None,
        now: int,
    ) -> Known:
        """The same with what keeps a probability from asking; `kind` is the settings' word on the
        account, None where they say nothing."""
        self._refresh(connection, now)
        person = person_of(account_of(connection, subscriber.subject), now, kind)
        return structs.replace(
            known,
            is_protected=person.kind in self._protected,
            is_shadow=self._is_shadow,
            has_factor=bool(factors.of(connection, subscriber.owner)),
        )

    def _refresh(self, connection: Connection, now: int) -> None:
        if now < self._until:
            return
        policy = policies.holding(connection).policy
        self._is_shadow = policy.mode is Mode.SHADOW
        self._protected = policy.protected | PROTECTED
        self._until = now + _KEPT


def _names(subscriber: Subscriber) -> tuple[str, str]:
    return subscriber.tenant, subscriber.account


def _is_proved(connection: Connection, subscriber: Subscriber, session: str, now: int) -> bool:
    table = tables.assurances
    query = select(table.c.level).where(
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        table.c.session == session,
        table.c.since <= now,
        table.c.until > now,
    )
    return connection.execute(query).first() is not None


def _demands(
    connection: Connection, subscriber: Subscriber, session: str, now: int
) -> frozenset[str]:
    table = tables.session_demands
    query = select(table.c.verdict).where(
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        table.c.session == session,
        or_(table.c.until.is_(None), table.c.until > now),
    )
    return frozenset(connection.execute(query).scalars())


def _is_withheld(connection: Connection, subscriber: Subscriber) -> bool:
    """Whether nothing is judged of an account: it is restricted, or being erased."""
    table = tables.restrictions
    query = select(table.c.id).where(
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        table.c.until.is_(None),
    )
    if connection.execute(query.limit(1)).first() is not None:
        return True
    return subscriber.account.startswith(PREFIX) or _names(subscriber) in erasures.at_work(
        connection
    )
