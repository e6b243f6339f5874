"""All of a subscriber's own pages."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from monitor.services.own import Own
from monitor.web.enrol_pages import FACTOR, KEPT_S
from monitor.web.own_data import own_data_pages
from monitor.web.own_door import own_door
from monitor.web.own_factors import own_factor_pages
from monitor.web.own_pages import own_pages
from monitor.web.subscriber_routes import enrolling
from monitor.web.subscribers import SubscriberCookies


def own_routes(own: Own, cookies: SubscriberCookies) -> list[APIRouter]:
    """The pages below `/me`."""
    kept = enrolling(secure=cookies.secure)

    def begin(request: Request, ticket: str) -> Response:
        """On to where a first factor is set up."""
        answer = RedirectResponse(FACTOR, HTTPStatus.SEE_OTHER)
        kept.give(request, answer, ticket, KEPT_S)
        return answer

    return [
        own_pages(own, cookies),
        own_door(own, cookies),
        own_factor_pages(own, begin),
        own_data_pages(own),
    ]
