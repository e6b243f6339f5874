"""Challenges move on by themselves: their time ends, what was denied is acted on, and a measure
that asked for proof is taken back once the account stayed proved for as long as a proof counts."""

from msgspec import structs

from alerts import execution
from alerts.ladder import Step
from alerts.measure import State
from detectors.core.event import MINUTE, SECOND
from monitor.mfa import challenge as machine
from monitor.responding.disowning import disown
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services.actor import DAEMON
from monitor.services.carrying import take_back
from monitor.services.challenge_ends import follow
from monitor.store import challenges, measures

PASSED = "the proof that it asked for was given"


def expire(ringing: Ringing) -> int:
    """Write down that the time of challenges is over; of how many."""
    found = challenges.due(ringing.connection, ringing.now, MOST)
    for handle in found:
        key = f"challenge {handle}"
        if not ringing.aside.has(key):
            with ringing.aside.over(key):
                _expired(ringing, handle)
    return len(found)


def _expired(ringing: Ringing, handle: str) -> None:
    connection, now = ringing.connection, ringing.now
    known = challenges.by_handle(connection, handle, lock=True)
    if known is None:
        return
    after = structs.replace(known, challenge=machine.expire(known.challenge, now))
    kept = challenges.put(connection, known, after)
    if kept is not known:
        follow(connection, kept, now, ringing.around.settings.challenges)


def answer(ringing: Ringing) -> int:
    """Act on what was denied; of how many challenges. What is old moves nothing any more."""
    since = ringing.now - ringing.around.settings.responding.fresh
    found = challenges.unanswered(ringing.connection, since, MOST)
    for one in found:
        key = f"challenge {one.handle}"
        if not ringing.aside.has(key):
            with ringing.aside.over(key):
                disown(ringing.connection, one, ringing.around, ringing.now)
    return len(found)


def release(ringing: Ringing) -> int:
    """Take back measures that asked for a proof which was given; how many. Only rules': what a
    person asked for, a person takes back."""
    connection, now = ringing.connection, ringing.now
    lasts, done, after = ringing.around.settings.challenges.lasts, 0, 0
    while page := measures.in_states(connection, (State.IN_FORCE,), after):
        after = page[-1].id
        for one in page:
            if done >= MOST or one.step is not Step.CHALLENGE or not one.is_automatic:
                continue
            passed, failed = challenges.passed_for(connection, one.id)
            if passed > failed and passed <= now - lasts:
                with ringing.aside.over(f"measure {one.id}"):
                    done += _released(ringing, one.id)
    return done


def _released(ringing: Ringing, number: int) -> int:
    connection, now = ringing.connection, ringing.now
    known = measures.get(connection, number)
    if known is None or not measures.is_held_now(connection, known.subject):
        return 0
    known = measures.get(connection, number)
    if known is None or known.state is not State.IN_FORCE:
        return 0
    going = execution.undo(known, now, by=DAEMON.reference, reason=PASSED)
    going = structs.replace(going, undone_name=DAEMON.name)
    take_back(connection, measures.put(connection, known, going, now), now)
    return 1


TIMERS = (
    Timer("challenges", expire, 5 * SECOND),
    Timer("denials", answer, 2 * SECOND),
    Timer("proofs", release, MINUTE),
)
