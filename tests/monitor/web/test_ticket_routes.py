"""Pages and API of tickets stand on one set of services, under the clocks that are said."""

from starlette.routing import Route

from alerts.ticket import LIMITS
from monitor.store.connection import connect
from monitor.web.ticket_routes import ticket_routes


def test_everything_of_tickets_is_there() -> None:
    engine = connect("sqlite://")
    found = [
        route.path
        for route in ticket_routes(engine, lambda: 1, LIMITS).routes
        if isinstance(route, Route)
    ]
    wanted = ("/tickets", "/tickets/{number}", "/suppressions", "/suppressions/{number}")
    assert {*wanted, *(f"/api/v1{path}" for path in wanted)} <= set(found)
