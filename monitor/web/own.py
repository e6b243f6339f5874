"""All of a subscriber's own pages."""

from fastapi import APIRouter

from monitor.services.own import Own
from monitor.web.own_data import own_data_pages
from monitor.web.own_door import own_door
from monitor.web.own_factors import Begin, own_factor_pages
from monitor.web.own_pages import own_pages
from monitor.web.subscribers import SubscriberCookies


def own_routes(own: Own, cookies: SubscriberCookies, begin: Begin | None = None) -> list[APIRouter]:
    """The pages below `/me`; `begin` as for those of factors."""
    return [
        own_pages(own, cookies),
        own_door(own, cookies),
        own_factor_pages(own, begin),
        own_data_pages(own),
    ]
