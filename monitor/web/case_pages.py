"""An incident's page, which to whoever works on it is its ticket as well, and parts of it."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.ladder import rung
from alerts.measure import STATES
from alerts.story import lasted
from alerts.telling import name_of
from alerts.ticket import Disposition, Status, TicketError
from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.identity import SubjectKind
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, permits
from monitor.services.blast import CAUTIONS
from monitor.services.cases import Case, groups_of
from monitor.services.ladders import Ladders
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.related import Relations
from monitor.services.review import Review, plain
from monitor.services.ticket_views import TicketView
from monitor.services.tickets import Tickets
from monitor.services.views import IncidentView
from monitor.store.ticket_notes import LinkKind
from monitor.web.acting import actor_of
from monitor.web.case_history import history_of
from monitor.web.filters import read_count
from monitor.web.forms import own_form
from monitor.web.incidents import found_or_404, identifier_of, sign_in_page
from monitor.web.language import Wording
from monitor.web.rendering import language_of, render
from monitor.web.suppressions import version_in
from monitor.web.ticket_pages import FORM, put, suppress_address

PATH: Final = "/incidents/{uid}"
SHOWN: Final = 10
"""Findings of one sort that come at once."""
WHOLE: Final = 3
"""Sorts of findings whose strongest one is shown whole."""
REASONS: Final = 6
_DECIDED_BY_ONE_PRESS: Final = (
    Disposition.TRUE_POSITIVE,
    Disposition.FALSE_POSITIVE,
    Disposition.BENIGN_EXPLAINED,
    Disposition.AUTHORISED,
)


def case_pages(
    review: Review, tickets: Tickets, ladders: Ladders, relations: Relations
) -> APIRouter:
    """`/incidents/…` and what is below it."""
    router = APIRouter(include_in_schema=False)
    _add_case(router, _Cases(review, tickets, ladders))
    _add_pieces(router, review, relations)
    return router


class _Cases:
    def __init__(self, review: Review, tickets: Tickets, ladders: Ladders) -> None:
        self._review = review
        self._tickets = tickets
        self._ladders = ladders

    def shown(
        self,
        request: Request,
        uid: str,
        code: int = 200,
        form: Mapping[str, str] | None = None,
        why: str = "",
    ) -> Response:
        """The page."""
        actor, language = actor_of(request), language_of(request)
        case: Case = found_or_404(self._review.case(actor, identifier_of(uid), language))
        ticket = self._ticket(actor, uid, language)
        ladder = self._ladder(actor, uid)
        wording, row = Wording(language), case.view.row
        may = permits(actor, Operation.TICKETS_WRITE)
        severity = name_of(row.severity, language)
        history = history_of(case, ticket, ladder, language, wording.text, severity)

        def say(text: Text) -> str:
            return said(text, language)

        return render(
            request,
            "incident.html",
            code,
            uid=uid,
            case=case,
            view=case.view,
            picture=plain(case.picture),
            ticket=ticket,
            ladder=ladder,
            history=history,
            who=actor.name,
            may=may,
            may_take=may and actor.kind is ActorKind.REVIEWER,
            may_ask=permits(actor, Operation.MEASURES_REQUEST),
            may_challenge=permits(actor, Operation.MFA_CHALLENGE),
            is_account=row.subject.kind is SubjectKind.ACCOUNT,
            colleagues=self._tickets.colleagues(actor) if may else [],
            dispositions=list(Disposition),
            pressed=_DECIDED_BY_ONE_PRESS,
            links=list(LinkKind),
            resolved=Status.RESOLVED,
            suppress=_suppress(actor, ticket),
            say=say,
            rung=rung,
            state_words=STATES,
            cautions=CAUTIONS,
            lasted=lambda line: lasted(line, language),
            form=form or {},
            why=why,
            shown_reasons=REASONS,
            shown_whole=WHOLE,
            shown_findings=SHOWN,
            **sign_in_page(list(case.sign_ins), 0),
        )

    def put(self, actor: Actor, uid: str, form: Mapping[str, str]) -> None:
        """Do what a form of the page says to the incident's ticket, which is opened first where
        there is none. Raises NotThereError, TicketError, StaleError."""
        identifier = identifier_of(uid)
        number = self._tickets.of_incident(actor, identifier)
        # Nobody can have changed since what was not there when it was looked at.
        version = version_in(form) if form.get("version") else None
        if number is None:
            number, version = self._tickets.open(actor, identifier), None
        if form.get("do") != "open":
            put(self._tickets, actor, number, form, version)

    def _ticket(self, actor: Actor, uid: str, language: str) -> TicketView | None:
        if not permits(actor, Operation.TICKETS_READ):
            return None
        number = self._tickets.of_incident(actor, identifier_of(uid))
        try:
            return None if number is None else self._tickets.ticket(actor, number, language)
        except NotThereError:
            return None

    def _ladder(self, actor: Actor, uid: str) -> Any:
        if not permits(actor, Operation.MEASURES_READ):
            return None
        return self._ladders.of_incident(actor, identifier_of(uid))


def _add_case(router: APIRouter, cases: _Cases) -> None:
    @router.get(PATH)
    def one(request: Request, uid: str) -> Response:
        return cases.shown(request, uid)

    @router.post(PATH)
    async def act(request: Request, uid: str) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        try:
            await run_in_threadpool(cases.put, actor, uid, form)
        except (TicketError, StaleError) as error:
            # What was written is not lost: it stands in the form again.
            why = said(error.text, language_of(request))
            return await run_in_threadpool(cases.shown, request, uid, 409, form, why)
        return RedirectResponse(f"/incidents/{uid}", 303)


def _add_pieces(router: APIRouter, review: Review, relations: Relations) -> None:
    @router.get(f"{PATH}/sign-ins")
    def more_sign_ins(request: Request, uid: str) -> Response:
        rows = found_or_404(review.sign_ins(actor_of(request), identifier_of(uid)))
        start = read_count(request.query_params, "start")
        return render(request, "sign_ins.html", uid=uid, **sign_in_page(rows, start))

    @router.get(f"{PATH}/findings")
    def findings(request: Request, uid: str) -> Response:
        query, language = request.query_params, language_of(request)
        actor, identifier = actor_of(request), identifier_of(uid)
        view: IncidentView = found_or_404(review.incident(actor, identifier, language))
        groups = groups_of(view)
        start, number = read_count(query, "start"), read_count(query, "number")
        wanted = query.get("detector", "")
        group = next((one for one in groups if one.detector == wanted), None)
        every = [one for some in groups for one in some.findings]
        if number:
            every = [one for one in every if one.number == number]
        elif group is not None:
            every = list(group.findings)
        following = start + SHOWN
        return render(
            request,
            "findings_more.html" if "hx-request" in request.headers else "findings.html",
            uid=uid,
            view=view,
            group=group,
            findings=every[start:following],
            following=following if following < len(every) else None,
            left=len(every) - following,
        )

    @router.get(f"{PATH}/related")
    def related(request: Request, uid: str) -> Response:
        found = found_or_404(relations.of(actor_of(request), identifier_of(uid)))
        is_piece = "hx-request" in request.headers
        name = "related_list.html" if is_piece else "related.html"
        return render(request, name, uid=uid, related=found)


def _suppress(actor: Actor, ticket: TicketView | None) -> str:
    may = ticket is not None and permits(actor, Operation.SUPPRESSIONS_WRITE)
    return suppress_address(ticket.row) if may and ticket is not None else ""
