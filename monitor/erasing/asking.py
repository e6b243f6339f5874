"""Asks for an erasure: from the commit on, nothing of before comes in and nothing is judged."""

from sqlalchemy import Connection

from detectors.core.event import DAY
from detectors.core.identity import Subject, time_of
from monitor.protection import pseudonyms
from monitor.protection.tombstones import Named, tombstone
from monitor.protection.traces import LEAST_TOLD
from monitor.store import erasing, erasures
from monitor.store.erasures import Erasure


def ask(
    connection: Connection,
    subject: Subject,
    pepper: bytes,
    now: int,
    *,
    actor: str,
    reason: str,
    keeps: bool,
    until: int | None = None,
) -> int:
    """Have an account erased up to `until` (ms), else up to all that is known of it at `now`; the
    erasure's id. One that is at work already is asked for no second time."""
    digest = tombstone(pepper, Named.ACCOUNT, subject.tenant, subject.uid)
    for known in erasures.of_digest(connection, digest):
        if known.finished is None:
            return known.id
    at = _until(connection, subject, now) if until is None else until
    made = Erasure(
        id=0,
        digest=digest,
        tenant=subject.tenant,
        account=subject.uid,
        pseudonym=pseudonyms.draw(),
        keeps=keeps,
        actor=actor,
        reason=reason,
        requested=now,
        until=at,
    )
    identifier = erasures.add(connection, made)
    # By its own name, an account may be known before it is known by its id.
    digests = [digest, tombstone(pepper, Named.NAME, subject.tenant, subject.uid)]
    if len(subject.uid) >= LEAST_TOLD:
        digests.append(tombstone(pepper, Named.WORD, "", subject.uid))
    erasures.bury(connection, digests, at, identifier)
    return identifier


def _until(connection: Connection, subject: Subject, now: int) -> int:
    """Logs whose clock is ahead have told of later by now."""
    newest = erasing.newest_of(connection, subject)
    return now if newest is None else max(now, min(time_of(newest), now + DAY))
