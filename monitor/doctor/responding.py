"""What responds to incidents: whether it is there, and what the policy lets it do."""

from collections.abc import Iterator

from monitor import clock
from monitor.doctor.check import Check, database_of, note
from monitor.health.responding import NOTE, Pulse, decode
from monitor.settings import Settings
from monitor.store.watching import Watching

_NAME = "responding"


def look(settings: Settings) -> Iterator[Check]:
    """What it told of itself last."""
    with database_of(settings) as database:
        if database is None:
            return
        pulse = decode(Watching(database).note(NOTE))
    yield _look(pulse)


def _look(pulse: Pulse | None) -> Check:
    now = clock.now_ms()
    if pulse is None:
        return note(_NAME, "has never run here", "`vigie run` starts it, unless --only forbids it")
    if not pulse.is_alive(now):
        told = f"not running; it last told at {clock.utc(pulse.time)}"
        return note(_NAME, told, "start it: `vigie run`")
    who = pulse.who
    seen = f"running since {clock.utc(who.started)} (process {who.process} on {who.host})"
    if pulse.troubles:
        told = "; ".join(f"{name}: {why}" for name, why in sorted(pulse.troubles.items()))
        return Check(_NAME, False, f"{seen}; {told}", "see what it logs")
    if pulse.is_behind(now):
        return Check(_NAME, False, f"{seen}; {pulse.waiting} changes wait", "see what it logs")
    does = "acts by itself, within its guardrails" if pulse.mode == "act" else "only tells (shadow)"
    return Check(_NAME, True, f"{seen}; the policy {does}")
