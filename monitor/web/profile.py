"""`/profile`: a reviewer's own name, password, passkeys, codes and sessions."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from monitor.enrichment.device import Devices
from monitor.mfa.passwords import BusyError
from monitor.services.entrance import Entrance
from monitor.services.person import ReviewerError
from monitor.services.setup import SetupError
from monitor.store.sessions import SessionRow
from monitor.web.acting import actor_of, client_at
from monitor.web.door import Cookies, visit_of
from monitor.web.forms import WITH_PASSWORD, own_form
from monitor.web.rendering import language_of, render
from monitor.web.setup import BUSY, drawn

PATH = "/profile"


def profile_pages(entrance: Entrance, cookies: Cookies) -> APIRouter:
    """The pages of whoever is in as a reviewer."""
    router = APIRouter(include_in_schema=False)
    profiles = entrance.profiles

    @router.get(PATH)
    def own(request: Request) -> Response:
        return profile_page(request, entrance)

    @router.post(f"{PATH}/name")
    async def rename(request: Request) -> Response:
        form = await own_form(request)
        try:
            await run_in_threadpool(profiles.rename, actor_of(request), form.get("name", ""))
        except ReviewerError as error:
            return await run_in_threadpool(profile_page, request, entrance, error.text, 422)
        return RedirectResponse(PATH, 303)

    @router.post(f"{PATH}/password")
    async def password(request: Request) -> Response:
        form = await own_form(request, WITH_PASSWORD)
        chosen, repeated = form.get("password", ""), form.get("repeated", "")
        actor, visit, client = actor_of(request), visit_of(request), client_at(request)
        return await _changed(
            request,
            lambda: (profiles.set_password(actor, visit, chosen, repeated, client), []),
        )

    @router.get(f"{PATH}/second-factor")
    def second_factor(request: Request) -> Response:
        return _factor_page(request, entrance)

    @router.post(f"{PATH}/second-factor")
    async def confirm(request: Request) -> Response:
        form = await own_form(request)
        actor, visit, client = actor_of(request), visit_of(request), client_at(request)
        try:
            key, codes = await run_in_threadpool(
                profiles.confirm_second_factor, actor, visit, form.get("code", ""), client
            )
        except SetupError as error:
            return await run_in_threadpool(_factor_page, request, entrance, error.text, 422)
        except BusyError:
            return await run_in_threadpool(_factor_page, request, entrance, BUSY, 503)
        return admitted(request, cookies, key, codes)

    @router.post(f"{PATH}/codes")
    async def codes(request: Request) -> Response:
        await own_form(request)
        actor, visit, client = actor_of(request), visit_of(request), client_at(request)
        return await _changed(request, lambda: profiles.new_codes(actor, visit, client))

    @router.post(f"{PATH}/sign-out")
    async def sign_out(request: Request) -> Response:
        form = await own_form(request)
        session = form.get("session") or None
        await run_in_threadpool(profiles.sign_out, actor_of(request), visit_of(request), session)
        return RedirectResponse(PATH, 303)

    async def _changed(request: Request, change: Callable[[], tuple[str, list[str]]]) -> Response:
        try:
            key, codes = await run_in_threadpool(change)
        except SetupError as error:
            return await run_in_threadpool(profile_page, request, entrance, error.text, 422)
        except BusyError:
            return await run_in_threadpool(profile_page, request, entrance, BUSY, 503)
        return admitted(request, cookies, key, codes)

    return router


def sessions_view(rows: Iterable[SessionRow], own: str) -> list[dict[str, Any]]:
    """Sessions as pages show them; `own` is the one that asks."""
    shown = []
    for row in rows:
        device = _devices().read(row.user_agent)
        told = [part for part in (device.family, device.os) if part] if device else []
        shown.append(
            {
                "uid": row.uid,
                "device": " · ".join(told),
                "ip": row.ip,
                "method": row.method,
                "created": row.created,
                "last_seen": row.last_seen,
                "is_own": row.uid == own,
            }
        )
    return shown


@cache
def _devices() -> Devices:
    return Devices()


def profile_page(
    request: Request, entrance: Entrance, why: Text | None = None, code: int = 200
) -> Response:
    """All of it, with what was not taken and `why`."""
    actor = actor_of(request)
    profile, visit = entrance.profiles.get(actor), visit_of(request)
    return render(
        request,
        "profile.html",
        code,
        profile=profile,
        sessions=sessions_view(profile.sessions, visit.uid),
        minimum=entrance.setup.rule.minimum,
        provider=entrance.terms.provider,
        tie=entrance.federation.tie(actor),
        keys=entrance.passkeys.listed(actor),
        why=None if why is None else said(why, language_of(request)),
    )


def _factor_page(
    request: Request, entrance: Entrance, why: Text | None = None, code: int = 200
) -> Response:
    actor = actor_of(request)
    profile = entrance.profiles.get(actor)
    secret = entrance.profiles.new_second_factor(actor, visit_of(request))
    return render(
        request,
        "second_factor.html",
        code,
        why=None if why is None else said(why, language_of(request)),
        **drawn(secret, profile.email),
    )


def admitted(request: Request, cookies: Cookies, key: str, codes: list[str]) -> Response:
    """On, in a session whose key is a new one; new recovery codes are shown this once."""
    request.scope["state"]["session"] = key
    answer: Response = (
        render(request, "codes.html", codes=codes, first=False)
        if codes
        else RedirectResponse(PATH, 303)
    )
    cookies.admit(request, answer, key)
    return answer
