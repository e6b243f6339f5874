"""`/profile/passkey`: a reviewer adds, names and takes away passkeys of their own."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from monitor.services.entrance import Entrance
from monitor.services.factors import FactorError
from monitor.services.setup import SetupError
from monitor.web.acting import actor_of, client_at
from monitor.web.door import Cookies, visit_of
from monitor.web.forms import own_form
from monitor.web.passkeys import WITH_PASSKEY
from monitor.web.profile import PATH, admitted, profile_page
from monitor.web.rendering import language_of, render


def own_passkey_pages(entrance: Entrance, cookies: Cookies) -> APIRouter:
    """The pages of whoever is in as a reviewer."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PATH}/passkey")
    def passkey(request: Request) -> Response:
        return _passkey_page(request, entrance)

    @router.post(f"{PATH}/passkey")
    async def add_passkey(request: Request) -> Response:
        form = await own_form(request, WITH_PASSKEY)
        actor, visit, client = actor_of(request), visit_of(request), client_at(request)
        state, sent, name = (form.get(field, "") for field in ("state", "passkey", "name"))
        try:
            key = await run_in_threadpool(
                entrance.passkeys.add, actor, visit, state, sent, name, client
            )
        except (FactorError, SetupError) as error:
            return await run_in_threadpool(_passkey_page, request, entrance, error.text, 422)
        return admitted(request, cookies, key, [])

    @router.post(f"{PATH}/passkey/rename")
    async def rename_passkey(request: Request) -> Response:
        form = await own_form(request)
        handle, name = form.get("handle", ""), form.get("name", "")
        try:
            await run_in_threadpool(entrance.passkeys.rename, actor_of(request), handle, name)
        except FactorError as error:
            return await run_in_threadpool(profile_page, request, entrance, error.text, 422)
        return RedirectResponse(PATH, 303)

    @router.post(f"{PATH}/passkey/remove")
    async def remove_passkey(request: Request) -> Response:
        form = await own_form(request)
        actor, visit, client = actor_of(request), visit_of(request), client_at(request)
        handle = form.get("handle", "")
        try:
            key = await run_in_threadpool(entrance.passkeys.remove, actor, visit, handle, client)
        except (FactorError, SetupError) as error:
            return await run_in_threadpool(profile_page, request, entrance, error.text, 422)
        return admitted(request, cookies, key, [])

    return router


def _passkey_page(
    request: Request, entrance: Entrance, why: Text | None = None, code: int = 200
) -> Response:
    try:
        offer = entrance.passkeys.offer(actor_of(request))
    except FactorError as error:
        return profile_page(request, entrance, error.text, 422)
    return render(
        request,
        "passkey.html",
        code,
        options=offer.options,
        state=offer.state,
        why=None if why is None else said(why, language_of(request)),
    )
