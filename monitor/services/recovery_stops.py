"""Whoever proves who they are by a factor has lost none: a recovery that is open for them is
stopped, for it may be somebody else's."""

from sqlalchemy import Engine

from alerts.responders.roster import Roster
from detectors.core.identity import Subject
from monitor.services.recovery_steps import stop_for
from monitor.services.subscriber import Subscriber
from monitor.store import recoveries
from monitor.store.connection import reading
from monitor.store.factors import ACCOUNT, Owner


def stop_by_proof(engine: Engine, roster: Roster, owner: Owner, now: int) -> bool:
    """Stop what is open for the owner of a factor that was just used, at `now` (ms); whether there
    was anything. Of a reviewer's factor nothing is."""
    if owner.kind != ACCOUNT:
        return False
    subject = Subject.parse(owner.uid)
    with reading(engine).connect() as connection:
        if recoveries.open_of(connection, subject.tenant, subject.uid) is None:
            return False
    with engine.begin() as connection:
        return stop_for(connection, roster, Subscriber(subject.tenant, subject.uid), now)
