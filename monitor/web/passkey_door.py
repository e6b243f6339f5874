"""The way in by a passkey."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.services.actor import ActorKind
from monitor.services.entrance import Entrance
from monitor.web.acting import client_at
from monitor.web.door import (
    SIGN_IN,
    Cookies,
    let_in,
    sign_in_page,
    until,
)
from monitor.web.forms import form_of
from monitor.web.passkeys import WITH_PASSKEY, offered, shown_in


def passkey_door(entrance: Entrance, cookies: Cookies) -> APIRouter:
    """What a script asks for and sends."""
    router = APIRouter(include_in_schema=False)

    @router.post(f"{SIGN_IN}/passkey/offer")
    def of_anybody() -> Response:
        return offered(lambda: entrance.factors.ask_passkey(None, ActorKind.REVIEWER.value))

    @router.post(f"{SIGN_IN}/passkey")
    async def enter(request: Request) -> Response:
        began = asyncio.get_running_loop().time()
        form = await form_of(request, WITH_PASSKEY)
        client, shown = client_at(request), shown_in(form)
        entered = await run_in_threadpool(entrance.sign_in.enter_by_passkey, shown, client)
        if entered is None:
            # So long at least, whatever the reason was.
            await until(began + entrance.terms.pause)
            return sign_in_page(request, entrance.terms, HTTPStatus.FORBIDDEN, form, failed=True)
        return await let_in(request, entrance, cookies, entered, form)

    return router
