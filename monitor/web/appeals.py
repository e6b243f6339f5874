"""`/appeal`: where whoever was acted on reads what was decided, and contests it; the key of their
notice opens it, and nothing else is needed."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from alerts.ladder import rung
from alerts.wording import said
from detectors.core.detector import Text
from monitor.services.appeal_links import LENGTH, PATH
from monitor.services.appeals import LONGEST, Appeals
from monitor.web.forms import form_of
from monitor.web.rendering import language_of, render

FORM: Final = 64 << 10
"""Bytes of a form: the longest text in whatever script, percent-encoded."""


def appeal_pages(appeals: Appeals) -> APIRouter:
    """The page, for everybody who has a key."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def ask(request: Request) -> Response:
        return _page(request)

    @router.post(PATH)
    async def take(request: Request) -> Response:
        form = await form_of(request, FORM)
        return await run_in_threadpool(_answer, request, appeals, form)

    return router


def _answer(request: Request, appeals: Appeals, form: dict[str, str]) -> Response:
    key, text = form.get("key", "").strip(), form.get("text", "")
    shown = appeals.read(key)
    if shown is None:
        return _page(request, HTTPStatus.FORBIDDEN, failed=True)
    if form.get("do") != "send" or shown.ticket is not None:
        return _page(request, shown=shown, key=key)
    try:
        number = appeals.send(key, text, language_of(request))
    except ValueError:
        code = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, code, shown=shown, key=key, text=text, incomplete=True)
    return _page(request, shown=shown, key=key, number=number)


def _page(request: Request, code: int = HTTPStatus.OK, **told: Any) -> Response:
    language = language_of(request)

    def say(text: Text) -> str:
        return said(text, language)

    values = {
        "shown": None,
        "key": "",
        "text": "",
        "number": None,
        "failed": False,
        "incomplete": False,
    }
    return render(
        request,
        "appeal.html",
        code,
        say=say,
        rung=rung,
        longest=LONGEST,
        length=LENGTH,
        **values | told,
    )
