"""Who has to have a factor, since when, and until when it is borne that they have none: as their
tenant's policy says."""

from typing import Final

from msgspec import Struct
from sqlalchemy import Connection

from alerts.policy import Mode
from detectors.core.event import DAY
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments, factors, policies, restrictions
from monitor.store.enrolments import GraceRow
from monitor.store.factors import PASSKEY, TOTP

PROVING: Final = frozenset((PASSKEY, TOTP))
"""Kinds of factors that somebody proves by; recovery codes alone are none."""


class Requirement(Struct, frozen=True, kw_only=True):
    """That somebody has to have a factor and has none: since when, and until when it is borne (ms);
    `is_due` once that is over."""

    since: int
    until: int
    is_due: bool


def has_factor(connection: Connection, subscriber: Subscriber) -> bool:
    """Whether somebody has something to prove by."""
    return any(row.kind in PROVING for row in factors.of(connection, subscriber.owner))


def days_of(connection: Connection, tenant: str) -> int | None:
    """Within how many days people of a tenant have to set up a factor; None where they do not have
    to, or the policy does nothing by itself yet."""
    policy = policies.holding(connection).policy
    terms = policy.tenants.get(tenant)
    return None if terms is None or policy.mode is not Mode.ACT else terms.enrolment_days


def standing(connection: Connection, subscriber: Subscriber, now: int) -> Requirement | None:
    """What is required of somebody at `now` (ms), None for nothing. Writes nothing: whoever was
    never met has all the days before them."""
    days = days_of(connection, subscriber.tenant)
    if days is None or has_factor(connection, subscriber):
        return None
    known = enrolments.grace(connection, subscriber.tenant, subscriber.account)
    since, until = (now, now + days * DAY) if known is None else (known.since, known.until)
    return Requirement(since=since, until=until, is_due=until <= now)


def begin(connection: Connection, subscriber: Subscriber, now: int) -> GraceRow | None:
    """Let somebody's days begin, where a factor is required of them and they have not begun: what
    they are to be told. None for nothing new; also about an account whose data is restricted."""
    days = days_of(connection, subscriber.tenant)
    if days is None or has_factor(connection, subscriber):
        return None
    if subscriber.key in restrictions.hidden(connection):
        return None
    row = GraceRow(
        tenant=subscriber.tenant,
        account=subscriber.account,
        subject_key=subscriber.key,
        since=now,
        until=now + days * DAY,
    )
    return row if enrolments.begin_grace(connection, row) else None
