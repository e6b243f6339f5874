"""Puts together what answers applications, as the settings have it."""

from collections.abc import Callable

from sqlalchemy import Engine

from monitor.clock import now_ms
from monitor.deciding.desk import Desk
from monitor.deciding.journal import SUFFIX, Journal
from monitor.deciding.judge import Judge
from monitor.deciding.shelf import Direct, Shelf
from monitor.deciding.surroundings import Surroundings
from monitor.deciding.verdict import Terms
from monitor.gate.ticket import Tickets
from monitor.services.keyring import Keyring
from monitor.store.connection import file_of


def open_shelf(durable: Engine, now: Callable[[], int] = now_ms) -> Shelf:
    """Where questions are kept: beside a database that has one writer at a time, else in it.

    `durable` is an engine whose commits survive a power cut, and that is not patient.
    """
    path = file_of(durable.url)
    if path is None:
        return Direct(durable)
    return Journal(path.with_name(path.name + SUFFIX), durable, now)


def open_desk(
    engine: Engine,
    durable: Engine,
    open_judge: Callable[[], Judge],
    terms: Terms,
    keyring: Keyring,
    site: str,
    now: Callable[[], int] = now_ms,
) -> Desk:
    """The desk of one process; `site` is where pages of challenges are."""
    return Desk(
        engine,
        open_shelf(durable, now),
        open_judge,
        Surroundings(),
        terms,
        Tickets(keyring.tickets, now),
        site,
        now,
    )
