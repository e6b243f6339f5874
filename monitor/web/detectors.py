"""Detectors and models: what each sees, what is in force, what it found, how it was judged."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from starlette.responses import JSONResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.finding import Severity
from monitor.services.detectors import (
    DAYS,
    FEW,
    WEEKS,
    Detectors,
    DetectorView,
    Figures,
    Parameter,
    Verdict,
)
from monitor.services.model_cards import ModelCards, ModelView
from monitor.services.review import plain
from monitor.store.detected import MOST
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.joining import join
from monitor.web.prose import Block, Spans, prose, section
from monitor.web.rendering import language_of, render

PATH: Final = "/detectors"
MODELS: Final = "/models"
_MEANING: Final = Text("What it means", "Ce que cela veut dire")
_INNOCENT: Final = Text("Innocent explanations", "Explications innocentes")
_PARAMETERS: Final = Text("Parameters", "Paramètres")
_LIMITS: Final = Text("Limits", "Limites")
_SHOWN_APART: Final = (_PARAMETERS, _INNOCENT, _MEANING)
"""Sections of a runbook that the page shows at another place."""
Name = Annotated[str, PathParameter(json_schema_extra={"pattern": "^[a-z0-9_]{1,64}$"})]


def detector_routes(detectors: Detectors, cards: ModelCards) -> APIRouter:
    """For people and for programs."""
    router = APIRouter()
    join(router, detector_pages(detectors, cards))
    join(router, detector_api(detectors, cards))
    return router


def detector_pages(detectors: Detectors, cards: ModelCards) -> APIRouter:
    """`/detectors`, one of them, and `/models`."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def every(request: Request) -> Response:
        language = language_of(request)
        found = detectors.all(actor_of(request), language)
        return _page(
            request,
            "detectors.html",
            groups=[
                (kind, list(some)) for kind, some in groupby(found, lambda one: one.about.keyed_by)
            ],
            sees={one.about.name: _sees(one, language) for one in found},
        )

    @router.get(f"{PATH}/-/figures")
    def lines(request: Request) -> Response:
        actor = actor_of(request)
        views = detectors.all(actor, language_of(request))
        return _page(
            request, "detectors_part.html", views=views, lines=detectors.lines(actor), most=MOST
        )

    @router.get(f"{PATH}/{{name}}")
    def one(request: Request, name: str) -> Response:
        language = language_of(request)
        view = detectors.one(actor_of(request), name, language)
        document = prose(view.runbook)
        return _page(
            request,
            "detector.html",
            view=view,
            sees=section(document, said(_MEANING, language)),
            innocent=section(document, said(_INNOCENT, language)),
            meanings=_meanings(section(document, said(_PARAMETERS, language))),
            runbook=_rest(document, language),
        )

    @router.get(f"{PATH}/{{name}}/figures")
    def figures(request: Request, name: str) -> Response:
        found = detectors.figures(actor_of(request), name, language_of(request))
        return _page(
            request,
            "detector_part.html",
            detector=name,
            found=found,
            raised=raised_of(found),
            judged=judged_of(found),
            most=MOST,
        )

    @router.get(MODELS)
    def models(request: Request) -> Response:
        language = language_of(request)
        found = cards.all(actor_of(request), language)
        voice = detectors.one(actor_of(request), "account_sharing", language)
        return _page(
            request,
            "models.html",
            found=found,
            voice=voice.parameters,
            card=prose(found.card),
            limits=section(prose(found.card), said(_LIMITS, language)),
            points={one.name: points_of(one) for one in found.models},
        )

    return router


def detector_api(detectors: Detectors, cards: ModelCards) -> APIRouter:
    """The same for programs."""
    router = APIRouter(prefix="/api/v1", tags=["detectors"], responses=READ)

    @router.get("/detectors")
    def every(request: Request) -> JSONResponse:
        """Every detector: what it says of itself, and the parameters that are in force."""
        language = language_of(request)
        found = detectors.all(actor_of(request), language)
        return JSONResponse({"items": [detector_view(one, language) for one in found]})

    @router.get("/detectors/{name}")
    def one(request: Request, name: Name) -> JSONResponse:
        """One of them."""
        language = language_of(request)
        found = detectors.one(actor_of(request), name, language)
        return JSONResponse(detector_view(found, language) | {"runbook": found.runbook})

    @router.get("/detectors/{name}/figures")
    def figures(request: Request, name: Name) -> JSONResponse:
        """What one found in the last days, and how reviewers judged it; times in ms."""
        found = detectors.figures(actor_of(request), name, language_of(request))
        return JSONResponse(
            {
                "since": found.since,
                "days": raised_of(found)["days"],
                "standing": found.total.standing,
                "withdrawn": found.total.withdrawn,
                "verdict": verdict_view(found.verdict),
                "weeks": [{"since": one.since} | verdict_view(one.verdict) for one in found.weeks],
                "incidents": plain(list(found.latest)),
            }
        )

    @router.get("/models")
    def models(request: Request) -> JSONResponse:
        """The learned models that have a say: hashes, what they were made from, and how often what
        they predict comes true."""
        return JSONResponse(plain(cards.all(actor_of(request), language_of(request))))

    return router


def detector_view(one: DetectorView, language: str) -> dict[str, Any]:
    """A detector as it is told."""
    about = one.about
    return {
        "name": about.name,
        "title": said(about.title, language),
        "innocent": said(about.innocent, language),
        "aup": list(about.aup),
        "attack": list(about.attack),
        "keyed_by": about.keyed_by.value,
        "parameters": [_parameter_view(each) for each in one.parameters],
    }


def verdict_view(one: Verdict) -> dict[str, Any]:
    """How reviewers judged, as it is told."""
    found = one.precision
    return {
        "judged": one.judged,
        "confirmed": one.confirmed,
        "wrong": one.wrong,
        "harmless": one.harmless,
        "precision": found.value,
        "low": found.low,
        "high": found.high,
        "is_few": one.is_few,
    }


def raised_of(found: Figures) -> dict[str, Any]:
    """What a chart shows of each day: by severity what stands, and what was withdrawn."""
    names = [one.name.lower() for one in Severity]
    days: dict[int, dict[str, int]] = {
        day: dict.fromkeys((*names, "withdrawn"), 0) for day in found.days
    }
    for one in found.counted:
        name = "withdrawn" if one.withdrawn else one.severity.name.lower()
        days[one.day][name] += one.number
    return {"days": [{"time": day * DAY} | told for day, told in days.items()]}


def judged_of(found: Figures) -> dict[str, Any]:
    """What a chart shows of each week that somebody judged in."""
    weeks = [
        {"time": one.since} | verdict_view(one.verdict) for one in found.weeks if one.verdict.judged
    ]
    return {"weeks": weeks, "from": found.weeks[0].since, "to": found.weeks[-1].since}


def points_of(one: ModelView) -> dict[str, Any]:
    """What a chart shows of a model's reliability."""
    return {
        "points": [
            {
                "predicted": each.predicted,
                "found": each.share.found,
                "total": each.share.total,
                "value": each.share.value,
                "low": round(each.share.low, 4),
                "high": round(each.share.high, 4),
            }
            for each in one.reliability
        ]
    }


def _page(request: Request, name: str, **values: Any) -> Response:
    language = language_of(request)
    say: Callable[[Text], str] = lambda text: said(text, language)  # noqa: E731
    return render(request, name, say=say, span=DAYS, weeks_of=WEEKS, few=FEW, **values)


def _sees(view: DetectorView, language: str) -> Spans:
    """The first paragraph of what a runbook says it means."""
    found = section(prose(view.runbook), said(_MEANING, language))
    return found[0].items[0][0] if found else ()


def _meanings(blocks: Iterable[Block]) -> dict[str, Spans]:
    """What a runbook's table says of each parameter, in the reader's language."""
    rows = [row for one in blocks if one.kind == "table" for row in one.items[1:]]
    return {row[0][0].text: row[-1] for row in rows if len(row) > 2}


def _rest(document: Iterable[Block], language: str) -> list[Block]:
    """A runbook without what the page shows elsewhere, and without its head."""
    apart = {said(one, language) for one in _SHOWN_APART}
    found: list[Block] = []
    is_shown = False
    for one in document:
        if one.kind == "heading":
            is_shown = one.level > 1 and one.text not in apart
        if is_shown:
            found.append(one)
    return found


def _parameter_view(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "description": one.description,
        "unit": one.unit,
        "default": _value(one.default),
        "value": _value(one.value),
    }


def _value(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else plain(value)
