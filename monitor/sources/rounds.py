"""Goes round a realm's lists for ever, on a thread, one portion ahead of who takes them."""

import logging
import queue
import threading
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.clock import monotonic, utc
from monitor.sources.climb import Climb, Entry, Reached
from monitor.sources.realm import ADMIN_EVENTS, EVENTS, EventsConfig, Realm
from monitor.sources.refusal import RealmError, TooMuchError
from monitor.sources.source import SourceError

NEAR_MS: Final = 10_000
"""How far behind the newest event every round looks; now and then one looks further."""
CONFIG_EVERY_S: Final = 600.0
OFF_EVERY_S: Final = 30.0
"""How often to ask what the realm keeps, and how often where it keeps nothing."""
PROGRESS_EVERY_S: Final = 600.0
"""How often the place is told though nothing came."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
_SMALLEST_PAGE = 2
_LOOK_S = 0.2
_LAPSE_MS = 600_000

log = logging.getLogger(__name__)

_NEEDED = ("LOGIN", "LOGIN_ERROR")


class Pace(Struct, frozen=True, kw_only=True):
    """How often to look and how far back: an event may be put in so many ms after its time.

    `page` is how many events are asked for at once; `since` (ms) where a first reading begins,
    and `types` which events are asked for, all when there are none.
    """

    interval: float = 10.0
    overlap: int = 120_000
    page: int = 500
    since: int = 0
    types: tuple[str, ...] = ()


class Portion(Struct, frozen=True):
    """New entries of a list, and how far it is read behind them; `gap` tells of what is gone."""

    name: str
    entries: list[Entry]
    reached: Reached
    now: int
    gap: Text | None = None


class Rounds:
    """One thread's work, from `reached` on. `take` never waits, and `close` ends it.

    With `follow` false it ends after one round that went well, and `is_over` once all was taken.
    """

    def __init__(
        self,
        realm: Realm,
        names: tuple[str, ...],
        reached: dict[str, Reached],
        pace: Pace,
        *,
        follow: bool,
    ) -> None:
        self._realm = realm
        self._pace = pace
        self._page = pace.page
        self._follow = follow
        self._reached = {name: reached.get(name, _from(pace.since)) for name in names}
        self._expiration = 0
        self._config_due = self._told_due = self._deep_due = 0.0
        self._is_troubled = self._is_off = False
        self._missing = ""
        self._stopping = threading.Event()
        self._ready: queue.Queue[Portion | SourceError] = queue.Queue(maxsize=1)
        self._failure: BaseException | None = None
        self._is_done = False
        self._thread = threading.Thread(target=self._work, name="keycloak", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self) -> Portion | None:
        """The next portion, None when none is ready. Raises the SourceError that came instead."""
        try:
            found = self._ready.get_nowait()
        except queue.Empty:
            if self._failure is not None:
                raise RuntimeError("the thread that reads Keycloak failed") from self._failure
            return None
        if isinstance(found, SourceError):
            raise found
        return found

    def is_over(self) -> bool:
        """Whether there will be nothing more."""
        return self._is_done and self._ready.empty()

    def close(self) -> None:
        """End it; a request that is on its way may take a moment longer, by itself."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _work(self) -> None:
        try:
            self._go_round()
        except _StoppedError:
            return
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._realm.close()

    def _go_round(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                self._configure()
                self._look()
            except SourceError as error:
                self._is_troubled = True
                self._put(error)
                asked = error.pause if isinstance(error, RealmError) else None
                self._stopping.wait(pause if asked is None else max(asked, _LOOK_S))
                pause = min(2 * pause, _LONGEST_PAUSE_S)
                continue
            pause = _FIRST_PAUSE_S
            if not self._follow:
                self._is_done = True
                return
            self._stopping.wait(self._pace.interval)

    def _look(self) -> None:
        is_deep = monotonic() >= self._deep_due
        overlap = max(self._pace.overlap, NEAR_MS)
        for name in self._reached:
            self._read(name, 2 * overlap if is_deep else NEAR_MS, 3 * overlap)
        if is_deep:
            # What is put in late between two looks as deep is within the reach of the second.
            self._deep_due = monotonic() + overlap / 1_000
        if not self._is_off and (self._is_troubled or monotonic() >= self._told_due):
            self._tell_progress()
            self._is_troubled = False

    def _read(self, name: str, back: int, kept: int) -> None:
        before = self._reached[name]
        given = {"type": self._pace.types} if name == EVENTS and self._pace.types else {}

        def page(first: int, maximum: int) -> list[Entry]:
            return self._realm.page(name, first, maximum, given)

        now = self._realm.now
        climb = Climb(page, before, now=now, back=back, kept=kept, size=self._page)
        try:
            for entries in climb:
                self._reached[name] = climb.reached
                self._put(Portion(name, entries, climb.reached, now))
        except TooMuchError:
            if self._page == _SMALLEST_PAGE:
                raise
            self._page = max(_SMALLEST_PAGE, self._page // 2)
            self._read(name, back, kept)
            return
        self._reached[name] = climb.reached
        if not climb.is_connected and self._is_gap(name, before, now):
            gap = _gone(name, before.looked, now)
            self._put(Portion(name, [], climb.reached, now, gap))

    def _is_gap(self, name: str, before: Reached, now: int) -> bool:
        """Whether what is not there any more may be more than what was read and has expired."""
        if not before.looked:
            return False
        away = now - before.looked
        if name != EVENTS or not self._expiration:
            return away > _LAPSE_MS
        expired = now - self._expiration + _LAPSE_MS
        return before.looked < expired or any(time > expired for time in before.seen.values())

    def _configure(self) -> None:
        """Ask what the realm keeps. That it keeps nothing is a trouble, though what it kept before
        is read; what else it does not keep is told in the log."""
        if monotonic() < self._config_due:
            return
        config = self._realm.config()
        self._expiration = 1_000 * (config.events_expiration or 0)
        self._is_troubled |= self._is_off and config.events_enabled
        self._is_off = not config.events_enabled
        self._config_due = monotonic() + (OFF_EVERY_S if self._is_off else CONFIG_EVERY_S)
        if self._is_off:
            self._put(SourceError(_off()))
        missing = _missing(config, ADMIN_EVENTS in self._reached)
        if missing and missing != self._missing:
            log.warning("%s", missing)
        self._missing = missing

    def _tell_progress(self) -> None:
        self._told_due = monotonic() + PROGRESS_EVERY_S
        for name, reached in self._reached.items():
            self._put(Portion(name, [], reached, self._realm.now))

    def _put(self, found: Portion | SourceError) -> None:
        while not self._stopping.is_set():
            try:
                self._ready.put(found, timeout=_LOOK_S)
            except queue.Full:
                continue
            return
        raise _StoppedError


class _StoppedError(Exception):
    """Nobody takes anything any more."""


def _from(since: int) -> Reached:
    return Reached(since, {}, 0) if since else Reached()


def _off() -> Text:
    return Text(
        en="the realm does not keep its events: switch on Realm settings, Events, User events "
        "settings, `Save events`",
        fr="le royaume ne conserve pas ses événements : activez Realm settings, Events, User "
        "events settings, `Save events`",
    )


def _missing(config: EventsConfig, wants_admin: bool) -> str:
    """What is not kept of all that is of use, for the log; empty when nothing is missing."""
    kinds = [kind for kind in _NEEDED if kind not in config.enabled_event_types]
    if config.enabled_event_types and kinds:
        return (
            f"the realm does not keep {', '.join(kinds)}: add them in Realm settings, Events, User "
            "events settings, `Add saved types`"
        )
    if wants_admin and not config.admin_events_enabled:
        return (
            "the realm does not keep what administrators do: switch on Realm settings, Events, "
            "Admin events settings, `Save events`, or set admin_events = false"
        )
    return ""


def _gone(name: str, since: int, until: int) -> Text:
    return Text(
        en=f"Keycloak no longer has all of its {name} between {utc(since)} and {utc(until)}: they "
        "expired or were cleared before they were read; keep them longer (Realm settings, Events, "
        "`Expiration`) than Vigie may be away",
        fr=f"Keycloak n'a plus tous ses {name} entre {utc(since)} et {utc(until)} : ils ont expiré "
        "ou ont été effacés avant d'être lus ; conservez-les (Realm settings, Events, "
        "`Expiration`) plus longtemps que Vigie ne peut s'absenter",
    )
