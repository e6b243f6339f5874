"""`/steps`: the short path of a first start, a part of the overview and a page by itself."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from monitor.services.first_steps import FirstSteps
from monitor.web.acting import actor_of
from monitor.web.forms import own_form
from monitor.web.rendering import render

PATH: Final = "/steps"


def step_pages(steps: FirstSteps) -> APIRouter:
    """The path, and the way to skip it."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def path(request: Request) -> Response:
        found = steps.path(actor_of(request))
        if "hx-request" not in request.headers:
            return render(request, "steps_page.html", path=found)
        if found is None:
            # Nothing is shown in place of the holder.
            return Response("", media_type="text/html")
        return render(request, "steps.html", path=found)

    @router.post(PATH)
    async def skip(request: Request) -> Response:
        await own_form(request)
        await run_in_threadpool(steps.skip, actor_of(request))
        return RedirectResponse("/", 303)

    return router
