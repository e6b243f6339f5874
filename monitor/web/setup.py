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
from monitor.services.sessions import Purpose, Visit
from monitor.services.setup import Done, Setup, SetupError, Situation, Step
from monitor.web.acting import client_at
from monitor.web.door import Cookies, visit_of
from monitor.web.forms import WITH_PASSWORD, own_form
from monitor.web.rendering import language_of, render

PATH = "/setup"


def setup_pages(entrance: Entrance, cookies: Cookies) -> APIRouter:
    """The pages of whoever cannot sign in yet."""
    router = APIRouter(include_in_schema=False)
    setup = entrance.setup

    @router.get(PATH)
    def where(request: Request) -> Response:
        return _page(request, setup, _newcomer(request))

    @router.post(PATH)
    async def enter(request: Request) -> Response:
        form, visit = await own_form(request, WITH_PASSWORD), _newcomer(request)
        try:
            if visit.purpose is Purpose.PASSWORD:
                done = await run_in_threadpool(_replaced, setup, visit, form, request)
                return _done(request, cookies, done)
            await run_in_threadpool(_entered, setup, visit, form)
        except SetupError as error:
            return await run_in_threadpool(_page, request, setup, visit, error.text, form, 422)
        except BusyError:
            return await run_in_threadpool(_page, request, setup, visit, BUSY, form, 503)
        return RedirectResponse(PATH, 303)

    @router.post(f"{PATH}/code")
    async def confirm(request: Request) -> Response:
        form, visit = await own_form(request), _newcomer(request)
        try:
            done = await run_in_threadpool(
                setup.confirm, visit, form.get("code", ""), client_at(request)
            )
        except SetupError as error:
            return await run_in_threadpool(_page, request, setup, visit, error.text, {}, 422)
        except BusyError:
            return await run_in_threadpool(_page, request, setup, visit, BUSY, {}, 503)
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
    setup: Setup,
    visit: Visit,
    why: Text | None = None,
    form: dict[str, str] | None = None,
    code: int = 200,
) -> Response:
    try:
        situation = setup.situation(visit)
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
        why=None if why is None else (why.fr if language == "fr" else why.en),
        **shown,
    )


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
