"""Lists of accounts for programs: sent, looked at, taken over, undone, and written out."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse

from monitor.directory.importing import Missing, Outcome
from monitor.directory.sheet.reading import MOST_ROWS, Reading
from monitor.services.imports import Imports, Wish
from monitor.services.refusal import NotThereError
from monitor.store.imports import StoredImport, StoredRow
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.directory import asked, told
from monitor.web.filters import TENANT_SCHEMA, BadQueryError, choice, read_tenant
from monitor.web.intake import FILE
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.upload import body_file

CSV: Final = "text/csv"
_TYPES: Final = (CSV, "application/csv", "text/plain", "application/octet-stream")
_MOST_NUMBER: Final = 10**9


def list_api(imports: Imports) -> APIRouter:
    """Imports with their previews, and the export."""
    router = APIRouter(prefix="/api/v1/directory", tags=["directory"], responses=CHANGED)
    _add_reading(router, imports)
    _add_deciding(router, imports)
    return router


def _add_reading(router: APIRouter, imports: Imports) -> None:
    @router.post("/import", status_code=201, openapi_extra=_SENT)
    async def preview(request: Request) -> JSONResponse:
        """Send a list of accounts (CSV) and see what it would change. Nothing is changed before
        the import that is answered is applied; after a day it is forgotten."""
        actor, wish = actor_of(request), wish_of(request.query_params)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _TYPES:
            raise Problem(Kind.TYPE_UNKNOWN, f"Send the list with Content-Type: {CSV}.")
        name = request.query_params.get("file", "list.csv")
        with await body_file(request) as file:
            made = await asked(imports.preview, actor, file, name, wish)
        return JSONResponse(import_view(made), 201)

    @router.get("/imports")
    def every(request: Request) -> JSONResponse:
        """The last imports, the last first."""
        found = imports.all(actor_of(request), 50)
        return JSONResponse({"items": [import_view(one) for one in found], "next": None})

    @router.get("/imports/{number}")
    def one(request: Request, number: str) -> JSONResponse:
        """One import: how the list was read, and how many lines came to what."""
        return JSONResponse(import_view(imports.get(actor_of(request), number_of(number))))

    @router.get("/imports/{number}/rows", openapi_extra={"parameters": [*PARAMETERS, _OUTCOME]})
    def rows(request: Request, number: str) -> JSONResponse:
        """What lines come to, in the list's order; accounts that it does not name come last."""
        window = window_of(request.query_params, (int,))
        after = int(window.after[0]) if window.after else 0
        outcomes = outcomes_of(request.query_params)
        actor, limit = actor_of(request), window.limit
        found = imports.rows(actor, number_of(number), outcomes, after, limit)
        following = (found[-1].number,) if len(found) == limit else None
        return page([row_view(one) for one in found], following)

    @router.get("/export", response_class=StreamingResponse, openapi_extra=_EXPORTED)
    async def export(request: Request) -> StreamingResponse:
        """The accounts as CSV that `import` reads back, and no spreadsheet takes for formulas."""
        tenant = read_tenant(request.query_params)
        pieces = await run_in_threadpool(imports.export, actor_of(request), tenant)
        return StreamingResponse(pieces, media_type=f"{CSV}; charset=utf-8", headers=ATTACHED)


def _add_deciding(router: APIRouter, imports: Imports) -> None:
    @router.post("/imports/{number}/apply")
    def apply(request: Request, number: str) -> JSONResponse:
        """Take an import over as it was shown, all of it or nothing."""
        made = told(imports.apply, actor_of(request), number_of(number))
        return JSONResponse(import_view(made))

    @router.post("/imports/{number}/undo")
    def undo(request: Request, number: str) -> JSONResponse:
        """Put back what an import changed, but for accounts that were changed since."""
        made = told(imports.undo, actor_of(request), number_of(number))
        return JSONResponse(import_view(made))

    @router.delete("/imports/{number}")
    def discard(request: Request, number: str) -> JSONResponse:
        """Forget a preview."""
        made = told(imports.discard, actor_of(request), number_of(number))
        return JSONResponse(import_view(made))


def wish_of(query: Mapping[str, str]) -> Wish:
    """How a list is to be taken, as a query or a form says it. Raises BadQueryError."""
    at_most = query.get("missing_at_most", "")
    if at_most and not (at_most.isascii() and at_most.isdigit() and len(at_most) <= 9):
        raise BadQueryError("missing_at_most")
    missing = query.get("missing", "")
    if missing not in ("", *(one.value for one in Missing)):
        raise BadQueryError("missing")
    reading = Reading(
        tenant=(read_tenant(query) or "").strip() or None,
        mapping=_mapping(query.get("columns", "")),
        month_first=_flag(query, "month_first"),
        clears=_flag(query, "clear"),
    )
    wanted = Missing(missing) if missing else Missing.KEEP
    return Wish(reading=reading, missing=wanted, missing_at_most=int(at_most) if at_most else None)


def number_of(text: str) -> int:
    """The number in an address. Raises NotThereError for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise NotThereError("there is no such import")
    return int(text)


def outcomes_of(query: Mapping[str, str]) -> tuple[Outcome, ...]:
    """The outcomes that are asked for, all of them where none is said. Raises BadQueryError."""
    text = query.get("outcome", "")
    if not text:
        return tuple(Outcome)
    try:
        return (Outcome(text),)
    except ValueError:
        raise BadQueryError("outcome") from None


def import_view(one: StoredImport) -> dict[str, Any]:
    """An import as it is told."""
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(one.told))
    kept = {"id": one.id, "tenant": one.tenant, "state": one.state.value}
    return kept | {"created": one.created, "decided": one.decided} | plain


def row_view(one: StoredRow) -> dict[str, Any]:
    """What one line comes to, as it is told."""
    row = one.row
    return {
        "outcome": one.outcome.value,
        "line": row.line or None,
        "tenant": one.tenant,
        "uid": row.uid,
        "changes": [msgspec.structs.asdict(change) for change in row.changes],
        "held": [msgspec.structs.asdict(change) for change in row.held],
        "why": None if row.why is None else msgspec.to_builtins(row.why),
    }


ATTACHED: Final = {"content-disposition": 'attachment; filename="accounts.csv"'}


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "")
    if text not in ("", "yes", "no"):
        raise BadQueryError(name)
    return text == "yes"


def _mapping(text: str) -> dict[str, str]:
    """Field by heading, of lines or parts such as `Matricule=uid`. Raises BadQueryError."""
    found: dict[str, str] = {}
    for part in text.replace("\r", "\n").replace(";", "\n").split("\n"):
        if not part.strip():
            continue
        heading, sign, field = part.rpartition("=")
        if not sign or not heading.strip():
            raise BadQueryError("columns")
        found[heading.strip()] = field.strip()
    return found


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


_TENANT: Final = _parameter("tenant", "Of all lines; else a column names it.", TENANT_SCHEMA)
_OUTCOME: Final = _parameter(
    "outcome", "Only lines that came to this.", choice(one.value for one in Outcome)
)
_YES: Final = choice(("yes", "no"))
_SENT: Final[dict[str, Any]] = {
    "parameters": [
        _TENANT,
        _parameter("file", "What the list is called.", {"type": "string", "maxLength": 200}),
        _parameter(
            "columns",
            "What columns mean, such as `Matricule=uid;Statut=`.",
            {"type": "string", "maxLength": 400, "pattern": "^([A-Za-z]+=[a-z]*;)*$"},
        ),
        _parameter("month_first", "Days are written 12/31/2027.", _YES),
        _parameter("clear", "An empty cell takes away what was there.", _YES),
        _parameter(
            "missing",
            "What becomes of accounts that the list does not name.",
            choice(one.value for one in Missing),
        ),
        _parameter(
            "missing_at_most",
            "How many of those may go, where they are more than a tenth.",
            {"type": "integer", "minimum": 0, "maximum": _MOST_NUMBER - 1},
        ),
    ],
    "requestBody": {
        "required": True,
        "description": f"CSV with a line of headings, of any encoding and separator; up to "
        f"{FILE >> 20} MiB and {MOST_ROWS:,} lines.",
        "content": {CSV: {"schema": {"type": "string"}}},
    },
}
_EXPORTED: Final[dict[str, Any]] = {
    "parameters": [_parameter("tenant", "Only of this tenant, by its uid.", TENANT_SCHEMA)],
    "responses": {
        "200": {"description": "The list.", "content": {CSV: {"schema": {"type": "string"}}}}
    },
}
