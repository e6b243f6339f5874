"""What `run` and `demo` share: the engine over its sources, with the console beside it."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from msgspec import structs
from rich.progress import Progress
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from monitor import assembly, clock, logs
from monitor.added import Mark, mark, with_added
from monitor.changes import compare
from monitor.cli.attesting import Attesting
from monitor.cli.backlog import telling, yielding
from monitor.cli.console import announce, progress
from monitor.cli.credentials import take_key
from monitor.companion import Companion, Crew
from monitor.consoles import Consoles
from monitor.daemon import Stopping, run, stopped_by_signals
from monitor.following import Following
from monitor.health import waiting
from monitor.health.pulse import our_version, ourselves
from monitor.health.vitals import Vitals
from monitor.instance import InstanceKeyError
from monitor.notify import Notifier
from monitor.oidc.terms import Terms
from monitor.placing import LiveEnricher, located
from monitor.reloading import REFUSALS, Reloading
from monitor.services.admission import by_name, link
from monitor.services.effective import Whence
from monitor.services.relying_party import RelyingPartyError
from monitor.settings import Settings, SettingsError, to_json
from monitor.sources import syslog
from monitor.store.connection import connect
from monitor.store.lock import EngineLock, next_engine
from monitor.store.migration import NewerDatabaseError, is_current, upgrade

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5
_ADDED_EVERY_S = 1.0


class Part(Enum):
    """What a daemon may run: by default all of it."""

    ENGINE = "engine"
    WEB = "web"
    SYSLOG = "syslog"
    RESPONDING = "responding"


ALL = frozenset(Part)


class Beside(NamedTuple):
    """What is run beside an open console: a process, and what is done again and again until it
    says True."""

    companion: Companion | None = None
    duty: Callable[[], bool] | None = None


Opened: TypeAlias = Callable[[Database, str], Beside]
"""What is called with the database and the console's address once that is open."""


Said: TypeAlias = Callable[[], Mapping[str, Whence]]
"""What gives who said which setting."""


def _nothing(_database: Database, _address: str) -> Beside:
    return Beside()


def serve(
    settings: Settings,
    others: Sequence[Companion] = (),
    *,
    parts: frozenset[Part] = ALL,
    reread: Callable[[], Settings] | None = None,
    said: Said = dict,
) -> None:
    """Judge what the settings' sources give until told to stop, and serve the console.

    `reread` gives the settings as they are now, when SIGHUP asks for them, and `said` who said
    which.
    """
    role = "engine" if Part.ENGINE in parts else "supervisor"
    logs.configure(settings.log.format, settings.log.level, role, is_rich=True)
    stopping = Stopping()
    with stopped_by_signals(stopping):
        serve_until(stopping, settings, others, parts=parts, reread=reread, said=said)


def serve_until(
    stopping: Stopping,
    settings: Settings,
    others: Sequence[Companion] = (),
    *,
    parts: frozenset[Part] = ALL,
    reread: Callable[[], Settings] | None = None,
    opened: Opened = _nothing,
    said: Said = dict,
) -> None:
    """The same, where somebody else hears the signals."""
    _Serving(stopping, settings, parts, reread, opened, said).run(others)


_NO_SOURCE: Final = (
    "There is no source yet: add one in the console, or name one in vigie.toml"
    " (vigie.example.toml shows how) and have it read anew (SIGHUP)."
)


class _Serving:
    """One daemon, from its beginning to its end."""

    def __init__(
        self,
        stopping: Stopping,
        settings: Settings,
        parts: frozenset[Part],
        reread: Callable[[], Settings] | None,
        opened: Opened = _nothing,
        said: Said = dict,
    ) -> None:
        self._stopping = stopping
        self._settings = settings
        self._parts = parts
        self._reread = reread
        self._opened = opened
        self._notifier = Notifier()
        self._crew = Crew()
        self._consoles = Consoles(self._crew, settings, said=said)
        self._receiver: Companion | None = None
        self._responder: Companion | None = None
        self._database: Database | None = None
        self._who = ourselves(clock.now_ms())
        self._beginning = threading.Lock()
        self._has_begun = self._is_at_work = self._is_told = self._is_waiting = False
        self._waited = -waiting.EVERY_S
        self._failure: Exception | None = None
        self._reloading: Reloading | None = None
        self._told = settings
        self._added: Mark | None = None
        self._looked_added = clock.monotonic()
        self._reopens = False
        self._attesting = Attesting(settings, self._open)

    def run(self, others: Sequence[Companion]) -> None:
        """Until told to stop: every batch committed, every process ended."""
        with self._crew:
            try:
                self._crew.add(*others)
                self._crew.duty(self._begin)
                if Part.ENGINE in self._parts:
                    self._wait_to_be_engine()
                else:
                    self._wait()
            finally:
                self._notifier.stopping()
        self._consoles.close()
        if self._has_begun:
            self._attesting.look()
        if self._database is not None:
            self._database.dispose()
        announce("Stopped; everything that was read is committed.")

    def _wait(self) -> None:
        """Only processes of ours are at work."""
        self._is_at_work = True
        while not self._is_stopping():
            self._heed()
            self._stopping.pause(_LOOK_EVERY_S)

    def _wait_to_be_engine(self) -> None:
        self._begin_to_wait()
        url, pause = self._settings.database_url, self._stopping.pause
        with next_engine(url, self._is_done_waiting, pause, self._say_waiting) as lock:
            self._is_waiting = False
            if lock is not None:
                self._be_engine(lock)

    def _begin_to_wait(self) -> None:
        self._is_waiting = True
        self._crew.duty(self._tell_waiting)

    def _be_engine(self, lock: EngineLock) -> None:
        settings = self._settings
        upgrade(settings.database_url)
        database = self._open()
        waiting.forget(database, self._who)
        self._added = mark(database)
        self._settings = settings = with_added(settings, database)
        if not settings.sources:
            announce(_NO_SOURCE)
        assembly.announce(settings, database)
        self._begin()
        self._attesting.enter("daemon:start", {"version": our_version()})
        vitals = Vitals(assembly.open_watch(settings, settings.all_sources))
        following = Following(lambda: self._settings.realms, settings.database_url)
        with progress("bytes") as shown, following:
            while True:
                self._reopens = False
                self._run_engine(lock, database, vitals, shown)
                if not self._reopens or self._stopping():
                    break

    def _run_engine(
        self, lock: EngineLock, database: Database, vitals: Vitals, shown: Progress
    ) -> None:
        settings = self._settings
        enricher = LiveEnricher(settings)
        engine = assembly.open_engine(settings, database, enricher.now)
        pipeline = assembly.open_pipeline(
            settings, engine, settings.all_sources, follow=True, database=database, vitals=vitals
        )
        self._reloading = Reloading(engine, pipeline, database, vitals)
        vitals.located(located(settings))

        def between() -> None:
            self._is_at_work = True
            new = enricher.renewed()
            if new is not None:
                engine.enrich_with(new.enrich)
                vitals.located(located(settings))
            vitals.audited(self._attesting.broken)
            self._heed()
            self._heed_added(database)

        def is_ending() -> bool:
            return self._is_stopping() or self._reopens

        def again() -> bool:
            lock.release()
            self._begin_to_wait()
            # The server's end is an end of the lock too: then it is the server that is waited for.
            pause = self._stopping.pause
            if not lock.wait(self._is_done_waiting, pause, self._say_waiting, patient=True):
                return False
            self._is_waiting = False
            waiting.forget(database, self._who)
            log.info("We are the engine again")
            return True

        pipeline.between = between
        self._notifier.status(f"reads {len(settings.sources)} sources")
        told = telling(pipeline, shown)
        if database.dialect.name == "sqlite":
            told = yielding(told, self._stopping.pause)
        run(pipeline, is_ending, self._stopping.pause, told, lock, again)
        self._reloading = None

    def _is_stopping(self) -> bool:
        """Asked between all that is done; tells the service manager that we are not stuck."""
        failure = self._failure or self._crew.failure
        if failure is not None:
            raise failure
        self._notifier.alive()
        if not self._is_told and self._is_at_work and self._is_served():
            self._is_told = True
            self._notifier.ready()
        return self._stopping()

    def _is_served(self) -> bool:
        is_open = Part.WEB not in self._parts or self._consoles.is_open
        return self._has_begun and is_open and self._crew.is_ready()

    def _is_done_waiting(self) -> bool:
        self._is_at_work = True
        # New settings wait as well while the database is away.
        with suppress(DBAPIError):
            self._heed()
        return self._is_stopping()

    def _say_waiting(self, reason: str) -> None:
        self._notifier.status(reason)
        log.warning(reason)

    def _tell_waiting(self) -> bool:
        """By the crew: note now and then that we wait, where there is a table for it."""
        is_time = clock.monotonic() - self._waited >= waiting.EVERY_S
        if self._is_waiting and self._has_begun and is_time:
            self._waited = clock.monotonic()
            waiting.tell(self._open(), self._who, clock.now_ms())
        return not self._is_waiting

    def _begin(self) -> bool:
        """Start what works beside the engine, once the tables are there: at once, as neither
        senders nor a first page wait. By whoever finds them there first."""
        with self._beginning:
            if self._has_begun or self._failure is not None:
                return True
            if not self._has_tables():
                return False
            try:
                take_key(self._settings, self._open())
                self._hold_binding(self._settings)
            except DBAPIError:
                return False
            except (InstanceKeyError, RelyingPartyError, OSError) as error:
                self._failure = error
                return True
            self._receive()
            self._respond()
            self._crew.duty(self._attesting.duty)
            if Part.WEB in self._parts:
                self._crew.duty(self._open_consoles)
            self._has_begun = True
            return True

    def _hold_binding(self, settings: Settings) -> None:
        if Part.WEB in self._parts:
            assembly.hold_binding(settings, self._open())

    def _has_tables(self) -> bool:
        try:
            return is_current(self._settings.database_url)
        except NewerDatabaseError:
            # Made by a version that takes our place: it serves us as well.
            return True
        except (DBAPIError, OSError):
            return False

    def _open(self) -> Database:
        if self._database is None:
            self._database = connect(self._settings.database_url)
        return self._database

    def _receive(self) -> None:
        """Bring what receives syslog to the settings."""
        sources = self._settings.sources if Part.SYSLOG in self._parts else ()
        wanted = any(syslog.accepts(source.specification) for source in sources)
        # Nobody signs in there.
        own = structs.replace(self._settings, oidc=Terms())
        told = to_json(own, lambda one: syslog.accepts(one.specification), serves=False)
        if wanted and self._receiver is None:
            module = "monitor.receiving.serve"
            self._receiver = Companion("what receives syslog", module, (), told)
            self._crew.add(self._receiver)
        elif wanted and self._receiver is not None:
            self._receiver.tell(told)
        elif self._receiver is not None:
            self._crew.remove(self._receiver)
            self._receiver = None

    def _respond(self) -> None:
        """Have incidents responded to as the settings say."""
        if Part.RESPONDING not in self._parts:
            return
        told = to_json(self._settings, lambda _: False, serves=False, responds=True)
        if self._responder is None:
            module = "monitor.responding.serve"
            self._responder = Companion("what responds", module, (), told)
            self._crew.add(self._responder)
        else:
            self._responder.tell(told)

    def _open_consoles(self) -> bool:
        """By the crew: serve the console, and say where it is."""
        if not self._consoles.open():
            return False
        # A database that is busy now, or away, is no reason to end: links are made later too.
        with suppress(DBAPIError):
            key = take_key(self._settings, self._open())
            entrance = assembly.open_entrance(self._settings, self._open(), key.pepper)
            if (
                self._settings.sign_in.require_administrator
                and entrance.sessions.has_administrator()
            ):
                announce("Sign in to the console:", link=f"{self._consoles.address}/sign-in")
            else:
                made = link(by_name(self._consoles.address), entrance.admission.issue_link())
                announce(_opening(entrance.sessions.needs_administrator()), link=made)
        self._crew.duty(self._open_beside)
        return True

    def _open_beside(self) -> bool:
        """By the crew: what belongs to an open console, once the database takes it."""
        try:
            beside = self._opened(self._open(), self._consoles.address)
        except DBAPIError:
            return False
        if beside.companion is not None:
            self._crew.add(beside.companion)
        if beside.duty is not None:
            self._crew.duty(beside.duty)
        return True

    def _heed(self) -> None:
        """Take up new settings where somebody asked for it; refuse bad ones, and go on."""
        if self._reread is None or not self._stopping.take_reload():
            return
        self._notifier.reloading()
        try:
            self._take_up(self._reread())
        except REFUSALS as error:
            log.warning("the new settings are refused, the former ones hold: %s", error)
            if self._reloading is not None:
                self._reloading.refused(str(error))
        except DBAPIError:
            self._stopping.reload()  # once the database is there again
            raise
        finally:
            self._notifier.ready()

    def _heed_added(self, database: Database) -> None:
        """Read sources that were added in the console meanwhile, and those no more that were taken
        away."""
        if clock.monotonic() - self._looked_added < _ADDED_EVERY_S:
            return
        self._looked_added = clock.monotonic()
        if mark(database) == self._added:
            return
        try:
            self._take_up(self._told)
        except REFUSALS as error:
            log.warning("the sources that were added are refused: %s", error)

    def _with_added(self, told: Settings) -> Settings:
        """Settings as they were told, with what was added in the console: the engine's."""
        if self._reloading is None:
            return told
        database = self._open()
        self._added = mark(database)
        return with_added(told, database)

    def _take_up(self, told: Settings) -> None:
        new = self._with_added(told)
        changes = compare(self._settings, new)
        if changes.fixed:
            reason = "cannot change while Vigie runs: start it again"
            raise SettingsError("settings", ", ".join(changes.fixed), reason)
        if self._has_begun:
            self._hold_binding(new)
        if self._reloading is not None:
            self._reopens |= self._reloading.take_up(self._settings, new, changes)
        if changes.keys and self._has_begun:
            self._attesting.enter("settings:reload", {"keys": changes.keys})
        self._settings, self._told = new, told
        self._tell_of(new)
        if self._has_begun:
            self._receive()
            self._respond()
        if changes.web:
            self._crew.duty(self._consoles.take_up(new))
        keys = ", ".join(changes.keys) or "nothing has changed"
        log.info("the settings are read anew: %s", keys)

    def _tell_of(self, new: Settings) -> None:
        logs.set_level(new.log.level)
        self._notifier.status(f"reads {len(new.sources)} sources")


def _opening(needs_administrator: bool) -> str:
    told = "the link is good once, for 15 minutes; `vigie link` makes more"
    if needs_administrator:
        return f"Nobody can sign in yet. Make the first administrator ({told}):"
    return f"Open the console ({told}):"
