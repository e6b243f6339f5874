"""Proving again who one is, by password and code or by a passkey, and going on with what was
interrupted by it."""

import asyncio
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.mfa.passwords import BusyError
from monitor.services.entrance import Entrance
from monitor.services.standing import owner_of
from monitor.web.acting import client_at
from monitor.web.door import (
    CONFIRM,
    LONGEST,
    Cookies,
    confirm_page,
    going_on,
    local_path,
    reviewer_of,
    until,
)
from monitor.web.forms import own_form
from monitor.web.passkeys import WITH_PASSKEY, offered, shown_in


def confirmation(entrance: Entrance, cookies: Cookies) -> APIRouter:
    """Proving again who one is, and going on with what was interrupted by it."""
    router = APIRouter(include_in_schema=False)

    @router.get(CONFIRM)
    def ask(request: Request) -> Response:
        reviewer_of(request)
        return confirm_page(request, then=local_path(request.query_params.get("next", "")))

    @router.post(CONFIRM)
    async def confirm(request: Request) -> Response:
        began = asyncio.get_running_loop().time()
        form = await own_form(request, LONGEST)
        visit = reviewer_of(request)
        told: dict[str, Any] = {
            "held": form.get("held", ""),
            "then": local_path(form.get("next", "")),
        }
        password, code = form.get("password", ""), form.get("code", "")
        try:
            key = await run_in_threadpool(
                entrance.sign_in.confirm, visit, password, code, client_at(request)
            )
        except BusyError:
            return confirm_page(request, 503, busy=True, **told)
        if key is None:
            await until(began + entrance.terms.pause)
            return confirm_page(request, HTTPStatus.FORBIDDEN, failed=True, **told)
        return _confirmed(request, entrance, cookies, key, told["held"], told["then"])

    @router.post(f"{CONFIRM}/passkey/offer")
    async def of_one(request: Request) -> Response:
        await own_form(request)
        owner = owner_of(reviewer_of(request).reviewer or "")
        return await run_in_threadpool(offered, lambda: entrance.factors.ask_passkey(owner))

    @router.post(f"{CONFIRM}/passkey")
    async def by_passkey(request: Request) -> Response:
        began = asyncio.get_running_loop().time()
        form = await own_form(request, LONGEST + WITH_PASSKEY)
        visit, client, shown = reviewer_of(request), client_at(request), shown_in(form)
        held, then = form.get("held", ""), local_path(form.get("next", ""))
        sign_in = entrance.sign_in
        key = await run_in_threadpool(sign_in.confirm_by_passkey, visit, shown, client)
        if key is None:
            await until(began + entrance.terms.pause)
            return confirm_page(request, HTTPStatus.FORBIDDEN, failed=True, held=held, then=then)
        return _confirmed(request, entrance, cookies, key, held, then)

    return router


def _confirmed(
    request: Request, entrance: Entrance, cookies: Cookies, key: str, kept: str, then: str
) -> Response:
    """On with what was interrupted."""
    held = entrance.interruptions.open(reviewer_of(request).reviewer or "", kept)
    answer = going_on(request, key, held, then)
    cookies.admit(request, answer, key)
    return answer
