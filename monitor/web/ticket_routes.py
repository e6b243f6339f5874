"""Everything of tickets and suppressions over a database, for people and for programs."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from sqlalchemy import Engine

from alerts.ticket import Limits
from detectors.core.finding import Severity
from monitor.services.foresight import Foresight
from monitor.services.questions import Questions
from monitor.services.suppressions import Suppressions
from monitor.services.ticket_acts import TicketActs
from monitor.services.tickets import Tickets
from monitor.web.joining import join
from monitor.web.suppressions import suppression_api, suppression_pages
from monitor.web.ticket_pages import ticket_pages
from monitor.web.tickets import opening_api, ticket_api


def ticket_routes(
    engine: Engine, now: Callable[[], int], limits: Mapping[Severity, Limits] | None = None
) -> APIRouter:
    """The pages and the API. `now` in ms; `limits` are those of clocks."""
    tickets, acts = Tickets(engine, now, limits), TicketActs(engine, now, limits)
    rules, questions = Suppressions(engine, now, limits), Questions(engine, now)
    router = APIRouter()
    join(router, ticket_pages(tickets, acts, questions, now))
    join(router, suppression_pages(rules, Foresight(engine, now), now))
    join(router, ticket_api(tickets, acts, questions, now))
    join(router, opening_api(tickets))
    join(router, suppression_api(rules))
    return router
