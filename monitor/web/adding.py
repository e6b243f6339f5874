"""`/sources/new`: a source added in the browser: a log file handed in, a key to push by, or
settings to copy; and whether it has come."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from sqlalchemy import Engine as Database
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from monitor.assembly import open_trying
from monitor.formats.detection import AUTO
from monitor.services.adding import Adding, Wish
from monitor.services.api_keys import ApiKeys
from monitor.services.arrivals import Arrival, Arrivals
from monitor.services.handing_in import MAXIMUM_SENT, HandingInError
from monitor.services.refusal import NotThereError
from monitor.services.sources import Sources
from monitor.settings import Settings
from monitor.store.inbox import Inbox, durable
from monitor.web.acting import actor_of
from monitor.web.filters import read_count
from monitor.web.forms import check_token, own_form
from monitor.web.rendering import language_of, render
from monitor.web.snippets import senders
from monitor.web.snippets import settings as settings_to_copy
from monitor.web.sources import source_pages
from monitor.web.upload import upload_of

PATH: Final = "/sources/new"
FILE: Final = f"{PATH}/file"
_UID: Final = 32
_LONGEST: Final = 256


def adding_routes(
    engine: Database,
    sources: Sources,
    settings: Settings | None,
    address: str | None,
    now: Callable[[], int],
    pepper: bytes = b"",
) -> tuple[APIRouter, APIRouter]:
    """Everything of it over a database, and the pages of the sources themselves; `settings` are
    those by which lines are tried, None for the default ones, `pepper` keeps keys."""
    told = settings or Settings()
    taken = frozenset(source.name for source in told.all_sources)
    # Programs send again what met a writer; a person with a file waits until it has written.
    patient = durable(engine.url)
    inbox, keys = Inbox(patient), ApiKeys(patient, now, pepper)
    adding = Adding(engine, inbox, keys, lambda: open_trying(told), taken, now)
    arrivals = Arrivals(engine, sources, now)
    return adding_pages(adding, arrivals, address), source_pages(sources, adding)


def adding_pages(adding: Adding, arrivals: Arrivals, address: str | None = None) -> APIRouter:
    """`/sources/new` and what is below it. `address` is where senders find the console, None for
    where its page was found."""
    router = APIRouter(include_in_schema=False)
    _add_ways(router, adding, arrivals, address)
    _add_files(router, adding, arrivals)
    _add_arrivals(router, arrivals)
    return router


def _add_ways(router: APIRouter, adding: Adding, arrivals: Arrivals, address: str | None) -> None:
    @router.get(PATH)
    def ways(request: Request) -> Response:
        return _ways(request, adding, arrivals)

    @router.get(f"{PATH}/came")
    def came(request: Request) -> Response:
        """Sources of the settings that have come since a page was opened."""
        known = read_count(request.query_params, "known")
        _, names = arrivals.newest(actor_of(request), known)
        return render(request, "source_came.html", known=known, came=names)

    @router.post(f"{PATH}/push")
    async def push(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        wish = _wish(form)
        try:
            name, key = await run_in_threadpool(adding.push, actor, wish)
        except HandingInError as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(_ways, request, adding, arrivals, why, wish, 422)
        site = address or str(request.base_url)
        shown = await run_in_threadpool(arrivals.arrival, actor, name, language_of(request))
        # Shown in the answer itself: nothing that could be opened again may have the key.
        return render(
            request, "source_push.html", key=key, one=shown, snippets=senders(site, name, key)
        )

    @router.post(f"{PATH}/remove")
    async def remove(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        # Whoever asks twice has what they wanted.
        with suppress(NotThereError):
            await run_in_threadpool(adding.remove, actor, form.get("name", "")[:_LONGEST])
        return RedirectResponse("/sources", 303)


def _add_files(router: APIRouter, adding: Adding, arrivals: Arrivals) -> None:
    @router.post(FILE)
    async def send(request: Request) -> Response:
        # Whoever may not is told before anything is sent.
        actor = actor_of(request)
        await run_in_threadpool(adding.formats, actor)
        try:
            sent = await upload_of(request, MAXIMUM_SENT)
        except HTTPException as error:
            if error.status_code != 413:
                raise
            return await run_in_threadpool(
                _ways, request, adding, arrivals, _too_large(request), None, 413
            )
        with sent.file as file:
            check_token(request, sent.fields)
            try:
                uid = await run_in_threadpool(adding.stage, actor, file, sent.name)
            except HandingInError as error:
                why = said(error.text, language_of(request))
                return await run_in_threadpool(_ways, request, adding, arrivals, why, None, 422)
        return RedirectResponse(f"{FILE}/{uid}", 303)

    @router.get(f"{FILE}/{{uid}}")
    def look(request: Request, uid: str) -> Response:
        return _staged(request, adding, uid, _wish(request.query_params))

    @router.post(f"{FILE}/{{uid}}")
    async def decide(request: Request, uid: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        wish = _wish(form)
        if form.get("do") == "discard":
            await run_in_threadpool(adding.discard, actor, uid[:_UID])
            return RedirectResponse(PATH, 303)
        if form.get("do") == "look":
            told = {name: getattr(wish, name) for name in Wish.__struct_fields__}
            return RedirectResponse(f"{FILE}/{uid[:_UID]}?{urlencode(told)}", 303)
        try:
            name = await run_in_threadpool(adding.take, actor, uid[:_UID], wish)
        except HandingInError as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(_staged, request, adding, uid, wish, why, 422)
        return RedirectResponse(f"{PATH}/of/{quote(name)}", 303)


def _add_arrivals(router: APIRouter, arrivals: Arrivals) -> None:
    def found(request: Request, name: str) -> Arrival:
        return arrivals.arrival(actor_of(request), name[:_LONGEST], language_of(request))

    @router.get(f"{PATH}/of/{{name}}")
    def one(request: Request, name: str) -> Response:
        return render(request, "source_begins.html", one=found(request, name))

    @router.get(f"{PATH}/arrival/{{name}}")
    def arrival(request: Request, name: str) -> Response:
        return render(request, "source_arrival.html", one=found(request, name))


def _ways(
    request: Request,
    adding: Adding,
    arrivals: Arrivals,
    why: str = "",
    wish: Wish | None = None,
    code: int = 200,
) -> Response:
    values: dict[str, Any] = {
        "why": why,
        "wish": wish or Wish(),
        "formats": adding.formats(actor_of(request)),
        "snippets": settings_to_copy(),
        "most": MAXIMUM_SENT >> 20,
        "known": arrivals.newest(actor_of(request), None)[0],
        "came": [],
    }
    return render(request, "source_new.html", code, **values)


def _staged(
    request: Request, adding: Adding, uid: str, wish: Wish, why: str = "", code: int = 200
) -> Response:
    actor, language = actor_of(request), language_of(request)
    try:
        one = adding.staged(actor, uid[:_UID], wish, language)
    except HandingInError as error:
        why, code = said(error.text, language), 422
        one = adding.staged(actor, uid[:_UID], Wish(name=wish.name), language)
        wish = Wish(name=wish.name)
    formats = adding.formats(actor)
    return render(request, "source_file.html", code, one=one, wish=wish, formats=formats, why=why)


def _wish(form: Any) -> Wish:
    """How a source is to be read, as a form or a query says it."""
    return Wish(
        name=form.get("name", "").strip()[:_LONGEST],
        format=form.get("format", "")[:_LONGEST] or AUTO,
        zone=form.get("zone", "").strip()[:64] or "UTC",
        tenant=form.get("tenant", "").strip()[:_LONGEST],
    )


def _too_large(request: Request) -> str:
    size = MAXIMUM_SENT >> 20
    if language_of(request) == "fr":
        return (
            f"Le fichier dépasse {size}\u00a0Mio. Compressez-le (gzip, zstd), découpez-le, ou "
            "faites-le lire là où il se trouve, comme source de la configuration."
        )
    return (
        f"The file is larger than {size} MiB. Pack it (gzip, zstd), cut it in parts, or have it "
        "read where it lies, as a source of the settings."
    )
