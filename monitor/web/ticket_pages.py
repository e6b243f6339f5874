"""The console's tickets: the list with what is done to several at once, and one ticket."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.incident import Category
from alerts.ticket import Change, Disposition, Kind, Status, TicketError
from alerts.wording import said
from detectors.core.identity import as_uuid
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, permits
from monitor.services.questions import Questions
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.ticket_acts import Done, TicketActs
from monitor.services.tickets import ME, Tickets
from monitor.store.ticket_filter import STATUSES, Order
from monitor.store.ticket_notes import LinkKind
from monitor.web.acting import actor_of
from monitor.web.filters import read_identifier
from monitor.web.forms import own_form
from monitor.web.paging import write_place
from monitor.web.rendering import language_of, render
from monitor.web.several import change_of, done_view
from monitor.web.suppressions import version_in
from monitor.web.ticket_query import filter_of, kept_of, part_of, written
from monitor.web.tickets import number_of

PATH: Final = "/tickets"
FORM: Final = 32 << 10
"""Bytes of a form: a comment may be long, and many tickets chosen."""
_CHOSEN = "ticket:"


def ticket_pages(
    tickets: Tickets, acts: TicketActs, questions: Questions, now: Callable[[], int]
) -> APIRouter:
    """`/tickets` and each of them. `now` gives ms since 1970 UTC."""
    router = APIRouter(include_in_schema=False)
    _add_list(router, tickets, acts, questions, now)
    _add_one(router, tickets)
    return router


def _add_list(
    router: APIRouter,
    tickets: Tickets,
    acts: TicketActs,
    questions: Questions,
    now: Callable[[], int],
) -> None:
    def listed(
        request: Request, given: Mapping[str, str], code: int = 200, **told: Any
    ) -> Response:
        actor, language = actor_of(request), language_of(request)
        wanted = filter_of(given, now())
        window, after = part_of(given, wanted.order)
        kept = kept_of(given)
        page = tickets.page(actor, wanted, after, window.limit, language)
        may = permits(actor, Operation.TICKETS_WRITE)
        values = {"why": "", "done": None, **told}
        return render(
            request,
            "tickets.html",
            code,
            page=page,
            wanted=wanted,
            load=tickets.load(actor),
            kept=kept,
            query=written(kept),
            conditions=len([name for name in kept if name != "sort"]),
            more=None if page.next is None else write_place(page.next),
            is_first=after is None,
            statuses=STATUSES,
            dispositions=list(Disposition),
            kinds=list(Kind),
            orders=list(Order),
            categories=list(Category),
            colleagues=tickets.colleagues(actor) if may else [],
            acts=acts.last(actor) if may else [],
            questions=questions.all(actor),
            may=may,
            **values,
        )

    @router.get(PATH)
    def every(request: Request) -> Response:
        return listed(request, request.query_params)

    @router.post(PATH)
    async def act(request: Request) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        back = kept_of(dict(parse_qsl(form.get("back", ""))))
        try:
            made = await run_in_threadpool(_done, tickets, acts, questions, actor, form)
        except TicketError as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(listed, request, back, 409, why=why)
        if isinstance(made, int):
            return RedirectResponse(f"{PATH}/{made}", 303)
        if made is not None and made.refused:
            return await run_in_threadpool(
                listed, request, back, 409, done=done_view(made, request)
            )
        return RedirectResponse(f"{PATH}?{written(back)}" if back else PATH, 303)


def _add_one(router: APIRouter, tickets: Tickets) -> None:
    def shown(
        request: Request,
        number: str,
        code: int = 200,
        form: Mapping[str, str] | None = None,
        why: str = "",
    ) -> Response:
        actor = actor_of(request)
        view = tickets.ticket(actor, number_of(number), language_of(request))
        may = permits(actor, Operation.TICKETS_WRITE)
        return render(
            request,
            "ticket.html",
            code,
            view=view,
            row=view.row,
            dispositions=list(Disposition),
            links=list(LinkKind),
            colleagues=tickets.colleagues(actor) if may else [],
            resolved=Status.RESOLVED,
            may=may,
            may_take=may and actor.kind is ActorKind.REVIEWER,
            form=form or {},
            why=why,
            suppress=suppress_address(view.row) if _may_suppress(actor) else "",
        )

    @router.get(f"{PATH}/{{number}}")
    def one(request: Request, number: str) -> Response:
        # To whoever works on it an incident and its ticket are one thing, shown at one place.
        incident = tickets.incident_of(actor_of(request), number_of(number))
        if incident is not None:
            return RedirectResponse(f"/incidents/{as_uuid(incident)}", 303)
        return shown(request, number)

    @router.post(f"{PATH}/{{number}}")
    async def act(request: Request, number: str) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        try:
            told = (number_of(number), form, version_in(form))
            await run_in_threadpool(put, tickets, actor, *told)
        except (TicketError, StaleError) as error:
            # What was written is not lost: it stands in the form again.
            why = said(error.text, language_of(request))
            return await run_in_threadpool(shown, request, number, 409, form, why)
        return RedirectResponse(f"{PATH}/{number}", 303)


def _done(
    tickets: Tickets,
    acts: TicketActs,
    questions: Questions,
    actor: Actor,
    form: Mapping[str, str],
) -> Done | int | None:
    """Do what the list's forms say: what an act came to, or the number of a ticket."""
    match form.get("do"):
        case "open":
            return tickets.open(actor, read_identifier(form.get("incident", "")) or b"")
        case "undo":
            return acts.undo(actor, form.get("act", ""))
        case "keep":
            query = form.get("back", "")
            questions.keep(actor, form.get("name", ""), query, shared="shared" in form)
            return None
        case "forget":
            questions.forget(actor, number_of(form.get("question", "")))
            return None
    given = {
        number_of(name.removeprefix(_CHOSEN)): version_in({"version": version})
        for name, version in form.items()
        if name.startswith(_CHOSEN)
    }
    return acts.change(actor, dict(given), change_of(form), form.get("reason", ""))


def put(
    tickets: Tickets, actor: Actor, number: int, form: Mapping[str, str], version: int | None
) -> None:
    """Do what the forms of one ticket say, to this version of it; None: as it is. Raises
    TicketError, StaleError, NotThereError."""
    match form.get("do"):
        case "comment":
            tickets.comment(actor, number, form.get("text", ""))
        case "take":
            tickets.change(actor, number, Change(assignee=ME), version)
        case "link":
            _link(tickets, actor, number, form)
        case "unlink":
            tickets.unlink(actor, number, number_of(form.get("link", "")))
        case _:
            change = change_of(form)
            tickets.change(actor, number, change, version, form.get("reason", ""))


def _link(tickets: Tickets, actor: Actor, number: int, form: Mapping[str, str]) -> None:
    """An address is told by what it looks like, all else is a ticket's number."""
    where = form.get("where", "").strip()
    known = {kind.value: kind for kind in LinkKind}
    kind = known.get(form.get("kind", ""), LinkKind.RELATED)
    if "://" in where or kind is LinkKind.OUTER:
        tickets.link(actor, number, LinkKind.OUTER, address=where, title=form.get("title", ""))
        return
    other = where.removeprefix("#")
    if not (other.isascii() and other.isdigit() and len(other) <= 12):
        raise TicketError(
            "say the other ticket's number, or an address",
            "dites le numéro de l'autre ticket, ou une adresse",
        )
    try:
        tickets.link(actor, number, kind, other=int(other), title=form.get("title", ""))
    except NotThereError:
        raise TicketError("there is no such ticket", "ce ticket n'existe pas") from None


def _may_suppress(actor: Actor) -> bool:
    return permits(actor, Operation.SUPPRESSIONS_WRITE)


def suppress_address(row: Any) -> str:
    """Where the form of a suppression, filled in with what a ticket is about, is."""
    given = {"tenant": row.tenant, "category": row.category.value if row.category else ""}
    if row.subject is not None and row.subject.kind.value in ("account", "source"):
        name = "account" if row.subject.kind.value == "account" else "address"
        given[name] = row.subject.uid
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
    return f"/suppressions?{told}"
