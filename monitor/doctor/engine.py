"""The engine and the console: whether they run, since when, and keep up."""

import http.client
from collections.abc import Iterator

from monitor import clock
from monitor.doctor.check import Check, database_of, note
from monitor.health.pulse import PULSE, Pulse, decode
from monitor.services.condition import Condition
from monitor.settings import Settings
from monitor.store.watching import Watching

_WAIT_S = 3.0
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, nothing is bound


def look(settings: Settings) -> Iterator[Check]:
    """What the engine told of itself last, and whether the console answers."""
    with database_of(settings) as database:
        if database is None:
            return
        watching = Watching(database)
        pulse = decode(watching.note(PULSE))
        yield _engine(pulse, Condition(watching))
    if pulse is not None and pulse.is_alive(clock.now_ms()):
        yield _console(settings)


def _engine(pulse: Pulse | None, condition: Condition) -> Check:
    now = clock.now_ms()
    if pulse is None:
        return note("engine", "has never run here", "start it: `vigie run`")
    if not pulse.is_alive(now):
        return note("engine", f"not running; it last told at {clock.utc(pulse.time)}", "start it")
    who = pulse.who
    seen = (
        f"running since {clock.utc(who.started)} (process {who.process} on {who.host}, "
        f"version {who.version})"
    )
    reasons = [reason.detail for reason in condition.readiness().reasons]
    if reasons:
        return Check("engine", False, f"{seen}; {'; '.join(reasons)}", "see what it logs")
    return Check("engine", True, seen)


def _console(settings: Settings) -> Check:
    """Whether it answers to us where the settings say; browsers may come through a proxy."""
    web = settings.web
    if not web.port:
        return Check("console", True, "on any free port")
    host = _HERE.get(web.host, web.host)
    address = f"{host}:{web.port}"
    connection = http.client.HTTPConnection(host, web.port, timeout=_WAIT_S)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        advice = "`vigie run` serves it, unless with --no-console"
        return note("console", f"does not answer at {address}: {error}", advice)
    finally:
        connection.close()
    return Check("console", status == http.client.OK, f"{address} answers {status}", "see its log")
