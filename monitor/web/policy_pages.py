"""The policy's pages: what holds, what held, and changing it with the differences first."""

from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.document import LONGEST, PolicyError, conditions_of, read_text
from alerts.ladder import LADDER, Rung, rung, step_named
from alerts.policy import Policy
from alerts.rule import Rule
from alerts.trial import counts
from alerts.wording import said
from detectors.core.detector import Text
from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits
from monitor.services.policies import Checked, Policies, Previewed, ReasonError
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.rehearsals import BusyError, Rehearsal, Rehearsals
from monitor.store.policies import StoredPolicy, digest_of
from monitor.store.rehearsals import State
from monitor.web.acting import actor_of
from monitor.web.forms import own_form
from monitor.web.policies import policy_api
from monitor.web.rendering import language_of, render

MOST: Final = 3 * LONGEST + 8_192
"""Bytes of a form with a document: what is no letter takes three."""
DAYS: Final = 7
"""The days of incidents that a change is decided about at once, before it is tried on more."""
TRIED: Final = "tried"
"""What the address says to go on with the draft that one tries."""
_SHOWN: Final = 50


class Draft(Struct, frozen=True, kw_only=True):
    """A change at work: the document, the version that it was made on, and why."""

    document: str
    base: int
    reason: str = ""
    checked: str = ""

    @property
    def digest(self) -> str:
        """What stands for the document that was looked at."""
        return digest_of(self.document).hex()


class Looked(Struct, frozen=True, kw_only=True):
    """What a draft comes to, or why it cannot be."""

    checked: Checked | None = None
    preview: Previewed | None = None
    error: PolicyError | None = None
    why: Text | None = None


def policy_routes(policies: Policies, rehearsals: Rehearsals) -> tuple[APIRouter, APIRouter]:
    """The pages, and the same for programs."""
    return policy_pages(policies, rehearsals), policy_api(policies, rehearsals)


def policy_pages(policies: Policies, rehearsals: Rehearsals) -> APIRouter:
    """`/policy`: what holds and what held; `/policy/edit`: what is to hold."""
    router = APIRouter(include_in_schema=False)

    @router.get("/policy")
    def current(request: Request) -> Response:
        actor = actor_of(request)
        one = policies.current(actor)
        return render(
            request,
            "policy.html",
            **_told(one, language_of(request)),
            versions=policies.versions(actor, most=_SHOWN),
            may=permits(actor, Operation.POLICY_WRITE),
        )

    _add_editing(router, policies, rehearsals)

    @router.get("/policy/versions/{number}")
    def version(request: Request, number: str) -> Response:
        return _version(request, policies, _number(number))

    @router.post("/policy/versions/{number}")
    async def restore(request: Request, number: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        return await run_in_threadpool(_restore, request, policies, actor, _number(number), form)

    return router


def _add_editing(router: APIRouter, policies: Policies, rehearsals: Rehearsals) -> None:
    def drafted(request: Request, draft: Draft, looked: Looked, code: int = 200) -> Response:
        return _drafted(request, draft, looked, rehearsals.own(actor_of(request)), code)

    def looked_at(request: Request, draft: Draft, why: Text | None = None) -> Response:
        code = 200 if why is None else 409
        return drafted(request, draft, _look(policies, actor_of(request), draft, why), code)

    def tried(request: Request, draft: Draft) -> Response:
        """Begin to try the draft, and show it."""
        try:
            rehearsals.begin(actor_of(request), draft.document)
        except PolicyError as error:
            return drafted(request, draft, Looked(error=error))
        except BusyError as error:
            return looked_at(request, draft, error.text)
        return looked_at(request, draft)

    def cancelled(request: Request, draft: Draft) -> Response:
        rehearsals.cancel(actor_of(request))
        return looked_at(request, draft)

    def adopted(request: Request, draft: Draft) -> Response:
        actor = actor_of(request)
        try:
            policies.adopt(actor, draft.document, draft.base, draft.reason)
        except (ReasonError, StaleError) as error:
            return looked_at(request, draft, error.text)
        except PolicyError as error:
            return drafted(request, draft, Looked(error=error), 422)
        return RedirectResponse("/policy", 303)

    @router.get("/policy/edit")
    def edit(request: Request) -> Response:
        actor = actor_of(request)
        one, trial = policies.editable(actor), rehearsals.own(actor)
        if request.query_params.get("draft") == TRIED and trial is not None:
            return looked_at(request, Draft(document=trial.document, base=trial.base))
        return drafted(request, Draft(document=one.document, base=one.id), Looked())

    @router.get("/policy/edit/trial")
    def trial(request: Request) -> Response:
        found = rehearsals.own(actor_of(request))
        return render(request, "policy_trial_part.html", **_trial(request, found, found))

    @router.post("/policy/edit")
    async def change(request: Request) -> Response:
        form = await own_form(request, MOST)
        draft = _draft(form)
        match form.get("do"):
            case "adopt" if draft.checked == draft.digest:
                answer = adopted
            case "try":
                answer = tried
            case "cancel":
                answer = cancelled
            case _:
                answer = looked_at
        return await run_in_threadpool(answer, request, draft)


def _look(policies: Policies, actor: Actor, draft: Draft, why: Text | None = None) -> Looked:
    """What a draft would change, and would have done in the last days."""
    try:
        checked = policies.check(actor, draft.document)
        return Looked(
            checked=checked, preview=policies.preview(actor, draft.document, DAYS), why=why
        )
    except PolicyError as error:
        return Looked(error=error)


def _drafted(
    request: Request, draft: Draft, looked: Looked, trial: Rehearsal | None, code: int = 200
) -> Response:
    is_wrong = looked.error is not None and code == 200
    is_of_this = trial is not None and trial.digest == draft.digest
    return render(
        request,
        "policy_edit.html",
        422 if is_wrong else code,
        draft=draft,
        looked=looked,
        steps=_steps(looked.preview),
        days=DAYS,
        why=said(looked.why, language_of(request)) if looked.why else "",
        fault=said(looked.error.why, language_of(request)) if looked.error else "",
        longest=LONGEST,
        other=None if is_of_this else trial,
        **_trial(request, trial if is_of_this else None, trial),
    )


def _trial(request: Request, shown: Rehearsal | None, own: Rehearsal | None) -> dict[str, Any]:
    """What a page shows of a draft that is tried; `own` is what whoever looks tries at all."""
    language = language_of(request)
    return {
        "trial": shown,
        "is_running": shown is not None and shown.state is State.RUNNING,
        "is_busy": own is not None and own.state is State.RUNNING,
        "trouble": said(shown.trouble, language) if shown and shown.trouble else "",
        "rung": rung,
        "say": lambda text: said(text, language),
    }


def _version(
    request: Request, policies: Policies, number: int, why: Text | None = None, code: int = 200
) -> Response:
    actor = actor_of(request)
    one, held = policies.version(actor, number), policies.current(actor)
    told = _told(one, language_of(request))
    is_readable = told["policy"] is not None
    return render(
        request,
        "policy_version.html",
        code,
        **told,
        held=held,
        differences=policies.compare(actor, held.id, number) if is_readable else (),
        may=is_readable and one.id != held.id and permits(actor, Operation.POLICY_WRITE),
        why=said(why, language_of(request)) if why else "",
    )


def _restore(
    request: Request, policies: Policies, actor: Actor, number: int, form: dict[str, str]
) -> Response:
    try:
        policies.restore(actor, number, _number(form.get("base", "")), form.get("reason", ""))
    except (ReasonError, StaleError) as error:
        return _version(request, policies, number, error.text, 409)
    except PolicyError:
        # The page says why.
        return _version(request, policies, number, code=422)
    return RedirectResponse("/policy", 303)


def _told(one: StoredPolicy, language: str) -> dict[str, Any]:
    """What a page shows of a version; without its rules where this program cannot read it."""
    try:
        policy: Policy | None = read_text(one.document)
    except PolicyError as error:
        trouble = " – ".join(filter(None, (error.where, said(error.why, language))))
        return {"stored": one, "policy": None, "trouble": trouble, "rules": []}
    every = () if policy is None else policy.rules
    rules = [(rule, _rungs(rule), conditions_of(rule)) for rule in every]
    return {"stored": one, "policy": policy, "trouble": "", "rules": rules}


def _rungs(rule: Rule) -> list[Rung]:
    steps = (step_named(word) for word in rule.then)
    return [rung(step) for step in sorted(step for step in steps if step is not None)]


def _steps(preview: Previewed | None) -> list[dict[str, Any]]:
    """A row for each step and what becomes of it, before and after."""
    if preview is None:
        return []
    before, after = counts(preview.before), counts(preview.after)
    return [
        {
            "step": one,
            "outcome": outcome,
            "before": before.get(one.step, {}).get(outcome, 0),
            "after": after.get(one.step, {}).get(outcome, 0),
        }
        for one in LADDER
        for outcome in sorted({*before.get(one.step, {}), *after.get(one.step, {})})
    ]


def _draft(form: dict[str, str]) -> Draft:
    return Draft(
        document=form.get("document", "").replace("\r\n", "\n"),
        base=_number(form.get("base", "")),
        reason=form.get("reason", ""),
        checked=form.get("checked", ""),
    )


def _number(text: str) -> int:
    """A version's number. Raises NotThereError for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotThereError("there is no such version")
    return int(text)
