"""All of a subscriber's own pages are below `/me`, and what changes something is a form."""

from sqlalchemy import Engine
from starlette.routing import Route

from monitor.web.own import own_routes
from monitor.web.subscriber_paths import is_subscribers
from monitor.web.subscribers import SubscriberCookies
from tests.monitor.services.subscribing import Place


def test_all_are_below_one_address(database: Engine) -> None:
    routers = own_routes(Place(database).own, SubscriberCookies(secure=False))
    own = [one for router in routers for one in router.routes if isinstance(one, Route)]
    assert len(own) > 15
    assert all(is_subscribers(one.path) for one in own)
    assert {method for one in own for method in one.methods or ()} <= {"GET", "HEAD", "POST"}
