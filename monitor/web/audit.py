"""The audit: the page where it is read and proved, and the same for programs."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from detectors.core.event import DAY
from monitor.chain.file import Signed, written
from monitor.chain.wording import SENTENCES
from monitor.services.actor import Actor
from monitor.services.audit import Audit, Proof
from monitor.services.audit_proof import ProvedAlreadyError, proved, proved_on_the_way
from monitor.services.authority import Operation, permits
from monitor.services.review import plain
from monitor.store.trail import Filter
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED, READ
from monitor.web.filters import BadQueryError
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of, render

SHOWN: Final = 50
"""Entries of one page."""
LONGEST: Final = 256
"""Characters of what is looked for."""
MEDIA_TYPE: Final = "application/x-ndjson"
_TEXTS: Final = ("actor", "operation", "subject", "tenant")
_LATEST: Final = 1 << 53
_LINE: Final = re.compile(
    r"[^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*"
)
"""What is looked for holds nothing that cannot be seen and changes how the rest is shown."""
_FILTERS: Final[list[dict[str, Any]]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
    for name, description, schema in (
        *(
            (name, told, {"type": "string", "maxLength": LONGEST, "pattern": f"^{_LINE.pattern}$"})
            for name, told in (
                ("actor", "Done by this one, as `reviewer:7`."),
                ("operation", "What was done, as `keys:write`."),
                ("subject", "Done to this, as `key:crm`."),
                ("tenant", "Done in this tenant."),
            )
        ),
        *(
            (name, told, {"type": "integer", "minimum": 0, "maximum": _LATEST})
            for name, told in (
                ("since", "Done from this time on, ms since 1970 UTC."),
                ("until", "Done before this time, ms since 1970 UTC."),
            )
        ),
    )
]


class FaultView(Struct, frozen=True, kw_only=True):
    """What is wrong: the kind, at which entry, and in words."""

    wrong: str
    number: int
    said: str


class ProofView(Struct, frozen=True, kw_only=True):
    """What came of proving the audit. `faults` are the first of all `count`; `held` to so many
    places signed outside, the last one of which is `latest`. Times in ms since 1970 UTC, bytes in
    hexadecimal."""

    whole: bool
    time: int
    entries: int
    first: int
    head: int
    digest: str
    erased: int
    count: int
    faults: list[FaultView]
    held: int
    former: int
    latest: Signed | None
    lost: list[tuple[int, int]]
    signer: str


def audit_routes(audit: Audit) -> APIRouter:
    """The page and the API."""
    router = APIRouter()
    join(router, audit_pages(audit))
    join(router, audit_api(audit))
    return router


def audit_pages(audit: Audit) -> APIRouter:
    """`/audit`: the newest entries, and what proves them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/audit")
    def entries(request: Request) -> Response:
        return _listed(request, audit)

    @router.post("/audit/verify")
    async def verify(request: Request) -> Response:
        await own_form(request)
        actor = actor_of(request)
        if request.headers.get("accept") == MEDIA_TYPE:
            lines = await run_in_threadpool(_told_on_the_way, request, audit, actor)
            headers = {"cache-control": "no-store"}
            return StreamingResponse(lines, 200, headers, MEDIA_TYPE)
        proof = await run_in_threadpool(_proved, audit, actor)
        return await run_in_threadpool(_listed, request, audit, proof=proof)

    @router.post("/audit/export")
    async def export(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        return await run_in_threadpool(_exported, audit, actor, form.get("contents") != "no")

    return router


def audit_api(audit: Audit) -> APIRouter:
    """What the page shows, for programs."""
    router = APIRouter(prefix="/api/v1/audit", tags=["audit"], responses=READ)

    @router.get("", openapi_extra={"parameters": [*_FILTERS, *PARAMETERS]})
    def entries(request: Request) -> JSONResponse:
        """Entries, the newest first."""
        query = request.query_params
        window = window_of(query, (int,))
        before = _number(window.after[0]) if window.after else None
        found = audit.page(actor_of(request), _wanted(query), before, window.limit + 1)
        shown = found[: window.limit]
        return page(shown, (shown[-1].number,) if len(found) > window.limit else None)

    @router.get("/head")
    def head(request: Request) -> JSONResponse:
        """The signed head: whoever keeps it can show later that the audit was shortened."""
        return JSONResponse(plain(written(audit.head(actor_of(request)))))

    @router.post("/verify", responses={**CHANGED})
    def verify(request: Request) -> JSONResponse:
        """Prove all entries, one after the other; a million take about a minute."""
        return JSONResponse(plain(view_of(_proved(audit, actor_of(request)), "en")))

    @router.post(
        "/export",
        response_class=StreamingResponse,
        responses={
            **CHANGED,
            200: {"description": "The file.", "content": {MEDIA_TYPE: {"schema": {}}}},
        },
    )
    def export(request: Request) -> Response:
        """The whole audit as a file that proves itself, by a reviewer who may."""
        return _exported(audit, actor_of(request), contents=True)

    return router


def view_of(proof: Proof, language: str) -> ProofView:
    """What came of a proof, as it is shown."""
    verdict = proof.verdict
    sentences = {w: text.fr if language == "fr" else text.en for w, text in SENTENCES.items()}
    return ProofView(
        whole=verdict.is_whole,
        time=proof.time,
        entries=verdict.entries,
        first=verdict.first,
        head=verdict.head.number,
        digest=verdict.head.digest.hex(),
        erased=verdict.erased,
        count=verdict.count,
        faults=[
            FaultView(wrong=fault.wrong.value, number=fault.number, said=sentences[fault.wrong])
            for fault in verdict.faults
        ],
        held=verdict.held,
        former=verdict.former,
        latest=None if verdict.latest is None else written(verdict.latest),
        lost=verdict.lost,
        signer=proof.signer.hex(),
    )


def _listed(request: Request, audit: Audit, *, proof: Proof | None = None) -> Response:
    query, actor = request.query_params, actor_of(request)
    before = _number(query["before"]) if query.get("before") else None
    found = audit.page(actor, _wanted_by_day(query), before, SHOWN + 1)
    wanted = {name: query.get(name, "") for name in (*_TEXTS, "since", "until")}
    return render(
        request,
        "audit.html",
        entries=found[:SHOWN],
        older=found[SHOWN - 1].number if len(found) > SHOWN else None,
        is_first=before is None,
        wanted=wanted,
        query={name: value for name, value in wanted.items() if value},
        proof=None if proof is None else view_of(proof, language_of(request)),
        may_export=permits(actor, Operation.AUDIT_EXPORT),
        written=lambda content: json.dumps(content, ensure_ascii=False, indent=1),
    )


def _proved(audit: Audit, actor: Actor) -> Proof:
    try:
        return proved(audit, actor)
    except ProvedAlreadyError as error:
        raise Problem(Kind.CONFLICT, str(error)) from error


def _told_on_the_way(request: Request, audit: Audit, actor: Actor) -> Iterator[bytes]:
    """Lines of JSON, how far the proof is, and at last what came of it as a part of the page."""

    def shown(proof: Proof) -> str:
        view = view_of(proof, language_of(request))
        return bytes(render(request, "audit_proof.html", proof=view).body).decode()

    try:
        steps = proved_on_the_way(audit, actor)
    except ProvedAlreadyError as error:
        raise Problem(Kind.CONFLICT, str(error)) from error
    return (
        json.dumps(
            {"looked": one.looked, "of": one.of}
            | ({} if one.proof is None else {"shown": shown(one.proof)})
        ).encode()
        + b"\n"
        for one in steps
    )


def _exported(audit: Audit, actor: Actor, contents: bool) -> Response:
    name = "vigie-audit.ndjson"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(audit.export(actor, contents=contents), 200, headers, MEDIA_TYPE)


def _wanted(query: Mapping[str, str]) -> Filter:
    """The filter that a query asks for. Raises BadQueryError."""
    return Filter(**_texts(query), since=_time(query, "since"), until=_time(query, "until"))


def _wanted_by_day(query: Mapping[str, str]) -> Filter:
    """The same of the page, whose times are days in UTC, the last one included."""
    since, until = _day(query, "since"), _day(query, "until")
    return Filter(**_texts(query), since=since, until=None if until is None else until + DAY)


def _texts(query: Mapping[str, str]) -> dict[str, str]:
    found = {name: query.get(name, "") for name in _TEXTS}
    for name, text in found.items():
        if len(text) > LONGEST or not _LINE.fullmatch(text):
            raise BadQueryError(name)
    return {name: text.strip() for name, text in found.items() if text.strip()}


def _time(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= _LATEST):
        raise BadQueryError(name)
    return int(text)


def _day(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadQueryError(name) from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000


def _number(text: str | int) -> int:
    told = str(text)
    if not (told.isascii() and told.isdigit() and len(told) <= 18):
        raise BadQueryError("before")
    return int(told)
