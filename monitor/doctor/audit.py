"""The audit: whether it proves whole, and whether places of it are signed outside."""

from collections.abc import Iterator

from monitor import clock, signing
from monitor.chain.sealing import Sealer
from monitor.doctor.check import Check, database_of, note
from monitor.instance import InstanceKeyError
from monitor.services.actor import operator
from monitor.services.audit import Audit, Proof
from monitor.settings import Settings

_MOST = 200_000
"""Entries that are proved here; more take too long for a look."""


def look(settings: Settings) -> Iterator[Check]:
    """What a proof of it comes to."""
    sealer = _sealer(settings)
    if sealer is None:
        return
    with database_of(settings) as database:
        if database is None:
            return
        audit = Audit(database, sealer, signing.checkpoints_of(settings))
        entries = audit.size(operator())
        if entries > _MOST:
            advice = "`vigie audit verify` proves them"
            yield note("audit", f"{entries:,} entries, too many to be proved here", advice)
            return
        try:
            yield _told(audit.verify(operator()))
        except OSError as error:
            yield Check("audit", False, f"checkpoints cannot be read: {error}", "check the rights")


def _told(proof: Proof) -> Check:
    verdict = proof.verdict
    if not verdict.is_whole:
        first = verdict.faults[0]
        seen = f"{verdict.count:,} faults, the first at number {first.number:,} ({first.wrong})"
        return Check("audit", False, seen, "`vigie audit verify` tells all of them")
    seen = f"{verdict.entries:,} entries, whole"
    if verdict.latest is None:
        if not verdict.entries:
            return Check("audit", True, seen)
        advice = "`vigie run` signs them by itself; until then nobody sees that the last are gone"
        return note("audit", f"{seen}; none was signed outside of the database yet", advice)
    return Check("audit", True, f"{seen}; last signed at {clock.utc(verdict.latest.time)}")


def _sealer(settings: Settings) -> Sealer | None:
    try:
        return signing.sealer_of(settings)
    except (InstanceKeyError, OSError):
        # Told by the check of the database, which belongs to a key.
        return None
