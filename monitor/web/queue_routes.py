"""Everything of the queue over a database, for people and for programs."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from sqlalchemy import Engine

from alerts.ticket import Limits
from detectors.core.finding import Severity
from monitor.services.questions import INCIDENTS, Questions
from monitor.services.queue import Queue
from monitor.services.review import Review
from monitor.services.sources import Sources
from monitor.services.ticket_acts import TicketActs
from monitor.services.tickets import Tickets
from monitor.services.triage import Triage
from monitor.web.door import Cookies
from monitor.web.joining import join
from monitor.web.queue import queue_api
from monitor.web.queue_pages import Desk, queue_pages


def queue_routes(
    engine: Engine,
    review: Review,
    sources: Sources,
    cookies: Cookies,
    now: Callable[[], int],
    limits: Mapping[Severity, Limits] | None = None,
) -> APIRouter:
    """The pages and the API. `now` in ms; `limits` are those of tickets' clocks."""
    queue, triage = Queue(engine, review, now), Triage(engine, now, limits)
    views = Questions(engine, now, INCIDENTS)
    tickets, acts = Tickets(engine, now, limits), TicketActs(engine, now, limits)
    desk = Desk(queue, triage, tickets, acts, views, review, sources, cookies, now)
    router = APIRouter()
    join(router, queue_pages(desk))
    join(router, queue_api(queue, triage, views, now))
    return router
