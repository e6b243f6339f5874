"""What each step of a recovery brings with it, in the transaction that makes it: it is written down
and told, links are made and ended. Also what the daemon does by itself: waits end, cases lapse."""

import secrets
from typing import Final

from msgspec import structs
from sqlalchemy import Connection

from alerts.responders.roster import Roster
from detectors.core.event import DAY, MINUTE
from monitor.mfa import lost_factor
from monitor.mfa.lost_factor import State, Terms
from monitor.services import enrolment_keys
from monitor.services.actor import DAEMON, Actor
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.services.enrolment_keys import Purpose
from monitor.services.enrolment_notices import (
    OWNER,
    address_since,
    tell_subscriber,
    tell_team,
)
from monitor.services.keyring import Keyring
from monitor.services.leaving import reference_of
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments, factors, measures, recoveries, stream
from monitor.store.enrolments import LinkRow
from monitor.store.recoveries import StoredCase

HALF_DONE: Final = MINUTE
"""So long (ms) whoever sets up a factor has to finish it."""
SETTLED: Final = 7 * DAY
"""How long (ms) before a case the directory has to have had a mail address for its link to go
there."""
STEPPED: Final = "recoveries:step"
"""What the audit calls what the daemon or the account's owner does."""
_TO_SUBSCRIBER: Final = {
    State.REQUESTED: "recovery_requested",
    State.WAITING: "recovery_agreed",
    State.REFUSED: "recovery_refused",
    State.WITHDRAWN: "recovery_stopped",
}
_TO_TEAM: Final = {State.REQUESTED: "recovery_to_prove", State.PROVED: "recovery_to_approve"}


def hold(connection: Connection, subscriber: Subscriber) -> None:
    """Let nobody else begin a case of an account until this transaction ends."""
    measures.hold(connection, subscriber.subject)


def note(
    connection: Connection, actor: Actor, operation: Operation | str, one: StoredCase, deed: str
) -> None:
    """Write down what somebody did."""
    record(
        connection,
        actor,
        operation,
        reference_of(whose(one).subject),
        tenant=one.tenant,
        content={
            "recovery": one.handle,
            "deed": deed,
            "proof": one.case.proof if deed == "prove" else "",
            "why": one.case.why,
        },
    )
    stream.tell(connection, stream.Kind.RECOVERY, one.handle, one.tenant)


def tell(connection: Connection, roster: Roster, one: StoredCase, address: str, now: int) -> None:
    """Tell whoever waits for it how far a case is."""
    state, key = one.case.state, one.handle
    if (template := _TO_SUBSCRIBER.get(state)) is not None:
        values = {"stop": one.handle} if one.case.is_open else {"reason": one.case.why}
        until = one.case.ready if state is State.WAITING else None
        tell_subscriber(connection, roster, whose(one), template, key, now, values, until)
    if (template := _TO_TEAM.get(state)) is not None:
        _tell_team(connection, roster, one, template, address, now)


def _tell_team(
    connection: Connection, roster: Roster, one: StoredCase, template: str, address: str, now: int
) -> None:
    told = {
        "requester": one.prover_name or one.requester_name,
        "expires": str(one.case.expires),
        "link": f"{address}/recoveries/{one.handle}" if address else "",
    }
    tell_team(connection, roster, whose(one), template, one.handle, now, told)


def new_address(connection: Connection, one: StoredCase) -> int | None:
    """When the mail address that a case is told at was changed (ms), where that was lately: who
    changed it may be whoever asks, and the owner hears of nothing. None where it is an old one, or
    there is none."""
    since = address_since(connection, whose(one))
    return since if since is not None and since > one.case.requested - SETTLED else None


def give_link(
    connection: Connection, keyring: Keyring, one: StoredCase, issuer: str, now: int
) -> LinkRow:
    """A new link of a case that is ready; those before it hold no more."""
    enrolments.end_all(connection, one.subject_key, now, Purpose.RECOVER.value)
    handle = secrets.token_hex(16)
    key = enrolment_keys.key_of(keyring.enrolment, Purpose.RECOVER, handle)
    row = LinkRow(
        digest=keyring.digest(key),
        handle=handle,
        purpose=Purpose.RECOVER.value,
        subject_key=one.subject_key,
        tenant=one.tenant,
        account=one.account,
        issuer=issuer,
        recovery_id=one.id,
        language="",
        created=now,
        not_before=now,
        expires=one.case.expires,
    )
    enrolments.add(connection, row)
    return row


def make_ready(
    connection: Connection,
    keyring: Keyring,
    roster: Roster,
    one: StoredCase,
    now: int,
    terms: Terms,
    address: str = "",
) -> StoredCase | None:
    """The waiting time of a case is over: its link is sent, or left to be handed over where the
    mail address is new; `address` is where the team finds it. None where somebody changed the case
    meanwhile."""
    kept = _put(connection, one, lost_factor.ready(one.case, now, terms))
    if kept is None:
        return None
    if new_address(connection, kept) is not None:
        _tell_team(connection, roster, kept, "recovery_to_hand_over", address, now)
        note(connection, DAEMON, STEPPED, kept, "send no link to a new address")
        return kept
    row = give_link(connection, keyring, kept, DAEMON.reference, now)
    values = {"recover": row.handle, "stop": kept.handle}
    key = f"{kept.handle}.{row.handle}"
    tell_subscriber(connection, roster, whose(kept), "recovery_link", key, now, values, row.expires)
    note(connection, DAEMON, STEPPED, kept, "send the link")
    return kept


def lapse(connection: Connection, one: StoredCase, now: int) -> StoredCase | None:
    """Nothing became of a case in time."""
    kept = _put(connection, one, lost_factor.lapsed(one.case, now))
    if kept is not None:
        note(connection, DAEMON, STEPPED, kept, "lapse")
        enrolments.end_all(connection, one.subject_key, now, Purpose.RECOVER.value)
    return kept


def finish(connection: Connection, identifier: int, now: int) -> None:
    """A new factor is set up by the link of a case."""
    one = recoveries.by_id(connection, identifier)
    if one is None or one.case.state is not State.READY:
        return
    # Its link held when it served, however long ago that is.
    case = structs.replace(one.case, state=State.DONE, ended=now)
    kept = _put(connection, one, case)
    if kept is not None:
        note(connection, OWNER, STEPPED, kept, "set up a new factor")


def finish_served(connection: Connection, now: int, most: int) -> int:
    """Finish what a process that died left half done: a factor was set up, and what was lost is
    void. Of how many cases."""
    found = enrolments.served(connection, now - HALF_DONE, (State.READY.value,), most)
    for row in found:
        for factor in factors.of(connection, Subscriber(row.tenant, row.account).owner):
            if factor.created < (row.opened or 0):
                factors.drop(connection, factor.id)
        finish(connection, row.recovery_id or 0, now)
    return len(found)


def stop(connection: Connection, roster: Roster, one: StoredCase, way: str, now: int) -> bool:
    """The owner stops a case, by a link of a mail or by having a factor; whether it was open."""
    if lost_factor.lapsed(one.case, now) is not one.case or not one.case.is_open:
        return False
    kept = _put(connection, one, lost_factor.withdrawn(one.case, f"subscriber:{way}", now))
    if kept is None:
        return False
    enrolments.end_all(connection, one.subject_key, now, Purpose.RECOVER.value)
    note(connection, OWNER, STEPPED, kept, f"stop by {way}")
    tell(connection, roster, kept, "", now)
    if way == "mail":
        told = {"requester": kept.prover_name or kept.requester_name}
        tell_team(connection, roster, whose(kept), "recovery_contested", kept.handle, now, told)
    return True


def stop_for(connection: Connection, roster: Roster, subscriber: Subscriber, now: int) -> bool:
    """A factor of somebody was used: whatever recovery is open for them is stopped. For whoever
    takes a proof, in its transaction; whether there was any."""
    one = recoveries.open_of(connection, subscriber.tenant, subscriber.account)
    return one is not None and stop(connection, roster, one, "factor", now)


def whose(one: StoredCase) -> Subscriber:
    """The subscriber that a case is of."""
    return Subscriber(one.tenant, one.account)


def _put(connection: Connection, before: StoredCase, case: lost_factor.Case) -> StoredCase | None:
    return recoveries.put(connection, before, structs.replace(before, case=case))
