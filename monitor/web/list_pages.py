"""The pages of lists: one is sent, shown line by line, confirmed, and undone."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response, StreamingResponse

from alerts.wording import said
from monitor.directory.importing import ImportState, Missing, Outcome
from monitor.directory.refusal import DirectoryError
from monitor.services.imports import Imports
from monitor.services.refusal import StaleError, TakenError
from monitor.store.imports import StoredImport
from monitor.web.acting import actor_of
from monitor.web.directory import PATH
from monitor.web.forms import check_token, own_form
from monitor.web.lists import ATTACHED, CSV, number_of, outcomes_of, wish_of
from monitor.web.paging import window_of, write_place
from monitor.web.rendering import language_of, render
from monitor.web.upload import upload_of

_LAST: Final = 20


def list_pages(imports: Imports) -> APIRouter:
    """`/directory/import`, and a page for each list that was read."""
    router = APIRouter(include_in_schema=False)
    _add_sending(router, imports)
    _add_deciding(router, imports)
    return router


def _add_sending(router: APIRouter, imports: Imports) -> None:
    def asked(request: Request, code: int = 200, why: str = "", **form: str) -> Response:
        found = imports.all(actor_of(request), _LAST)
        values: dict[str, Any] = {"why": why, "form": form, "found": found, "missing": Missing}
        return render(request, "directory_import.html", code, **values)

    @router.get(f"{PATH}/import")
    def ask(request: Request) -> Response:
        return asked(request)

    @router.post(f"{PATH}/import")
    async def send(request: Request) -> Response:
        actor, sent = actor_of(request), await upload_of(request)
        with sent.file as file:
            check_token(request, sent.fields)
            wish = wish_of(sent.fields)
            try:
                made = await run_in_threadpool(imports.preview, actor, file, sent.name, wish)
            except DirectoryError as error:
                why = said(error.why, language_of(request))
                form = {"tenant": sent.fields.get("tenant", "")}
                return await run_in_threadpool(asked, request, 422, why, **form)
        return RedirectResponse(f"{PATH}/imports/{made.id}", 303)

    @router.get(f"{PATH}/export")
    async def export(request: Request) -> Response:
        tenant = request.query_params.get("tenant") or None
        separator = ";" if language_of(request) == "fr" else ","
        actor = actor_of(request)
        pieces = await run_in_threadpool(imports.export, actor, tenant, separator)
        return StreamingResponse(pieces, media_type=f"{CSV}; charset=utf-8", headers=ATTACHED)


def _add_deciding(router: APIRouter, imports: Imports) -> None:
    def shown(request: Request, number: str, code: int = 200, why: str = "") -> Response:
        actor, query = actor_of(request), request.query_params
        one = imports.get(actor, number_of(number))
        window = window_of(query, (int,))
        after = int(window.after[0]) if window.after else 0
        outcomes = outcomes_of(query)
        rows = imports.rows(actor, one.id, outcomes, after, window.limit)
        return render(
            request,
            "directory_preview.html",
            code,
            one=one,
            rows=rows,
            outcome=outcomes[0] if len(outcomes) == 1 else None,
            outcomes=Outcome,
            states=ImportState,
            more=write_place((rows[-1].number,)) if len(rows) == window.limit else "",
            language=language_of(request),
            why=why,
        )

    @router.get(f"{PATH}/imports/{{number}}")
    def one(request: Request, number: str) -> Response:
        return shown(request, number)

    @router.post(f"{PATH}/imports/{{number}}")
    async def decide(request: Request, number: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        deeds: dict[str, Callable[..., StoredImport]] = {
            "apply": imports.apply,
            "undo": imports.undo,
        }
        deed = deeds.get(form.get("do", ""), imports.discard)
        try:
            await run_in_threadpool(deed, actor, number_of(number))
        except (StaleError, TakenError) as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(shown, request, number, 409, why)
        return RedirectResponse(f"{PATH}/imports/{number_of(number)}", 303)
