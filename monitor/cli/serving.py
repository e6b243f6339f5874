"""What `run` and `demo` share: the engine over its sources, with the console beside it."""

import logging
from collections.abc import Callable, Sequence

from rich.progress import Progress, TaskID

from monitor import assembly, clock
from monitor.cli.console import progress, stderr
from monitor.daemon import Companion, Stopping, run, stopped_by_signals
from monitor.engine import Outcome
from monitor.pipeline import Pipeline
from monitor.services.admission import issue_link, link
from monitor.settings import Settings
from monitor.store.connection import connect
from monitor.store.lock import only_engine
from monitor.store.migration import upgrade

log = logging.getLogger(__name__)

_TOLD_EVERY_S = 30.0


def serve(settings: Settings, others: Sequence[Companion] = ()) -> None:
    """Judge what the settings' sources give until told to stop, and serve the console."""
    url = settings.database_url
    with only_engine(url):
        upgrade(url)
        database = connect(url)
        address = f"http://{settings.web.host}:{settings.web.port}"
        console = Companion(
            "the console",
            "monitor.web.serve",
            [url, "--host", settings.web.host, "--port", str(settings.web.port)],
        )
        stderr.print(f"Open the console: [bold]{link(address, issue_link(database))}[/]")
        stderr.print("The link is good once, for 15 minutes; `vigie link` makes another.")
        console.start()
        stopping = Stopping()
        with stopped_by_signals(stopping), progress("bytes") as shown:
            enricher = assembly.open_enricher(settings)
            engine = assembly.open_engine(settings, database, enricher)
            pipeline = assembly.open_pipeline(settings, engine, settings.sources, follow=True)
            run(pipeline, [console, *others], stopping, _telling(pipeline, shown))
        database.dispose()
    stderr.print("Stopped; everything that was read is committed.")


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
