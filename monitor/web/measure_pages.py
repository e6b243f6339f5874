"""The pages of measures: what waits for somebody, one measure with what may be done about it, and
how one is asked for, with a look at what it reaches first."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import structs
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.ladder import LADDER, Step, rung, step_named
from alerts.measure import (
    ARTICLES,
    AT_WORK,
    OPEN,
    STATES,
    STUCK,
    WHY,
    Measure,
    MeasureError,
    State,
)
from alerts.outbox import State as OrderState
from alerts.outbox import reason_of
from alerts.ports import Action
from alerts.rule import LONGEST_SUSPENSION
from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.identity import as_uuid
from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits
from monitor.services.blast import CAUTIONS, Preview
from monitor.services.measure_checks import Wanted
from monitor.services.measures import Measures
from monitor.services.refusal import NotThereError, StaleError
from monitor.store.measures import Place
from monitor.web.acting import actor_of
from monitor.web.filters import BadQueryError, read_account, read_identifier
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.lists import number_of
from monitor.web.measures import filter_of, measure_api
from monitor.web.paging import window_of, write_place
from monitor.web.rendering import language_of, render

PATH: Final = "/measures"
ACTIONS: Final = {
    Action.NOTIFY: Text("tell the user", "prévenir l'utilisateur"),
    Action.TELL: Text("tell the team", "prévenir l'équipe"),
    Action.CHALLENGE: Text("ask for a proof", "demander une preuve"),
    Action.RELEASE: Text("take the challenge back", "retirer la demande de preuve"),
    Action.REVOKE: Text("end the sessions", "fermer les sessions"),
    Action.RENEW: Text("ask for a new password", "demander un nouveau mot de passe"),
    Action.DISABLE: Text("lock the account", "bloquer le compte"),
    Action.ENABLE: Text("unlock the account", "débloquer le compte"),
    Action.TRACK: Text("keep the tracker", "tenir l'outil de suivi"),
}
ORDERS: Final = {
    OrderState.WAITING: Text("waits", "attend"),
    OrderState.LEASED: Text("on its way", "en route"),
    OrderState.DONE: Text("done", "fait"),
    OrderState.DEAD: Text("given up", "abandonné"),
    OrderState.PARKED: Text("parked", "mis de côté"),
    OrderState.CANCELLED: Text("called off", "annulé"),
}
FORM: Final = 64 << 10
"""Bytes of a form that names many accounts."""
VIEWS: Final = {
    "open": OPEN,
    "at_work": AT_WORK | STUCK,
    "in_force": frozenset((State.IN_FORCE,)),
    "shadow": frozenset((State.SHADOW,)),
    "over": frozenset(State) - OPEN - AT_WORK - STUCK - {State.IN_FORCE, State.SHADOW},
}
"""What is shown together, by its name in the address; the first one unasked."""
ASKED_FOR: Final = tuple(one for one in LADDER if one.step is not Step.OBSERVE)
_ELSEWHERE: Final = Text(
    "there is no such tenant that you see, or what this rests on is not of it",
    "vous ne voyez aucun client de ce nom, ou ce sur quoi cela repose n'est pas de ce client",
)
_FIELDS: Final = ("tenant", "accounts", "step", "aup", "reason", "hours", "incident", "ticket")


def measure_routes(desk: Measures) -> APIRouter:
    """Everything of measures, for people and for programs."""
    router = APIRouter()
    join(router, measure_pages(desk))
    join(router, measure_api(desk))
    return router


def measure_pages(desk: Measures) -> APIRouter:
    """`/measures` and what is below it."""
    router = APIRouter(include_in_schema=False)
    _add_request(router, desk)
    _add_list(router, desk)
    return router


def _add_list(router: APIRouter, desk: Measures) -> None:
    def shown(
        request: Request,
        number: str,
        code: int = 200,
        why: Text | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        found = desk.one(actor_of(request), number_of(number))
        return _render(
            request,
            "measure.html",
            code,
            why,
            found=found,
            one=found.measure,
            as_uuid=as_uuid,
            action_words=ACTIONS,
            order_words=ORDERS,
            form=form or {},
        )

    @router.get(PATH)
    def every(request: Request) -> Response:
        query, actor = request.query_params, actor_of(request)
        only = filter_of(query)
        is_of_one = only.ticket is not None or only.incident is not None
        view = query.get("view", "") or ("" if is_of_one else next(iter(VIEWS)))
        if view and view not in VIEWS:
            raise BadQueryError("view")
        window = window_of(query, (int, int))
        after = None if window.after is None else Place(*map(int, window.after))
        wanted = structs.replace(only, states=VIEWS.get(view, only.states))
        found = desk.page(actor, wanted, after, window.limit)
        counts = {
            name: sum(found.counts.get(state, 0) for state in states)
            for name, states in VIEWS.items()
        }
        place = found.next
        return _render(
            request,
            "measures.html",
            items=found.items,
            names=found.names,
            handles=found.handles,
            view=view,
            counts=counts,
            rest={
                name: query[name] for name in ("tenant", "ticket", "incident") if query.get(name)
            },
            is_first=after is None,
            more="" if place is None else write_place((place.updated, place.id)),
            may_ask=permits(actor, Operation.MEASURES_REQUEST),
        )

    @router.get(f"{PATH}/{{number}}")
    def one(request: Request, number: str) -> Response:
        return shown(request, number)

    @router.post(f"{PATH}/{{number}}")
    async def decide(request: Request, number: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            await run_in_threadpool(_decided, desk, actor, number_of(number), form)
        except (MeasureError, StaleError) as error:
            # What was written is not lost: it stands in its field again.
            return await run_in_threadpool(shown, request, number, 409, error.text, form)
        return RedirectResponse(f"{PATH}/{number_of(number)}", 303)


def _add_request(router: APIRouter, desk: Measures) -> None:
    def shown(
        request: Request,
        form: Mapping[str, str],
        preview: Preview | None = None,
        why: Text | None = None,
        code: int = 200,
    ) -> Response:
        kept = {name: form.get(name, "") for name in _FIELDS}
        kept["accounts"] = "\n".join(_accounts(form))
        return _render(
            request,
            "measure_new.html",
            code,
            why,
            form=kept,
            preview=preview,
            steps=ASKED_FOR,
            articles=ARTICLES,
            longest=LONGEST_SUSPENSION,
            cautions=CAUTIONS,
        )

    @router.get(f"{PATH}/new")
    def new(request: Request) -> Response:
        begun = desk.begun(actor_of(request), *_beginning(request.query_params))
        form = {
            "tenant": begun.tenant,
            "accounts": begun.account,
            "step": request.query_params.get("step", ""),
            "incident": "" if begun.incident is None else as_uuid(begun.incident),
            "ticket": "" if begun.ticket is None else str(begun.ticket),
        }
        return shown(request, form)

    @router.post(f"{PATH}/new")
    async def ask(request: Request) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        # Whoever may not ask is told so, whatever the form holds.
        await run_in_threadpool(desk.begun, actor)

        def look() -> Preview:
            return desk.preview(actor, form.get("tenant", "").strip(), _accounts(form), _step(form))

        try:
            if form.get("do") != "ask":
                return await run_in_threadpool(lambda: shown(request, form, look()))
            made = await run_in_threadpool(desk.request, actor, _wanted(form))
        except MeasureError as error:
            return await run_in_threadpool(shown, request, form, None, error.text, 409)
        except NotThereError:
            return await run_in_threadpool(shown, request, form, None, _ELSEWHERE, 404)
        except StaleError as error:
            text = error.text
            return await run_in_threadpool(lambda: shown(request, form, look(), text, 409))
        to = f"{PATH}/{made[0].id}" if len(made) == 1 else PATH
        return RedirectResponse(to, 303)


def _render(
    request: Request, name: str, code: int = 200, why: Text | None = None, **values: Any
) -> Response:
    language = language_of(request)

    def say(text: Text) -> str:
        return said(text, language)

    return render(
        request,
        name,
        code,
        why="" if why is None else say(why),
        say=say,
        state_words=STATES,
        stuck_words=WHY,
        rung=rung,
        reason_of=reason_of,
        **values,
    )


def _decided(desk: Measures, actor: Actor, number: int, form: Mapping[str, str]) -> Measure:
    """Do what the form of a measure says."""
    reason, version = form.get("reason", ""), _number(form.get("version", "")) or 0
    with_reason: dict[str, Callable[..., Measure]] = {
        "approve": desk.approve,
        "refuse": desk.refuse,
        "withdraw": desk.withdraw,
        "dismiss": desk.dismiss,
        "undo": desk.undo,
    }
    name = form.get("do", "")
    if name in with_reason:
        return with_reason[name](actor, number, reason, version)
    if name == "again":
        return desk.again(actor, number, version)
    if name == "answer":
        upheld = form.get("upheld") == "yes"
        return desk.answer(actor, number, reason, upheld=upheld, version=version)
    hours = _number(form.get("hours", ""))
    return desk.adopt(actor, number, reason, form.get("aup", ""), hours, version)


def _beginning(query: Mapping[str, str]) -> tuple[bytes | None, bytes | None, int | None]:
    """Of what a request begins: an incident, an account of the directory, a ticket."""
    found = []
    for name, read in (("incident", read_identifier), ("account", read_account)):
        told = query.get(name, "")
        found.append(read(told) if told else None)
        if told and found[-1] is None:
            raise BadQueryError(name)
    return found[0], found[1], _number(query.get("ticket", ""))


def _accounts(form: Mapping[str, str]) -> tuple[str, ...]:
    lines = form.get("accounts", "").replace("\r", "\n").split("\n")
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _step(form: Mapping[str, str]) -> Step:
    found = step_named(form.get("step", ""))
    if found is None:
        raise MeasureError("choose what is to be done", "choisissez ce qui est à faire")
    return found


def _wanted(form: Mapping[str, str]) -> Wanted:
    step = _step(form)
    return Wanted(
        tenant=form.get("tenant", "").strip(),
        accounts=_accounts(form),
        step=step,
        reason=form.get("reason", ""),
        aup=form.get("aup", ""),
        hours=_number(form.get("hours", "")) if rung(step).needs_end else None,
        incident=read_identifier(form.get("incident", "")),
        ticket=_number(form.get("ticket", "")),
        seen=form.get("seen", ""),
    )


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
