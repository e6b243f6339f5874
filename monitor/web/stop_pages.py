"""`/enrol/stop`: where whoever did not ask for a recovery of their account stops it, by the link of
the mail that told them of it. Opening it stops nothing: programs open links of mails by themselves.
"""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.services.enrolment_keys import PATHS, Purpose
from monitor.services.recoveries import Recoveries
from monitor.web.forms import form_of
from monitor.web.rendering import render

STOP: Final = PATHS[Purpose.STOP]


def stop_pages(recoveries: Recoveries) -> APIRouter:
    """The pages, for everybody who has a key."""
    router = APIRouter(include_in_schema=False)

    @router.get(STOP)
    def ask(request: Request) -> Response:
        return _link_page(request)

    @router.post(STOP)
    async def take(request: Request) -> Response:
        form = await form_of(request)
        key, is_sure = form.get("key", "").strip(), form.get("do") == "stop"
        return await run_in_threadpool(_answer, request, recoveries, key, is_sure)

    return router


def _answer(request: Request, recoveries: Recoveries, key: str, is_sure: bool) -> Response:
    subscriber = recoveries.stoppable(key)
    if subscriber is None:
        return _link_page(request, HTTPStatus.NOT_FOUND)
    is_done = is_sure and recoveries.stop(key)
    return render(
        request, "subscriber/stop.html", key=key, account=subscriber.account, is_done=is_done
    )


def _link_page(request: Request, code: int = HTTPStatus.OK) -> Response:
    failed = code != HTTPStatus.OK
    return render(
        request, "subscriber/open_link.html", code, about="stop", path=STOP, failed=failed
    )
