"""The guided tour of the demonstration: a few stops, a note at each, left and taken up again."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from msgspec import Struct
from sqlalchemy import Engine as Database
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.services.actor import Actor
from monitor.services.authority import Operation, authorise
from monitor.services.sources import Sources
from monitor.store.incident_filter import Filter, Order
from monitor.store.reading import Reading
from monitor.web.acting import actor_of
from monitor.web.forms import own_form

PATH: Final = "/tour"
COOKIE: Final = "vigie-tour"
LEFT: Final = "left"
_DAY_S: Final = 86_400


def _(message: str) -> str:
    return message


class Stop(Struct, frozen=True):
    """One page of the tour: where, and what is said there."""

    path: str
    title: str
    text: str


STOPS: Final = (
    Stop(
        "/",
        _("Where a day begins"),
        _(
            "A month of a call-centre service lies behind, and it goes on live: about once "
            "a minute somebody shares, guesses or steals an account. What needs you stands "
            "at the top."
        ),
    ),
    Stop(
        "/incidents",
        _("What was found, the gravest first"),
        _(
            "One line for each incident: who, what, how sure, and the strongest reason. "
            "Filters stand in the address, so a view can be sent to a colleague."
        ),
    ),
    Stop(
        "/incidents/",
        _("Why it is believed, and what else it could be"),
        _(
            "The bar weighs four explanations, an innocent one among them; each piece of "
            "evidence says which way it moved it. The map and the sign-ins below are what "
            "it rests on."
        ),
    ),
    Stop(
        "/tickets",
        _("What people make of it"),
        _(
            "A ticket has an owner, a clock and an end that people write down. What they "
            "decide teaches the detectors."
        ),
    ),
    Stop(
        "/approvals",
        _("Two people for what weighs"),
        _(
            "Inès asked for two deactivations: a second person has to agree. A model is "
            "never the only ground, and everything can be undone and contested."
        ),
    ),
    Stop(
        "/policy",
        _("What may be done by itself"),
        _(
            "At first nothing is: in shadow mode Vigie says what it would have done. A "
            "change of the policy shows its effect on past days before it holds."
        ),
    ),
    Stop(
        "/hygiene",
        _("Before anything happens"),
        _(
            "Second factors, dormant and shared accounts, old browsers: a score for each "
            "customer, and what would better it most. It fills a few minutes after the "
            "month is read."
        ),
    ),
    Stop(
        "/directory",
        _("Whose account it is"),
        _(
            "Staff lists, SCIM and Keycloak say who is there and who has left. Two people "
            "of the list left six days ago, and their accounts go on signing in."
        ),
    ),
    Stop(
        "/sources",
        _("Where it comes from, and your own"),
        _(
            "The live log is read here. Add a log file of your own: you see how it is read "
            "and judged before any of it is taken. That was the tour."
        ),
    ),
)


class Shown(Struct, frozen=True):
    """The tour on one page: the number of the stop (from 1) and how many there are; whether this is
    its page; whether it was left; how much of the history is read, None once all of it is."""

    number: int
    of: int
    stop: Stop
    is_here: bool
    is_left: bool
    share: float | None


class Tour:
    """Of one demonstration. Safe to share between threads."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._reading = Reading(database)
        self._sources = sources

    def shown(self, request: Request) -> Shown | None:
        """What a page shows of it; None for whoever is not in."""
        actor: Actor | None = request.scope["state"].get("actor")
        if actor is None:
            return None
        told = request.cookies.get(COOKIE, "1")
        number = int(told) if told.isascii() and told.isdigit() and len(told) < 3 else 1
        number = min(max(number, 1), len(STOPS))
        stop, path = STOPS[number - 1], request.url.path
        is_incident = stop.path == "/incidents/" and path.startswith(stop.path)
        return Shown(
            number=number,
            of=len(STOPS),
            stop=stop,
            is_here=path == stop.path or is_incident,
            is_left=told == LEFT,
            share=self.share(actor),
        )

    def share(self, actor: Actor) -> float | None:
        """How much of the history is read; None once all of it is."""
        view = self._sources.overview(actor, "en")
        return min((one.share for one in view.sources if one.share is not None), default=None)

    def address(self, number: int) -> str:
        """Where a stop is: of incidents, the gravest one's page."""
        path = STOPS[number - 1].path
        if path == "/incidents":
            return f"{path}?sort=severest"
        if path != "/incidents/":
            return path
        wanted = Filter(severity=Severity.MEDIUM, order=Order.SEVEREST)
        found = self._reading.incidents(wanted, None, 1)
        return f"{path}{as_uuid(found[0].incident.id)}" if found else "/incidents"


def tour_pages(tour: Tour) -> APIRouter:
    """`/tour`: to a stop, away, or back again."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def go(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        authorise(actor, Operation.STATUS_READ)
        if form.get("to") == LEFT:
            return _kept(RedirectResponse(_back(form), 303), LEFT)
        told = form.get("to", "1")
        number = int(told) if told.isascii() and told.isdigit() and len(told) < 3 else 1
        number = min(max(number, 1), len(STOPS))
        where = await run_in_threadpool(tour.address, number)
        return _kept(RedirectResponse(where, 303), str(number))

    @router.get(f"{PATH}/reading")
    def share(request: Request) -> JSONResponse:
        return JSONResponse({"share": tour.share(actor_of(request))})

    return router


def tour_of(
    database: Database, sources: Sources
) -> tuple[Callable[[Request], Shown | None], APIRouter]:
    """What pages show of the tour, and where it goes on."""
    tour = Tour(database, sources)
    return tour.shown, tour_pages(tour)


def _back(form: dict[str, str]) -> str:
    """A page of ours to go back to."""
    path = form.get("next", "/")
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _kept(answer: Response, value: str) -> Response:
    answer.set_cookie(COOKIE, value, max_age=_DAY_S, httponly=True, samesite="lax", path="/")
    return answer
