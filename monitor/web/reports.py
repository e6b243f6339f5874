"""Reports (AUP, article 10): the page for everybody, a program's address, and signed messages."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.wording import said
from monitor.services.reports import Heard, Report, Reports
from monitor.web.acting import actor_of
from monitor.web.client import client_of
from monitor.web.description import CHANGED
from monitor.web.editing import body, body_of
from monitor.web.forms import form_of
from monitor.web.intake import FORM
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of, render

PAGE: Final = "/report"
THANKS: Final = "/report/thanks"
MESSAGE: Final = "/webhooks/reports"
TRAP: Final = "website"
"""A field that people do not see, and programs that fill in any form fill in."""
PAUSE_S = 0.3
"""No answer to a form comes sooner: what it took to look into it cannot be measured."""
LONGEST: Final = 32 << 10
"""Bytes of a form: the longest text in whatever script, percent-encoded."""
LONGEST_ID: Final = 256
_FIELDS: Final = ("account", "organisation", "text", "contact")
_CODES: Final = {Heard.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS}
_REFERENCE: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "What tells this report from others: within a day the same one again "
            "comes to nothing.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]*$"},
        }
    ]
}


def report_pages(reports: Reports) -> APIRouter:
    """`/report`: a form for everybody, in French and English."""
    router = APIRouter(include_in_schema=False)

    @router.get(PAGE)
    def ask(request: Request) -> Response:
        return _form(request, reports, {}, None)

    @router.post(PAGE)
    async def take(request: Request) -> Response:
        loop = asyncio.get_running_loop()
        until = loop.time() + PAUSE_S
        form = await form_of(request, LONGEST)
        heard = await run_in_threadpool(_heard, reports, form, client_of(request))
        await asyncio.sleep(max(0.0, until - loop.time()))
        if heard is Heard.TAKEN:
            return RedirectResponse(THANKS, HTTPStatus.SEE_OTHER)
        return await run_in_threadpool(_form, request, reports, form, heard)

    @router.get(THANKS)
    def thanks(request: Request) -> Response:
        return render(request, "report_thanks.html")

    return router


def report_api(reports: Reports) -> APIRouter:
    """What programs pass on, by a key for it."""
    router = APIRouter(prefix="/api/v1", tags=["reports"], responses=CHANGED)

    @router.post("/reports", status_code=202, openapi_extra=body(Report) | _REFERENCE)
    async def take(request: Request) -> JSONResponse:
        """Pass on what somebody reports: it becomes a ticket. The answer says nothing of whether
        there is such an account."""
        actor, told = actor_of(request), await body_of(request, Report)
        reference = request.headers.get("idempotency-key")
        if reference is not None and not 0 < len(reference) <= 128:
            raise Problem(Kind.BODY_UNFIT, "Idempotency-Key has 1 to 128 characters.")
        await run_in_threadpool(reports.by_program, actor, told, reference)
        return JSONResponse({"status": "taken"}, HTTPStatus.ACCEPTED)

    return router


def report_messages(reports: Reports, secret: str) -> APIRouter:
    """Messages that are signed with a secret we share (Standard Webhooks), as of a support desk or
    of what receives mail to an address for reports."""
    router = APIRouter(include_in_schema=False)
    signed = Webhook(secret)

    @router.post(MESSAGE)
    async def take(request: Request) -> Response:
        sent = await _body(request)
        identifier = request.headers.get("webhook-id", "")
        try:
            signed.verify(sent, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            raise Problem(Kind.SIGNATURE_WRONG, "Sign it as Standard Webhooks have it.") from error
        if len(identifier) > LONGEST_ID:
            raise Problem(Kind.BODY_UNFIT, f"webhook-id has at most {LONGEST_ID} characters.")
        report = report_in(sent)
        await run_in_threadpool(reports.by_message, report, identifier)
        return JSONResponse({"status": "taken"}, HTTPStatus.ACCEPTED)

    return router


def report_in(sent: bytes) -> Report:
    """The report in a message's JSON: its fields, alone or as `data`; of a mail that somebody
    received for us, `from`, `subject` and `text`. Raises Problem."""
    try:
        told = msgspec.json.decode(sent, type=dict[str, Any])
        data = told.get("data", told)
        is_mail = isinstance(data, dict) and not data.keys().isdisjoint(("from", "subject"))
        return msgspec.convert(_of_mail(data) if is_mail else data, Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(Kind.BODY_UNFIT, f"The message does not fit: {error}.") from None


def _of_mail(data: Mapping[str, Any]) -> dict[str, str]:
    told = {name: value for name, value in data.items() if isinstance(value, str)}
    text = "\n\n".join(told[name] for name in ("subject", "text") if told.get(name))
    found = {"text": text.replace("\0", "")[:4_000], "contact": _line(told.get("from", ""))}
    return found | {name: _line(told[name]) for name in ("account", "organisation") if name in told}


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:256]


def _heard(reports: Reports, form: Mapping[str, str], ip: str) -> Heard | None:
    """None where something is missing or too long."""
    told = {name: form.get(name, "").strip() for name in _FIELDS}
    told["text"] = told["text"].replace("\r\n", "\n")
    try:
        report = msgspec.convert(told, Report)
    except msgspec.ValidationError:
        return None
    given = (form.get("question", ""), form.get("answer", ""), form.get(TRAP, ""))
    return reports.by_form(report, *given, ip)


def _form(
    request: Request, reports: Reports, form: Mapping[str, str], heard: Heard | None
) -> Response:
    riddle, language = reports.riddle(), language_of(request)
    code = _CODES.get(heard, HTTPStatus.UNPROCESSABLE_ENTITY) if form and heard else HTTPStatus.OK
    page = render(
        request,
        "report.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if form and heard is None else code,
        told={name: form.get(name, "") for name in _FIELDS},
        question=riddle.token,
        one=said(riddle.one, language),
        other=said(riddle.other, language),
        heard=heard.value if heard else ("incomplete" if form else ""),
        trap=TRAP,
    )
    if heard is Heard.TOO_MANY:
        page.headers["retry-after"] = "600"
    return page


async def _body(request: Request) -> bytes:
    sent = bytearray()
    async for part in request.stream():
        sent += part
        if len(sent) > FORM:
            raise Problem(Kind.BODY_TOO_LARGE, f"At most {FORM >> 10} KiB.")
    return bytes(sent)
