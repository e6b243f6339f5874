"""What `run` and `demo` share: the engine over its sources, with the console beside it."""

import logging
from collections.abc import Callable, Sequence

from rich.progress import Progress, TaskID
from sqlalchemy import Engine as Database

from monitor import assembly, clock, logs
from monitor.cli.console import announce, progress
from monitor.cli.credentials import take_key
from monitor.daemon import Companion, Stopping, run, stopped_by_signals
from monitor.engine import Outcome
from monitor.instance import InstanceKey
from monitor.pipeline import Pipeline
from monitor.placing import LiveEnricher
from monitor.services.admission import issue_link, link
from monitor.settings import Settings, to_json
from monitor.sources import syslog
from monitor.store.connection import connect
from monitor.store.lock import EngineLock, next_engine
from monitor.store.migration import upgrade

log = logging.getLogger(__name__)

_TOLD_EVERY_S = 30.0


def serve(
    settings: Settings, others: Sequence[Companion] = (), *, with_console: bool = True
) -> None:
    """Judge what the settings' sources give until told to stop, and serve the console."""
    logs.configure(settings.log.format, settings.log.level, "engine", is_rich=True)
    stopping = Stopping()
    with stopped_by_signals(stopping):
        serve_until(stopping, settings, others, with_console=with_console)


def serve_until(
    stopping: Stopping,
    settings: Settings,
    others: Sequence[Companion] = (),
    *,
    with_console: bool = True,
) -> None:
    """The same, where somebody else hears the signals."""
    with next_engine(settings.database_url, stopping, stopping.pause, log.warning) as lock:
        if lock is not None:
            _serve_as_engine(stopping, settings, others, lock, with_console=with_console)
    announce("Stopped; everything that was read is committed.")


def _serve_as_engine(
    stopping: Stopping,
    settings: Settings,
    others: Sequence[Companion],
    lock: EngineLock,
    *,
    with_console: bool,
) -> None:
    url = settings.database_url
    upgrade(url)
    database = connect(url)
    key = take_key(settings, database)
    assembly.announce(settings, database)
    companions = [*others, *_receiver(settings)]
    if with_console:
        companions.append(_console(settings, database, key))
    with progress("bytes") as shown:
        enricher = LiveEnricher(settings)
        engine = assembly.open_engine(settings, database, enricher.now)
        pipeline = assembly.open_pipeline(
            settings, engine, settings.sources, follow=True, database=database
        )

        def take_up() -> None:
            new = enricher.renewed()
            if new is not None:
                engine.enrich_with(new.enrich)

        pipeline.between = take_up

        def again(is_stopping: Callable[[], bool]) -> bool:
            lock.release()
            # The server's end is an end of the lock too: then it is the server that is waited for.
            if not lock.wait(is_stopping, stopping.pause, log.warning, patient=True):
                return False
            log.info("We are the engine again")
            return True

        run(pipeline, companions, stopping, _telling(pipeline, shown), lock, again)
    database.dispose()


def _receiver(settings: Settings) -> list[Companion]:
    """What receives syslog, where it is asked for: at once, since senders do not wait."""
    if not any(syslog.accepts(source.specification) for source in settings.sources):
        return []
    receiver = Companion("what receives syslog", "monitor.receiving.serve", (), to_json(settings))
    receiver.start()
    return [receiver]


def _console(settings: Settings, database: Database, key: InstanceKey) -> Companion:
    """The console, started at once: its first page need not wait for anything else."""
    web = settings.web
    console = Companion("the console", "monitor.web.serve", (), to_json(settings))
    console.start()
    address = link(web.address, issue_link(database, key.pepper))
    announce(
        "Open the console (the link is good once, for 15 minutes; `vigie link` makes more):",
        link=address,
    )
    return console


def _telling(pipeline: Pipeline, shown: Progress) -> Callable[[Outcome], None]:
    """Tells how far the backlog is: a bar on a terminal, else a line now and then."""
    counted = Outcome()
    tasks: dict[str, TaskID] = {}
    told = clock.monotonic()

    def tell(outcome: Outcome) -> None:
        nonlocal told
        counted.events += outcome.events
        counted.incidents += outcome.incidents
        for feed in pipeline.feeds:
            backlog = feed.backlog()
            if backlog is None:
                continue
            task = tasks.get(feed.name)
            if task is None:
                task = tasks[feed.name] = shown.add_task(feed.name, total=None)
            shown.update(
                task, completed=backlog[0], total=backlog[1], visible=backlog[0] < backlog[1]
            )
        if clock.monotonic() - told >= _TOLD_EVERY_S:
            told = clock.monotonic()
            log.info("%d events read, %d incidents opened", counted.events, counted.incidents)

    return tell
