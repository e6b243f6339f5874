"""The queue: incidents to be looked at, filtered, put together, and handled several at once."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.incident import Category
from alerts.ticket import Change, Disposition, Status, TicketError
from alerts.wording import said
from detectors.core.registry import classes
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, permits, within
from monitor.services.questions import Questions
from monitor.services.queue import ME, Grouping, GroupPage, Queue
from monitor.services.review import Review
from monitor.services.sources import Sources
from monitor.services.ticket_acts import Done, TicketActs
from monitor.services.tickets import Tickets
from monitor.services.triage import Triage
from monitor.store.incident_filter import Cursor, Filter, Order
from monitor.web.acting import actor_of
from monitor.web.columns import COLUMNS, COOKIE, USUAL, columns_in, columns_of
from monitor.web.door import Cookies
from monitor.web.filters import (
    AGES,
    STATES,
    UNASKED,
    BadQueryError,
    count_filters,
    kept_of,
    list_address,
    read_cursor,
    read_filter,
    read_identifier,
    read_ids,
    write_cursor,
)
from monitor.web.forms import own_form
from monitor.web.paging import read_place, write_place
from monitor.web.rendering import language_of, render
from monitor.web.several import change_of, done_view
from monitor.web.suppressions import version_in
from monitor.web.tickets import number_of

PATH: Final = "/incidents"
FORM: Final = 64 << 10
"""Bytes of a form: 200 incidents may be chosen."""
_CHOSEN: Final = "incident:"
_GROUP_PLACE: Final = (int, str, int)


class Desk(Struct, frozen=True):
    """What the queue's pages work with. `now` gives ms since 1970 UTC."""

    queue: Queue
    triage: Triage
    tickets: Tickets
    acts: TicketActs
    views: Questions
    review: Review
    sources: Sources
    cookies: Cookies
    now: Callable[[], int]


def queue_pages(desk: Desk) -> APIRouter:
    """`/incidents`, its rows, and what is new in it."""
    router = APIRouter(include_in_schema=False)
    _add_list(router, desk)
    _add_pieces(router, desk)
    return router


def _add_list(router: APIRouter, desk: Desk) -> None:
    def listed(
        request: Request, query: Mapping[str, str], code: int = 200, **told: Any
    ) -> Response:
        actor, kept = actor_of(request), kept_of(query)
        acts = desk.acts.last(actor) if permits(actor, Operation.TICKETS_WRITE) else []
        last = next((one for one in acts if one.act == query.get("done")), None)
        values: dict[str, Any] = {
            **_shown(request, desk, query),
            **_offered(actor, desk),
            "kept": kept,
            "conditions": count_filters(kept),
            "status": desk.review.status(actor),
            "acts": acts,
            "last": last if last is not None and last.undone < last.tickets else None,
            "why": "",
            "done": None,
            **told,
        }
        answer = render(request, "incidents.html", code, **values)
        # After the page: whoever reads it does not wait for what is written.
        answer.background = BackgroundTask(desk.queue.marks.look, actor)
        return answer

    @router.get(PATH)
    def incidents(request: Request) -> Response:
        return listed(request, request.query_params)

    @router.post(PATH)
    async def act(request: Request) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        back = kept_of(dict(parse_qsl(form.get("back", ""))))
        if form.get("do") == "columns":
            answer = RedirectResponse(list_address(back), 303)
            desk.cookies.prefer(answer, COOKIE, columns_in(form))
            return answer
        try:
            made = await run_in_threadpool(_done, desk, actor, form, back)
        except TicketError as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(listed, request, back, 409, why=why)
        if made is None:
            return RedirectResponse(list_address(back), 303)
        if made.refused:
            told = {**back, "done": made.act}
            view = done_view(made, request)
            return await run_in_threadpool(listed, request, told, 409, done=view)
        more = {} if form.get("do") == "undo" else {"done": made.act}
        return RedirectResponse(list_address(back, **more), 303)


def _add_pieces(router: APIRouter, desk: Desk) -> None:
    @router.get(f"{PATH}/rows")
    def rows(request: Request) -> Response:
        """The rows of some incidents as they are now, or of a group, for the list to show."""
        actor, query = actor_of(request), request.query_params
        language, wanted = language_of(request), _wanted(actor, desk, query)
        told: dict[str, Any] = {"more": ""}
        if "ids" in query:
            found = desk.queue.rows(actor, wanted, read_ids(query["ids"]), language)
        else:
            page = desk.queue.page(actor, wanted, None, language, 10)
            found, told["more"] = page.rows, list_address(kept_of(query)) if page.next else ""
        return render(request, "queue_rows.html", rows=found, **_common(request, desk), **told)

    @router.get("/pulse")
    def pulse(request: Request) -> Response:
        """What came since a page was made, and how far its data is behind."""
        actor, query = actor_of(request), request.query_params
        wanted = read_filter(query, desk.now(), UNASKED)
        place = query.get("place", "")
        news = desk.queue.news(actor, wanted, _news_place(place) if place else None)
        return render(
            request,
            "pulse.html",
            news=news,
            kept=kept_of(query),
            status=desk.review.status(actor),
            troubled=desk.sources.standing(actor),
        )


def _shown(request: Request, desk: Desk, query: Mapping[str, str]) -> dict[str, Any]:
    """The list itself, or its groups."""
    actor, language = actor_of(request), language_of(request)
    wanted, grouping = _wanted(actor, desk, query), _grouping(query)
    told: dict[str, Any] = {"groups": None, "page": None, "is_first": not query.get("after")}
    if grouping is not None:
        found = _groups(actor, desk, wanted, grouping, query, language)
        told |= {"groups": found, "more": _place_of(found), "place": ""}
    else:
        after = read_cursor(query)
        page = desk.queue.page(actor, wanted, after, language, fresh=query.get("new") == "yes")
        told |= {"page": page, "more": write_cursor(page.next) if page.next else ""}
        told["place"] = "-".join(map(str, page.place))
    told |= {"wanted": wanted, "grouping": grouping, "troubled": desk.sources.standing(actor)}
    return told | _common(request, desk)


def _common(request: Request, desk: Desk) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "columns": columns_of(request),
        "now": desk.now(),
        "may": permits(actor, Operation.TICKETS_WRITE),
    }


def _offered(actor: Actor, desk: Desk) -> dict[str, Any]:
    """What the filter, the views and the acts offer."""
    may = permits(actor, Operation.TICKETS_WRITE)
    sees = permits(actor, Operation.PERSON_LOOK)
    groupings = [one for one in Grouping if sees or one is not Grouping.ACCOUNT]
    is_bound = within(actor) is not None
    return {
        "categories": list(Category),
        "ticket_states": STATES,
        "ages": AGES,
        "orders": list(Order),
        "detectors": {name: kind.about.title for name, kind in sorted(classes().items())},
        "all_columns": COLUMNS,
        "usual_columns": USUAL,
        "dispositions": list(Disposition),
        "groupings": [one for one in groupings if not (is_bound and one is Grouping.TENANT)],
        "is_bound": is_bound,
        "colleagues": desk.tickets.colleagues(actor) if may else [],
        "may_take": may and actor.kind is ActorKind.REVIEWER,
        "questions": desk.views.all(actor) if permits(actor, Operation.TICKETS_READ) else [],
    }


def _wanted(actor: Actor, desk: Desk, query: Mapping[str, str]) -> Filter:
    """The filter of the address, that of a campaign's incidents where it names one."""
    wanted = read_filter(query, desk.now(), UNASKED)
    campaign = query.get("campaign", "")
    if not campaign:
        return wanted
    return desk.queue.within_campaign(actor, wanted, read_identifier(campaign) or b"")


def _grouping(query: Mapping[str, str]) -> Grouping | None:
    text = query.get("group", "")
    if text not in ("", *(one.value for one in Grouping)):
        raise BadQueryError("group")
    return Grouping(text) if text else None


def _groups(
    actor: Actor,
    desk: Desk,
    wanted: Filter,
    grouping: Grouping,
    query: Mapping[str, str],
    language: str,
) -> GroupPage:
    if grouping is Grouping.CAMPAIGN:
        return desk.queue.campaigns(actor, wanted, read_cursor(query), language)
    cursor = query.get("after", "")
    place: Any = read_place(cursor, _GROUP_PLACE) if cursor else None
    return desk.queue.groups(actor, wanted, grouping, place, language)


def _place_of(found: GroupPage) -> str:
    if found.next is None:
        return ""
    return write_cursor(found.next) if isinstance(found.next, Cursor) else write_place(found.next)


def _news_place(text: str) -> tuple[int, int]:
    first, _, second = text.partition("-")
    if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in (first, second)):
        raise BadQueryError("place")
    return int(first), int(second)


def _done(
    desk: Desk, actor: Actor, form: Mapping[str, str], back: Mapping[str, str]
) -> Done | None:
    """Do what the list's forms say; what an act came to, None for what is none."""
    deed, _, found = form.get("do", "").partition(":")
    reason = form.get("reason", "")
    match deed:
        case "undo":
            return desk.triage.undo(actor, form.get("act", ""))
        case "keep":
            read_filter(back)
            query = list_address(back).partition("?")[2]
            desk.views.keep(actor, form.get("name", ""), query, shared="shared" in form)
            return None
        case "forget":
            desk.views.forget(actor, number_of(form.get("question", "")))
            return None
        case "take":
            change = Change(assignee=ME)
        case "hand":
            change = Change(assignee=ME, status=Status.IN_PROGRESS)
        case "close":
            reason = form.get("closing", "")
            change = change_of({"state": f"{Status.RESOLVED.value}:{found}"})
        case _:
            change = change_of(form)
    given: dict[bytes, int | None] = {}
    for name, version in form.items():
        identifier = read_identifier(name.removeprefix(_CHOSEN))
        if name.startswith(_CHOSEN) and identifier is not None:
            given[identifier] = version_in({"version": version}) if version else None
    return desk.triage.change(actor, given, change, reason)
