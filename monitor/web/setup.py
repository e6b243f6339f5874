"""`/setup`: where somebody gets what they will sign in with, one step after the other."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from detectors.core.detector import Text
from monitor.mfa import picture, totp
from monitor.mfa.passwords import BusyError
from monitor.services.entrance import Entrance
from monitor.services.factors import FactorError
from monitor.services.sessions import Purpose, Visit
from monitor.services.setup import Done, Setup, SetupError, Situation, Step
from monitor.web.acting import client_at
from monitor.web.door import Cookies, visit_of
from monitor.web.forms import WITH_PASSWORD, own_form
from monitor.web.passkeys import WITH_PASSKEY
from monitor.web.rendering import language_of, render

PATH = "/setup"


def setup_pages(entrance: Entrance, cookies: Cookies) -> APIRouter:
    """The pages of whoever cannot sign in yet."""
    router = APIRouter(include_in_schema=False)
    setup, by_passkey = entrance.setup, entrance.passkey_setup

    @router.get(PATH)
    def where(request: Request) -> Response:
        return _page(request, entrance, _newcomer(request))

    @router.post(PATH)
    async def enter(request: Request) -> Response:
        form, visit = await own_form(request, WITH_PASSWORD), _newcomer(request)
        try:
            if visit.purpose is Purpose.PASSWORD:
                done = await run_in_threadpool(_replaced, setup, visit, form, request)
                return _done(request, cookies, done)
            await run_in_threadpool(_entered, setup, visit, form)
        except SetupError as error:
            return await run_in_threadpool(_page, request, entrance, visit, error.text, form, 422)
        except BusyError:
            return await run_in_threadpool(_page, request, entrance, visit, BUSY, form, 503)
        return RedirectResponse(PATH, 303)

    @router.post(f"{PATH}/passkey")
    async def enter_by_passkey(request: Request) -> Response:
        form, visit = await own_form(request), _newcomer(request)
        name, email = form.get("name", ""), form.get("email", "")
        try:
            await run_in_threadpool(by_passkey.enter, visit, name, email)
        except SetupError as error:
            return await run_in_threadpool(_page, request, entrance, visit, error.text, form, 422)
        return RedirectResponse(PATH, 303)

    @router.post(f"{PATH}/passkey/made")
    async def confirm_passkey(request: Request) -> Response:
        form, visit = await own_form(request, WITH_PASSKEY), _newcomer(request)
        state, sent = form.get("state", ""), form.get("passkey", "")
        called, client = form.get("called", ""), client_at(request)
        try:
            done = await run_in_threadpool(by_passkey.confirm, visit, state, sent, called, client)
        except (SetupError, FactorError) as error:
            return await run_in_threadpool(_page, request, entrance, visit, error.text, {}, 422)
        except BusyError:
            return await run_in_threadpool(_page, request, entrance, visit, BUSY, {}, 503)
        return _done(request, cookies, done)

    @router.post(f"{PATH}/code")
    async def confirm(request: Request) -> Response:
        form, visit = await own_form(request), _newcomer(request)
        try:
            done = await run_in_threadpool(
                setup.confirm, visit, form.get("code", ""), client_at(request)
            )
        except SetupError as error:
            return await run_in_threadpool(_page, request, entrance, visit, error.text, {}, 422)
        except BusyError:
            return await run_in_threadpool(_page, request, entrance, visit, BUSY, {}, 503)
        return _done(request, cookies, done)

    @router.post(f"{PATH}/back")
    async def begin_again(request: Request) -> Response:
        await own_form(request)
        await run_in_threadpool(setup.begin_again, _newcomer(request))
        return RedirectResponse(PATH, 303)

    return router


BUSY = Text(
    en="Too many passwords are being checked at this moment. Try again in a few seconds.",
    fr="Trop de mots de passe sont vérifiés en ce moment. Réessayez dans quelques secondes.",
)


def drawn(secret: bytes, email: str) -> dict[str, str]:
    """What a page shows of a secret: as a picture, and to be typed."""
    return {
        "picture": picture.of(totp.address(secret, email)),
        "key": totp.grouped(secret),
    }


def _newcomer(request: Request) -> Visit:
    visit = visit_of(request)
    if visit.purpose is None:
        # There is nothing to set up for who is in.
        raise HTTPException(303, headers={"Location": "/"})
    return visit


def _replaced(setup: Setup, visit: Visit, form: dict[str, str], request: Request) -> Done:
    return setup.replace_password(
        visit,
        form.get("password", ""),
        form.get("repeated", ""),
        form.get("code", ""),
        client_at(request),
    )


def _entered(setup: Setup, visit: Visit, form: dict[str, str]) -> None:
    name, email, password, repeated = (
        form.get(field, "") for field in ("name", "email", "password", "repeated")
    )
    setup.enter(visit, name, email, password, repeated)


def _page(
    request: Request,
    entrance: Entrance,
    visit: Visit,
    why: Text | None = None,
    form: dict[str, str] | None = None,
    code: int = 200,
) -> Response:
    setup, offer = entrance.setup, None
    try:
        situation = setup.situation(visit)
        if situation.step is Step.PASSKEY:
            offer = entrance.passkey_setup.offer(visit)
    except FactorError as error:
        situation, why = setup.situation(visit), error.text
    except SetupError as error:
        situation, why = Situation(visit.purpose or Purpose.INVITATION, Step.OVER), error.text
    language = language_of(request)
    shown: dict[str, Any] = {"picture": "", "key": ""}
    if situation.secret is not None:
        shown = drawn(situation.secret, situation.email)
    return render(
        request,
        "setup.html",
        code,
        situation=situation,
        entered={
            "name": (form or {}).get("name", situation.name)[:100],
            "email": (form or {}).get("email", situation.email)[:254],
        },
        minimum=setup.rule.minimum,
        offer=offer,
        named=_named(entrance),
        why=None if why is None else (why.fr if language == "fr" else why.en),
        **shown,
    )


def _named(entrance: Entrance) -> str | None:
    """Where this page would be opened by the name that passkeys are bound to; None where it is not
    known to lead there."""
    party = entrance.terms.relying_party
    return None if party is None else f"{party.origins[0]}/"


def _done(request: Request, cookies: Cookies, done: Done) -> Response:
    request.scope["state"]["session"] = done.key
    if done.codes:
        # In the answer itself, once: nothing that could be opened again has them.
        answer: Response = render(request, "codes.html", codes=done.codes, first=True)
    else:
        answer = RedirectResponse("/", 303)
    cookies.admit(request, answer, done.key)
    cookies.know(request, answer, done.cookie)
    return answer
