"""An engine that reads logs to their end and is killed between two of its steps on the way.

Steps are the statements that it sends, every beginning and every commit (just before, and just
after); the process is a fork of the tests', and is killed by itself with SIGKILL.
"""

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import event

from monitor import assembly
from monitor.daemon import Stopping
from monitor.engine import Engine
from monitor.enrichment.enricher import Enricher
from monitor.settings import Settings, load
from monitor.store.connection import connect

NEVER = 1 << 60


class Steps:
    """Counts the steps of an engine's database, and kills this process at one of them."""

    def __init__(self, deadly: int) -> None:
        self.taken = 0
        self._deadly = deadly

    def watch(self, database: Database) -> None:
        """Count what is done on it from now on."""
        event.listen(database, "before_cursor_execute", self._step)
        event.listen(database, "begin", self._step)
        event.listen(database, "commit", self._step)
        event.listen(database, "checkin", self._step)

    def _step(self, *_: Any) -> None:
        self.taken += 1
        if self.taken == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def read_all(config: Path, deadly: int = NEVER) -> int:
    """Read the logs of the settings to their end; how many steps that took."""
    settings = load(config, {})
    database = connect(settings.database_url)
    steps = Steps(deadly)
    engine: Engine = assembly.open_engine(settings, database, _enricher())
    pipeline = assembly.open_pipeline(
        settings, engine, settings.sources, follow=False, database=database
    )
    steps.watch(database)
    pipeline.run(Stopping(), lambda _: None)
    pipeline.close()
    database.dispose()
    return steps.taken


@cache
def _enricher() -> Enricher:
    # Opened before the fork, it is there in every child.
    return assembly.open_enricher(Settings())


def forked(work: Callable[[], object]) -> int:
    """Run something in a process of its own; how that ended: 0, or the signal, negative."""
    with warnings.catch_warnings():
        # Python 3.12 warns of threads that the child would miss: it needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the child must not go on as the tests do
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)
