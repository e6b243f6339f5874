"""`/me/data`: what is kept about a subscriber, and a copy of it for whoever shows a factor."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response, StreamingResponse

from alerts.wording import said
from detectors.core.detector import Text
from monitor.services.own import Own
from monitor.services.own_data import NotProvedError
from monitor.web.own_door import PROVE
from monitor.web.rendering import language_of, render
from monitor.web.subscriber_paths import OWN
from monitor.web.subscribers import subscriber_form, subscriber_of, visit_of_subscriber

DATA: Final = f"{OWN}/data"
_HEADERS: Final = {"content-disposition": 'attachment; filename="my-sign-ins.json"'}


def own_data_pages(own: Own) -> APIRouter:
    """The page, and the copy."""
    router = APIRouter(include_in_schema=False)

    @router.get(DATA)
    def stored(request: Request) -> Response:
        visit = visit_of_subscriber(request)
        if visit is None:
            return RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
        language = language_of(request)

        def say(text: Text) -> str:
            return said(text, language)

        return render(
            request,
            "subscriber/own_data.html",
            visit=visit,
            stored=own.data.stored(visit.subscriber),
            say=say,
            is_fresh=visit.is_fresh(own.now()),
            has_factor=own.factors.has_any(visit.subscriber.owner),
            prove=f"{PROVE}?next={DATA}",
        )

    @router.post(f"{DATA}/copy")
    async def copy(request: Request) -> Response:
        await subscriber_form(request)
        try:
            made = await run_in_threadpool(own.data.copy, subscriber_of(request))
        except NotProvedError:
            return RedirectResponse(f"{PROVE}?next={DATA}", HTTPStatus.SEE_OTHER)
        return StreamingResponse(made, media_type="application/json", headers=_HEADERS)

    return router
