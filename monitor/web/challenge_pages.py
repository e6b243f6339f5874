"""The reviewers' page of challenges: what was asked of whom and what came of it, and the button by
which somebody is asked."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.identity import as_uuid
from monitor.mfa.challenge import STATES, Origin, Reason
from monitor.services.authority import Operation, permits
from monitor.services.challenge_views import Begun, ChallengeError, Created, Wanted
from monitor.services.challenges import Challenges
from monitor.services.refusal import NotThereError
from monitor.services.subscriber import Subscriber
from monitor.web.acting import actor_of
from monitor.web.challenges import challenge_api, filter_of
from monitor.web.filters import read_account, read_identifier
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.paging import window_of, write_place
from monitor.web.rendering import language_of, render

PATH: Final = "/challenges"
ORIGINS: Final = {
    Origin.POLICY: Text("the policy", "la politique"),
    Origin.REVIEWER: Text("a reviewer", "un réviseur"),
    Origin.API: Text("the application", "l'application"),
    Origin.GATE: Text("the gate", "le portail"),
    Origin.SIGN_IN: Text("the application, at sign-in", "l'application, à la connexion"),
}
LEAVES: Final = Text(
    "there is no such tenant that you see, or the incident is not about this account",
    "vous ne voyez aucun client de ce nom, ou l'incident ne porte pas sur ce compte",
)


def challenge_routes(desk: Challenges) -> APIRouter:
    """Everything of challenges, for reviewers and for programs."""
    router = APIRouter()
    join(router, challenge_pages(desk))
    join(router, challenge_api(desk))
    return router


def challenge_pages(desk: Challenges) -> APIRouter:
    """`/challenges` and what is below it."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def every(request: Request) -> Response:
        return _listed(request, desk)

    @router.get(f"{PATH}/new")
    def new(request: Request) -> Response:
        query = request.query_params
        incident = read_identifier(query.get("incident", ""))
        account = read_account(query.get("account", ""))
        return _form(request, desk.begun(actor_of(request), incident, account))

    @router.post(f"{PATH}/new")
    async def ask(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        wanted = _wanted(form, language_of(request))
        try:
            made = await run_in_threadpool(desk.create, actor, wanted)
        except ChallengeError as error:
            return await run_in_threadpool(_again, request, form, error.text, 409)
        except NotThereError:
            return await run_in_threadpool(_again, request, form, LEAVES, 404)
        # Shown in the answer itself: nothing that could be opened again may have it.
        return await run_in_threadpool(_listed, request, desk, made)

    @router.post(f"{PATH}/{{handle}}")
    async def withdraw(request: Request, handle: str) -> Response:
        await own_form(request)
        await run_in_threadpool(desk.withdraw, actor_of(request), handle)
        return RedirectResponse(PATH, 303)

    return router


def _listed(request: Request, desk: Challenges, made: Created | None = None) -> Response:
    query, actor = request.query_params, actor_of(request)
    window = window_of(query, (int,))
    after = None if window.after is None else int(window.after[0])
    found, place = desk.page(actor, filter_of(query), after, window.limit)
    rest = {name: query[name] for name in ("tenant", "account", "state") if query.get(name)}
    language = language_of(request)
    return render(
        request,
        "challenges.html",
        items=found,
        made=made,
        rest=rest,
        more="" if place is None else write_place((place,)),
        may_ask=permits(actor, Operation.MFA_CHALLENGE),
        states={state: said(text, language) for state, text in STATES.items()},
        origins={origin: said(text, language) for origin, text in ORIGINS.items()},
    )


def _form(
    request: Request,
    begun: Begun,
    form: Mapping[str, str] | None = None,
    why: Text | None = None,
    code: int = 200,
) -> Response:
    given = {
        "tenant": begun.tenant,
        "account": begun.account,
        "incident": "" if begun.incident is None else as_uuid(begun.incident),
        "session": begun.sessions[0].session if len(begun.sessions) == 1 else "",
    } | dict(form or {})
    told = "" if why is None else said(why, language_of(request))
    return render(
        request, "challenge_new.html", code, form=given, sessions=begun.sessions, why=told
    )


def _again(request: Request, form: Mapping[str, str], why: Text, code: int) -> Response:
    return _form(request, Begun(), form, why, code)


def _wanted(form: Mapping[str, str], language: str) -> Wanted:
    given = {
        name: form.get(name, "").strip() for name in ("tenant", "account", "session", "incident")
    }
    return Wanted(
        subscriber=Subscriber(given["tenant"], given["account"]),
        session=given["session"],
        reason=Reason.REVIEW,
        origin=Origin.REVIEWER,
        incident=read_identifier(given["incident"]),
        language=language,
        demands=bool(given["session"]),
    )
