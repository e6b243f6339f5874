"""How Vigie itself is, in one page and for programs; and the settings that hold."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from monitor.services.effective import Effective, Whence
from monitor.services.machinery import Machinery
from monitor.services.machinery_views import Wellness
from monitor.services.review import plain
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.joining import join
from monitor.web.rendering import language_of, render


def machinery_routes(machinery: Machinery, effective: Effective) -> APIRouter:
    """`/health`, `/settings` and the API."""
    router = APIRouter()
    join(router, machinery_pages(machinery, effective))
    join(router, machinery_api(machinery))
    return router


def machinery_pages(machinery: Machinery, effective: Effective) -> APIRouter:
    """The two pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health")
    def condition(request: Request) -> Response:
        view = machinery.condition(actor_of(request), language_of(request))
        return render(request, "machinery.html", view=view, wellness=Wellness)

    @router.get("/settings")
    def settings(request: Request) -> Response:
        wants_all = request.query_params.get("all") == "1"
        sections = effective.sections(actor_of(request))
        return render(
            request, "settings.html", sections=sections, wants_all=wants_all, whence=Whence
        )

    return router


def machinery_api(machinery: Machinery) -> APIRouter:
    """What the page of health shows."""
    router = APIRouter(prefix="/api/v1", tags=["sources"], responses=READ)

    @router.get("/health")
    def condition(request: Request) -> JSONResponse:
        """How each part of Vigie is: `well`, `note`, `unwell` or `none`, since when (ms since 1970
        UTC), and what to do."""
        return JSONResponse(plain(machinery.condition(actor_of(request), language_of(request))))

    return router
