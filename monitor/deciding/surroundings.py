"""What stands against an account besides what detectors say: lists, proofs, and what is not done.

Read in the transaction that judges, by keys alone; nothing is written.
"""

from typing import Final

from msgspec import structs
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Table,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)

from alerts.policy import PROTECTED, Guardrails, Mode
from alerts.responders.gate import CHALLENGE, DISABLED
from detectors.core.context import AccountKind
from detectors.core.event import HOUR, SECOND
from monitor.deciding.question import Verdict
from monitor.deciding.verdict import Known
from monitor.protection.pseudonyms import PREFIX
from monitor.services.circumstances import account_of, person_of
from monitor.services.subscriber import Subscriber
from monitor.store import factors, policies, tables
from monitor.store.prepared import Prepared

_KEPT: Final = 2 * SECOND
"""How long (ms) the policy is taken to hold."""


class Surroundings:
    """Of one database. For one thread."""

    def __init__(self) -> None:
        self._until = -1
        self._is_shadow = True
        self._guardrails = Guardrails()
        self._protected = PROTECTED

    def lists(
        self, connection: Connection, subscriber: Subscriber, session: str | None, now: int
    ) -> Known:
        """What lists and proofs say at `now` (ms), without a risk."""
        values = {"tenant": subscriber.tenant, "account": subscriber.account, "now": now}
        # No session is called so: what is asked of none is proved for none.
        told = {row[0] for row in _LISTS.rows(connection, session=session or "", **values)}
        proved = session is not None and _PROVED in told
        return Known(
            is_disabled=DISABLED in told,
            is_demanded=CHALLENGE in told and not proved,
            is_proved=proved,
            is_withheld=_WITHHELD in told or subscriber.account.startswith(PREFIX),
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
            is_guarded=self._is_guarded(connection, subscriber, now),
            has_factor=bool(factors.of(connection, subscriber.owner)),
        )

    def _is_guarded(self, connection: Connection, subscriber: Subscriber, now: int) -> bool:
        """Whether as many others were challenged within an hour as the policy lets be by itself; a
        location database that is wrong must not stop everybody."""
        table = tables.sign_in_questions
        query = (
            select(table.c.tenant, func.count(table.c.subject_key.distinct()))
            .where(
                table.c.created > now - HOUR,
                table.c.verdict == Verdict.CHALLENGE.value,
                table.c.risk > 0,
                table.c.subject_key != subscriber.key,
            )
            .group_by(table.c.tenant)
        )
        counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
        given = self._guardrails
        own = counts.get(subscriber.tenant, 0)
        return own >= given.per_tenant_hour or sum(counts.values()) >= given.per_hour

    def _refresh(self, connection: Connection, now: int) -> None:
        if now < self._until:
            return
        policy = policies.holding(connection).policy
        self._is_shadow = policy.mode is Mode.SHADOW
        self._guardrails = policy.guardrails
        self._protected = policy.protected | PROTECTED
        self._until = now + _KEPT


_WITHHELD: Final = "withheld"
_PROVED: Final = "proved"


def _lists() -> Prepared:
    """All that is said of an account, and of one of its sessions, in one look."""
    listed, proofs, demands = tables.gate_list, tables.assurances, tables.session_demands
    restricted, erased = tables.restrictions, tables.erasures
    session, now = bindparam("session", type_=String), bindparam("now", type_=BigInteger)

    def mine(table: Table) -> tuple[ColumnElement[bool], ...]:
        names = [bindparam(name, type_=String) for name in ("tenant", "account")]
        return table.c.tenant == names[0], table.c.account == names[1]

    def holds(table: Table) -> ColumnElement[bool]:
        return or_(table.c.until.is_(None), table.c.until > now)

    return Prepared(
        union_all(
            select(listed.c.verdict).where(*mine(listed), holds(listed)),
            select(demands.c.verdict).where(
                *mine(demands), demands.c.session == session, holds(demands)
            ),
            select(literal(_PROVED)).where(
                *mine(proofs), proofs.c.session == session, proofs.c.since <= now, holds(proofs)
            ),
            select(literal(_WITHHELD)).where(*mine(restricted), restricted.c.until.is_(None)),
            select(literal(_WITHHELD)).where(*mine(erased), erased.c.finished.is_(None)),
        )
    )


_LISTS: Final = _lists()
