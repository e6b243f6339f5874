"""The overview: what needs somebody now, and how all that Vigie watches is doing."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from alerts.telling import name_of
from monitor.services.atlas import Atlas, Atlases
from monitor.services.authority import Operation, permits
from monitor.services.changes import Changes
from monitor.services.figures import CALLING, Figures, TrendDay
from monitor.services.needs import Needs
from monitor.services.review import Review, plain
from monitor.services.sources import Sources
from monitor.web.acting import actor_of
from monitor.web.day import atlas_sentence, day_sentence, need_words
from monitor.web.description import READ
from monitor.web.language import Wording
from monitor.web.rendering import language_of, render

SOURCES: Final = 8
"""Sources that are shown, those that are not well first."""


def _(message: str) -> str:
    return message


_CHART: Final = {
    "count": _("sign-ins"),
    "failures": _("failed"),
    "no_place": _("VPN or hosting: not a place"),
    "within": _("within"),
    "unknown": _("unknown place"),
}


class Desk(Struct, frozen=True):
    """What the overview asks."""

    needs: Needs
    figures: Figures
    atlases: Atlases
    review: Review
    sources: Sources
    changes: Changes


def overview_pages(desk: Desk) -> APIRouter:
    """`/`: the first page that a reviewer sees, and its parts, which are looked at again."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def overview(request: Request) -> Response:
        told = _now(desk, request) | {"mark": str(desk.changes.newest()), "atlas": None}
        if request.query_params.get("map"):
            # Whoever has no script is shown the map's numbers in the page.
            told |= _map(desk, request)
        return render(request, "overview.html", **told)

    @router.get("/overview/now")
    def now(request: Request) -> Response:
        return render(request, "overview_now.html", **_now(desk, request))

    @router.get("/overview/sources")
    def sources(request: Request) -> Response:
        return render(request, "overview_sources.html", **_health(desk, request))

    @router.get("/overview/map")
    def atlas(request: Request) -> Response:
        return render(request, "overview_map.html", **_map(desk, request))

    return router


def overview_api(desk: Desk) -> APIRouter:
    """What the page shows, as JSON; times are ms since 1970 UTC."""
    router = APIRouter(prefix="/api/v1", tags=["overview"], responses=READ)

    @router.get("/overview")
    def overview(request: Request) -> JSONResponse:
        """What waits for whoever asks, the incidents that nobody has resolved by severity,
        conclusion and age, and the last day in a few numbers."""
        actor = actor_of(request)
        told = {
            "needs": desk.needs.waiting(actor),
            "standing": desk.figures.standing(actor),
            "last_day": desk.figures.last_day(actor),
        }
        return JSONResponse(plain(told))

    @router.get("/overview/trend")
    def trend(request: Request) -> JSONResponse:
        """The incidents from medium severity up of the last 30 days (UTC), by the day that they
        began on, the oldest first."""
        return JSONResponse(plain(desk.figures.trend(actor_of(request))))

    @router.get("/overview/map")
    def atlas(request: Request) -> JSONResponse:
        """Where the sign-ins of the last day came from, by place, and pairs of places that one
        account was at within a time that nobody travels it in. While `share` is below 1, more is
        counted with each request."""
        return JSONResponse(plain(desk.atlases.last_day(actor_of(request))))

    return router


def _now(desk: Desk, request: Request) -> dict[str, Any]:
    actor, wording = actor_of(request), Wording(language_of(request))
    standing = desk.figures.standing(actor)
    trend = desk.figures.trend(actor)
    status = desk.review.status(actor)
    return {
        "needs": [(one, *need_words(one, wording)) for one in desk.needs.waiting(actor)],
        "standing": standing,
        "trend": trend,
        "calling": CALLING,
        "drawn": _drawn(trend, wording),
        "day": day_sentence(desk.figures.last_day(actor), wording),
        "status": status,
        "is_shadow": desk.needs.is_shadow(actor),
        "may_see_sources": permits(actor, Operation.SOURCES_READ),
    }


def _drawn(trend: Sequence[TrendDay], wording: Wording) -> dict[str, Any]:
    """What the chart is drawn from."""
    series = [
        {
            "name": name_of(severity, wording.language),
            "colour": severity.name.lower(),
            "counts": [day.severities[severity] for day in trend],
        }
        # The gravest stand on the ground.
        for severity in CALLING
    ]
    return {"days": [day.start for day in trend], "series": series}


def _health(desk: Desk, request: Request) -> dict[str, Any]:
    view = desk.sources.overview(actor_of(request), language_of(request))
    shown = sorted(view.sources, key=lambda one: (not one.findings, -(one.received or 0)))
    more = len(view.sources) + view.more - SOURCES
    told = {"sources": shown[:SOURCES], "more": max(0, more)}
    return {"health": told | {"engine": view.engine, "loose": view.loose}}


def _map(desk: Desk, request: Request) -> dict[str, Any]:
    wording = Wording(language_of(request))
    atlas = desk.atlases.last_day(actor_of(request))
    return {
        "atlas": atlas,
        "told": atlas_sentence(atlas, wording),
        "places": _places(atlas, wording),
    }


def _places(atlas: Atlas, wording: Wording) -> dict[str, Any]:
    """What the map is drawn from."""
    return {
        "spots": plain(atlas.spots),
        "pairs": plain(atlas.pairs),
        "words": {name: wording.text(word) for name, word in _CHART.items()},
    }
