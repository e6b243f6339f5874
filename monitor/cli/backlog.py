"""Tells how far a backlog is read, and lets others write while it is."""

import logging
from collections.abc import Callable

from rich.progress import Progress, TaskID

from monitor import clock
from monitor.engine import Outcome
from monitor.pipeline import Pipeline

log = logging.getLogger(__name__)

_TOLD_EVERY_S = 30.0
_MANY = 500
"""Events of a batch from which on it is one of a backlog."""
_YIELD_EVERY_S = 0.5
_YIELD_S = 0.12


def yielding(
    told: Callable[[Outcome], None], pause: Callable[[float], object]
) -> Callable[[Outcome], None]:
    """The same, and now and then, on a backlog, time for others to write to the same file: who
    waits for it looks ten times a second, and would wait for the end of the backlog."""
    yielded = clock.monotonic()

    def tell(outcome: Outcome) -> None:
        nonlocal yielded
        told(outcome)
        is_backlog = outcome.events >= _MANY
        if is_backlog and clock.monotonic() - yielded >= _YIELD_EVERY_S:
            pause(_YIELD_S)
            yielded = clock.monotonic()

    return tell


def telling(pipeline: Pipeline, shown: Progress) -> Callable[[Outcome], None]:
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
