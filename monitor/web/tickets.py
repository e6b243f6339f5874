"""Tickets for programs: read in pages, changed by version, several at once, and put back."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Request
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from alerts.suppression import SuppressionError
from alerts.ticket import Change, Disposition, Status, TicketError
from alerts.wording import said
from monitor.services.questions import Questions
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.review import plain
from monitor.services.ticket_acts import MOST, Done, TicketActs
from monitor.services.tickets import Tickets
from monitor.store.ticket_notes import LinkKind
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_of
from monitor.web.filters import read_identifier
from monitor.web.paging import PARAMETERS, page
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of
from monitor.web.ticket_query import FILTERS, filter_of, part_of

R = TypeVar("R")
MOST_NUMBER: Final = 10**12
Number = Annotated[int, Meta(ge=1, le=MOST_NUMBER)]
Tags = Annotated[frozenset[str], Meta(max_length=20)]


class Fields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different of a ticket; what is not named stays. `assignee` is a reviewer's id
    or address, `me`, or null for nobody; `reason` is said as a comment."""

    status: Status | UnsetType = UNSET
    disposition: Disposition | UnsetType = UNSET
    assignee: str | UnsetType | None = UNSET
    add_tags: Tags = frozenset()
    remove_tags: Tags = frozenset()
    reason: str = ""

    @property
    def change(self) -> Change:
        """The same as the service takes it."""
        return Change(
            status=self.status,
            disposition=self.disposition,
            assignee=self.assignee,
            add_tags=self.add_tags,
            remove_tags=self.remove_tags,
        )


class Chosen(Struct, frozen=True, forbid_unknown_fields=True):
    """One of several tickets, and the version that was looked at; null for whichever it is."""

    number: Number
    version: Annotated[int, Meta(ge=1, le=MOST_NUMBER)] | None = None


class Several(Fields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same change of several tickets."""

    tickets: Annotated[list[Chosen], Meta(min_length=1, max_length=MOST)]


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says on a ticket."""

    text: str


class Linked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a ticket goes with: another ticket's number, or an address outside with its title."""

    kind: LinkKind
    other: Number | None = None
    address: str = ""
    title: str = ""


class Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """A filter that is to be kept: its name, and the list's query string."""

    name: str
    query: str
    shared: bool = False


def ticket_api(
    tickets: Tickets, acts: TicketActs, questions: Questions, now: Callable[[], int]
) -> APIRouter:
    """`/api/v1/tickets` and what is below it. `now` gives ms since 1970 UTC."""
    router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], responses=CHANGED)
    _add_lists(router, tickets, now)
    # Before single tickets: their words are no numbers.
    _add_acts(router, acts)
    _add_questions(router, questions)
    _add_one(router, tickets)
    _add_links(router, tickets)
    return router


def _add_lists(router: APIRouter, tickets: Tickets, now: Callable[[], int]) -> None:
    @router.get("", openapi_extra={"parameters": [*PARAMETERS, *FILTERS]})
    def every(request: Request) -> JSONResponse:
        """Tickets, unless asked otherwise those that are open, by when they are due."""
        wanted = filter_of(request.query_params, now())
        window, after = part_of(request.query_params, wanted.order)
        actor, language = actor_of(request), language_of(request)
        found = tickets.page(actor, wanted, after, window.limit, language)
        return page(found.rows, found.next)

    @router.get("/load")
    def load(request: Request) -> JSONResponse:
        """How many open tickets wait: by severity (1 informational to 5 critical), late, in
        nobody's hands, held back."""
        return JSONResponse(plain(tickets.load(actor_of(request))))


def opening_api(tickets: Tickets) -> APIRouter:
    """`/api/v1/incidents/{uid}/ticket`: the ticket of an incident, however slight it is."""
    router = APIRouter(prefix="/api/v1/incidents", tags=["tickets"], responses=CHANGED)

    @router.post("/{uid}/ticket", status_code=201)
    def open_one(request: Request, uid: str) -> JSONResponse:
        """The number of an incident's ticket, which is opened where it has none."""
        # What is no id is nobody's, which is told as of one that is not there.
        number = tickets.open(actor_of(request), read_identifier(uid) or b"")
        return JSONResponse({"number": number}, 201)

    return router


def _add_acts(router: APIRouter, acts: TicketActs) -> None:
    @router.get("/acts")
    def last(request: Request) -> JSONResponse:
        """The last changes of several tickets at once, the last one first."""
        return page(acts.last(actor_of(request)), None)

    @router.post("/acts", openapi_extra=body(Several))
    async def change(request: Request) -> JSONResponse:
        """Change several tickets at once; those that cannot go there, or are of another version,
        are left as they are and told."""
        actor, wanted = actor_of(request), await body_of(request, Several)
        given = {one.number: one.version for one in wanted.tickets}
        done = await asked(acts.change, actor, given, wanted.change, wanted.reason)
        return JSONResponse(done_view(done, language_of(request)))

    @router.post("/acts/{act}/undo")
    def undo(request: Request, act: str) -> JSONResponse:
        """Put back what was changed at once, but for tickets that were changed since."""
        done = told(acts.undo, actor_of(request), act)
        return JSONResponse(done_view(done, language_of(request)))


def _add_questions(router: APIRouter, questions: Questions) -> None:
    @router.get("/filters")
    def every(request: Request) -> JSONResponse:
        """Filters that are kept: one's own, and those that are shared."""
        return page(questions.all(actor_of(request)), None)

    @router.post("/filters", status_code=204, openapi_extra=body(Kept))
    async def keep(request: Request) -> Response:
        """Keep a filter, in place of one's own of the same name."""
        actor, wanted = actor_of(request), await body_of(request, Kept)

        def put() -> None:
            questions.keep(actor, wanted.name, wanted.query, shared=wanted.shared)

        await asked(put)
        return Response(status_code=204)

    @router.delete("/filters/{question}", status_code=204)
    def forget(request: Request, question: str) -> Response:
        """Forget one of one's own filters."""
        questions.forget(actor_of(request), number_of(question))
        return Response(status_code=204)


def _add_one(router: APIRouter, tickets: Tickets) -> None:
    @router.get("/{number}")
    def one(request: Request, number: str) -> JSONResponse:
        """One ticket: what became of it, what was said on it, and what it goes with."""
        found = tickets.ticket(actor_of(request), number_of(number), language_of(request))
        return tagged(found, found.row.version)

    extra = body(Fields) | {"parameters": [IF_MATCH]}

    @router.patch("/{number}", openapi_extra=extra)
    async def change(request: Request, number: str) -> JSONResponse:
        """Change a ticket: its state, what was found, whose it is, its tags."""
        actor, version = actor_of(request), version_of(request)
        wanted, which = await body_of(request, Fields), number_of(number)
        made = await asked(tickets.change, actor, which, wanted.change, version, wanted.reason)
        return tagged(made, made.version)

    @router.post("/{number}/comments", status_code=204, openapi_extra=body(Said))
    async def comment(request: Request, number: str) -> Response:
        """Say something on a ticket."""
        actor, wanted = actor_of(request), await body_of(request, Said)
        await asked(tickets.comment, actor, number_of(number), wanted.text)
        return Response(status_code=204)


def _add_links(router: APIRouter, tickets: Tickets) -> None:
    @router.post("/{number}/links", status_code=204, openapi_extra=body(Linked))
    async def link(request: Request, number: str) -> Response:
        """Link a ticket with another one of its tenant, or with an address outside."""
        actor, wanted = actor_of(request), await body_of(request, Linked)

        def put() -> None:
            tickets.link(
                actor,
                number_of(number),
                wanted.kind,
                other=wanted.other,
                address=wanted.address,
                title=wanted.title,
            )

        await asked(put)
        return Response(status_code=204)

    @router.delete("/{number}/links/{link}", status_code=204)
    def unlink(request: Request, number: str, link: str) -> Response:
        """Take a link away."""
        tickets.unlink(actor_of(request), number_of(number), number_of(link))
        return Response(status_code=204)


def done_view(done: Done, language: str) -> Mapping[str, Any]:
    """What an act on several tickets came to, as it is told."""
    refused = [{"number": one.number, "why": said(one.why, language)} for one in done.refused]
    return {"act": done.act, "changed": list(done.changed), "refused": refused}


def number_of(text: str) -> int:
    """The number in an address. Raises NotThereError for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise NotThereError("there is nothing of this number")
    return int(text)


def told(ask: Callable[..., R], *given: Any) -> R:
    """What a service answers; what it does not do is told as a problem."""
    try:
        return ask(*given)
    except (TicketError, SuppressionError) as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error
    except StaleError as error:
        raise Problem(Kind.VERSION_OTHER, f"{error}.") from error


async def asked(ask: Callable[..., R], *given: Any) -> R:
    """The same, in a thread of its own."""
    return await run_in_threadpool(told, ask, *given)
