"""`/me/lost`: where a subscriber who lost every factor asks for another one, and sees how far that
is. It changes nothing by itself: people make sure of who they are first."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from monitor.mfa.lost_factor import RecoveryError
from monitor.services.recoveries import Recoveries
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web.rendering import language_of, render
from monitor.web.subscriber_paths import OWN
from monitor.web.subscribers import subscriber_form, subscriber_of, visit_of_subscriber

LOST: Final = f"{OWN}/lost"


def lost_pages(recoveries: Recoveries) -> APIRouter:
    """The page, for whoever is at their own pages."""
    router = APIRouter(include_in_schema=False)

    @router.get(LOST)
    def look(request: Request) -> Response:
        visit = visit_of_subscriber(request)
        if visit is None:
            return RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
        return _page(request, recoveries, visit)

    @router.post(LOST)
    async def ask(request: Request) -> Response:
        await subscriber_form(request)
        return await run_in_threadpool(_asked, request, recoveries, subscriber_of(request))

    return router


def _asked(request: Request, recoveries: Recoveries, visit: SubscriberVisit) -> Response:
    try:
        recoveries.ask(visit.subscriber)
    except RecoveryError as error:
        wrong = said(error.text, language_of(request))
        return _page(request, recoveries, visit, HTTPStatus.CONFLICT, wrong)
    return RedirectResponse(LOST, HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    recoveries: Recoveries,
    visit: SubscriberVisit,
    code: int = HTTPStatus.OK,
    wrong: str = "",
) -> Response:
    case = recoveries.state_of(visit.subscriber)
    return render(request, "subscriber/lost.html", code, case=case, wrong=wrong, path=LOST)
