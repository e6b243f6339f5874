"""Everything of single accounts over a database, put together: pages, API, and the rights of whom
they are about."""

from collections.abc import Callable

from fastapi import APIRouter
from sqlalchemy import Engine

from monitor.assembly import open_weigher
from monitor.clock import now_ms
from monitor.protection.processing import Facts
from monitor.services.account_gathering import Gathering
from monitor.services.account_notes import AccountNotes
from monitor.services.accounts import Accounts
from monitor.services.review import Review
from monitor.services.rights import Rights
from monitor.settings import Settings
from monitor.web.account_pages import account_pages
from monitor.web.accounts import account_api
from monitor.web.joining import join
from monitor.web.protection import Desk
from monitor.web.rights_pages import RightsDesk, rights_pages


def account_routes(
    engine: Engine,
    review: Review,
    desk: Desk,
    facts: Facts,
    settings: Settings | None,
    now: Callable[[], int] = now_ms,
) -> APIRouter:
    """All of them. How many use an account is reckoned as the `settings` say, the default ones
    where there are none; `facts` say how long things are kept; `now` gives ms."""
    gathering = Gathering(engine, now)
    accounts = Accounts(
        engine, review, gathering, lambda: open_weigher(settings or Settings()), now
    )
    notes = AccountNotes(engine, now)
    router = APIRouter()
    join(router, account_pages(accounts, notes))
    rights = RightsDesk(accounts, Rights(engine, facts, now), desk.protection, desk.access, facts)
    join(router, rights_pages(rights))
    join(router, account_api(accounts, notes))
    return router
