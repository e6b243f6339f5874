"""The overview: what needs somebody now, and how all that Vigie watches is doing."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitor.services.review import Review
from monitor.services.sources import Sources
from monitor.web.acting import actor_of
from monitor.web.filters import read_filter
from monitor.web.rendering import render


def overview_pages(review: Review, sources: Sources) -> APIRouter:
    """`/`: the first page that a reviewer sees."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def overview(request: Request) -> Response:
        actor = actor_of(request)
        return render(
            request,
            "overview.html",
            wanted=read_filter(request.query_params),
            status=review.status(actor),
            troubled=sources.standing(actor),
        )

    return router
