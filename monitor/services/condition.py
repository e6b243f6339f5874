"""Whether Vigie is ready: its database is there, of this version, and an engine keeps up."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from detectors.core.event import MINUTE, SECOND
from monitor.clock import now_ms
from monitor.health import responding
from monitor.health.pulse import PULSE, Pulse, decode, is_parent
from monitor.health.waiting import PREFIX, Waiting, alive
from monitor.store.migration import head, is_known
from monitor.store.watching import Inbox, Watching

BEHIND = 10 * MINUTE
"""How long an engine may read without coming to an end, once it has been there, in ms of the
clock."""
WAITING = MINUTE
"""How long what was sent may wait to be read, in ms."""


class Reason(Struct, frozen=True):
    """Why Vigie is not ready: a word for programs, and a sentence; nothing secret."""

    code: str
    detail: str


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether requests should be sent here. `engine` is `alive`, `loading` (its first history)
    or `absent`; `role` what runs beside this process: the `engine`, a `standby`, or neither
    (`web`); `waiting` how many engines wait to take over. `responding` is `alive`, `behind`,
    `absent`, or `none` where incidents never were responded to: people may look nevertheless."""

    ready: bool
    engine: str
    role: str = "web"
    waiting: int = 0
    responding: str = "none"
    reasons: tuple[Reason, ...] = ()


class Condition:
    """Asks the database how Vigie is. Safe to share between threads."""

    def __init__(self, watching: Watching, now: Callable[[], int] = now_ms) -> None:
        """`now` gives ms since 1970 UTC."""
        self._watching = watching
        self._now = now
        self._head = head()

    def readiness(self) -> Readiness:
        """Whether Vigie is ready now; it never raises for a database that is not there."""
        try:
            revision = self._watching.revision()
        except SQLAlchemyError:
            reason = Reason("database", "the database cannot be read")
            return Readiness(ready=False, engine="absent", reasons=(reason,))
        # A newer version's tables serve this one as well, while it is replaced.
        if revision is None or (revision != self._head and is_known(revision)):
            reason = Reason("schema", f"the tables are at {revision}, expected {self._head}")
            return Readiness(ready=False, engine="absent", reasons=(reason,))
        now = self._now()
        pulse = decode(self._watching.note(PULSE))
        engine, reasons = _engine(pulse, now)
        reasons += _waiting(self._watching.inbox(), now)
        standby = alive(self._watching.notes(PREFIX), now)
        return Readiness(
            ready=not reasons,
            engine=engine,
            role=_role(pulse, standby),
            waiting=len(standby),
            responding=_responding(self._watching.note(responding.NOTE), now),
            reasons=tuple(reasons),
        )


def _role(pulse: Pulse | None, standby: list[Waiting]) -> str:
    if any(is_parent(one.who) for one in standby):
        return "standby"
    return "engine" if pulse is not None and is_parent(pulse.who) else "web"


def _engine(pulse: Pulse | None, now: int) -> tuple[str, list[Reason]]:
    if pulse is None:
        return "absent", [Reason("engine", "no engine has told of itself yet")]
    if not pulse.is_alive(now):
        ago = (now - pulse.time) // SECOND
        return "absent", [Reason("engine", f"no engine has told of itself for {ago} s")]
    if pulse.caught_up == 0:
        return "loading", []
    behind = now - pulse.caught_up
    if behind <= BEHIND:
        return "alive", []
    return "alive", [Reason("behind", f"the engine has been reading for {behind // MINUTE} min")]


def _responding(noted: bytes | None, now: int) -> str:
    told = responding.decode(noted)
    if told is None:
        return "none"
    if not told.is_alive(now):
        return "absent"
    return "behind" if told.is_behind(now) else "alive"


def _waiting(inbox: list[Inbox], now: int) -> list[Reason]:
    waited = max((now - one.oldest for one in inbox), default=0)
    if waited <= WAITING:
        return []
    return [Reason("inbox", f"what was sent has waited for {waited // SECOND} s")]


def plain(readiness: Readiness) -> Any:
    """As what JSON knows."""
    return msgspec.to_builtins(readiness)
