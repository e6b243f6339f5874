"""The desk for what people ask for by law, the register of processing, and what is kept."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.protection.processing import Facts
from monitor.protection.register import markdown, parts
from monitor.retention.periods import Periods
from monitor.services.access import Access, Archive
from monitor.services.actor import Actor
from monitor.services.keeping import COUNTED, Keeping
from monitor.services.looks import Looks
from monitor.services.protection import Protection, ProtectionError
from monitor.services.refusal import NotThereError
from monitor.services.register import Registry
from monitor.services.review import plain
from monitor.store.erasures import Erasure
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED, READ
from monitor.web.editing import body, body_of
from monitor.web.forms import own_form
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of, render

_PIECE: Final = 1 << 16
_IN_MEMORY: Final = 1 << 20
"""Bytes of a copy that stay in memory; the rest is in a file without a name."""
_MOST_NUMBER: Final = 10**9


class Desk(Struct, frozen=True):
    """The services behind the pages."""

    protection: Protection
    access: Access
    looks: Looks


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """An account, and why it is asked for."""

    tenant: str
    account: str
    reason: str


class Leaving(Struct, frozen=True, forbid_unknown_fields=True):
    """An account that is to be erased; `keeps`: standing incidents stay, under a pseudonym."""

    tenant: str
    account: str
    reason: str
    keeps: bool = True


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """An account."""

    tenant: str
    account: str
    keeps: bool = True


class Released(Struct, frozen=True, forbid_unknown_fields=True):
    """A restriction that is to end, and why."""

    number: int
    reason: str


class Decided(Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided on an objection."""

    number: int
    upheld: bool
    decision: str


def protection_pages(desk: Desk) -> APIRouter:
    """`/people`: who asks for what, what is there of them, and what is done about it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/people")
    def people(request: Request) -> Response:
        return _people(request, desk, "", "")

    @router.post("/people/find")
    async def find(request: Request) -> Response:
        # By a form, as what somebody is called belongs in no address.
        form = await own_form(request)
        return await run_in_threadpool(_people, request, desk, *_named(form))

    def route(path: str, do: Callable[[Actor, dict[str, str]], object]) -> None:
        @router.post(path)
        async def act(request: Request) -> Response:
            form, actor = await own_form(request), actor_of(request)
            try:
                await run_in_threadpool(do, actor, form)
            except ProtectionError as error:
                named = form.get("tenant", ""), form.get("account", "")
                return await run_in_threadpool(_people, request, desk, *named, error.text, 409)
            return RedirectResponse("/people", 303)

    protection = desk.protection
    route(
        "/people/erase",
        lambda actor, form: protection.erase(
            actor, *_named(form), form.get("reason", ""), keeps="everything" not in form
        ),
    )
    route(
        "/people/restrict",
        lambda actor, form: protection.restrict(actor, *_named(form), form.get("reason", "")),
    )
    route(
        "/people/release",
        lambda actor, form: protection.release(actor, _number(form), form.get("reason", "")),
    )
    route(
        "/people/object",
        lambda actor, form: protection.object_to(actor, *_named(form), form.get("reason", "")),
    )
    route(
        "/people/decide",
        lambda actor, form: protection.decide(
            actor, _number(form), upheld="upheld" in form, decision=form.get("reason", "")
        ),
    )

    @router.post("/people/copy")
    async def copy(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        asked = (*_named(form), form.get("reason", ""), language_of(request))
        try:
            return await run_in_threadpool(copy_of, desk.access, actor, *asked)
        except ProtectionError as error:
            return await run_in_threadpool(_people, request, desk, *asked[:2], error.text, 409)

    return router


def register_pages(registry: Registry, keeping: Keeping) -> APIRouter:
    """`/register` and `/keeping`: what is done with personal data, and what there is of it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/register")
    def register(request: Request) -> Response:
        made = registry.read(actor_of(request))
        language = language_of(request)
        entries = [
            (said(entry.name, language), [(said(h, language), t) for h, t in parts(entry)])
            for entry in made.entries
        ]
        return render(request, "register.html", register=made, entries=entries, say=_say(language))

    @router.get("/register/markdown")
    def as_markdown(request: Request) -> Response:
        told = markdown(registry.read(actor_of(request)), language_of(request))
        name = {"content-disposition": 'attachment; filename="register.md"'}
        return Response(told, headers=name, media_type="text/markdown; charset=utf-8")

    @router.get("/keeping")
    def kept(request: Request) -> Response:
        return render(
            request, "keeping.html", kept=keeping.kept(actor_of(request), now_ms()), most=COUNTED
        )

    return router


def protection_api(desk: Desk) -> APIRouter:
    """What the pages do, for a reviewer's session: no key is for this."""
    router = APIRouter(prefix="/api/v1/people", tags=["people"], responses=CHANGED)
    protection = desk.protection

    @router.get("/erasures")
    def erasures(request: Request) -> JSONResponse:
        """The last 200 erasures; whom they were about is told while they are at work."""
        return _listed([told(one) for one in protection.erasures(actor_of(request))])

    @router.post("/erasures", status_code=202, openapi_extra=body(Leaving))
    async def erase(request: Request) -> JSONResponse:
        """Have an account erased: the engine does it, and `GET /erasures` tells how far it is."""
        actor, asked = actor_of(request), await body_of(request, Leaving)
        args = (actor, asked.tenant, asked.account, asked.reason)
        made = await run_in_threadpool(_told, protection.erase, *args, keeps=asked.keeps)
        return JSONResponse(told(made), 202)

    @router.post("/previews", openapi_extra=body(Named))
    async def preview(request: Request) -> JSONResponse:
        """What an erasure would take, and what would stay and why."""
        actor, asked = actor_of(request), await body_of(request, Named)
        args = (actor, asked.tenant, asked.account)
        return JSONResponse(
            plain(await run_in_threadpool(_told, protection.preview, *args, keeps=asked.keeps))
        )

    @router.get("/restrictions")
    def restrictions(request: Request) -> JSONResponse:
        """The accounts whose data is kept and not used."""
        return _listed(protection.restrictions(actor_of(request)))

    @router.post("/restrictions", status_code=201, openapi_extra=body(Asked))
    async def restrict(request: Request) -> JSONResponse:
        """Keep an account's data, and do not use it."""
        actor, asked = actor_of(request), await body_of(request, Asked)
        args = (actor, asked.tenant, asked.account, asked.reason)
        return JSONResponse(plain(await run_in_threadpool(_told, protection.restrict, *args)), 201)

    @router.post("/releases", openapi_extra=body(Released))
    async def release(request: Request) -> JSONResponse:
        """End a restriction."""
        actor, asked = actor_of(request), await body_of(request, Released)
        args = (actor, _bounded(asked.number), asked.reason)
        return JSONResponse(plain(await run_in_threadpool(_told, protection.release, *args)))

    @router.get("/objections")
    def objections(request: Request) -> JSONResponse:
        """Who objected, and what was decided."""
        return _listed(protection.objections(actor_of(request)))

    @router.post("/objections", status_code=201, openapi_extra=body(Asked))
    async def object_to(request: Request) -> JSONResponse:
        """Note an objection; `reason` says on which grounds."""
        actor, asked = actor_of(request), await body_of(request, Asked)
        args = (actor, asked.tenant, asked.account, asked.reason)
        return JSONResponse(plain(await run_in_threadpool(_told, protection.object_to, *args)), 201)

    @router.post("/decisions", openapi_extra=body(Decided))
    async def decide(request: Request) -> JSONResponse:
        """Note what was decided on an objection."""
        actor, asked = actor_of(request), await body_of(request, Decided)
        args = (actor, _bounded(asked.number))
        named = {"upheld": asked.upheld, "decision": asked.decision}
        return JSONResponse(
            plain(await run_in_threadpool(_told, protection.decide, *args, **named))
        )

    @router.post("/copies", openapi_extra=body(Asked))
    async def copies(request: Request) -> Response:
        """A copy of all that is kept of an account, as a ZIP file."""
        actor, asked = actor_of(request), await body_of(request, Asked)
        args = (desk.access, actor, asked.tenant, asked.account, asked.reason)
        made: Response = await run_in_threadpool(_told, copy_of, *args, language_of(request))
        return made

    @router.post("/looks", openapi_extra=body(Named))
    async def looks(request: Request) -> JSONResponse:
        """Who looked at an account, when and why."""
        actor, asked = actor_of(request), await body_of(request, Named)
        found = await run_in_threadpool(desk.looks.of, actor, asked.tenant, asked.account)
        return _listed(found)

    return router


def register_api(registry: Registry, keeping: Keeping) -> APIRouter:
    """The register and the state of retention, for programs."""
    router = APIRouter(prefix="/api/v1", tags=["protection"], responses=READ)

    @router.get("/register")
    def register(request: Request) -> JSONResponse:
        """The register of processing (GDPR, article 30), in English and French."""
        return JSONResponse(plain(registry.read(actor_of(request))))

    @router.get("/retention")
    def retention(request: Request) -> JSONResponse:
        """What is kept, since when, what goes next, and how many are restricted or erased; 10,000
        of a kind stand for as many or more."""
        return JSONResponse(plain(keeping.kept(actor_of(request), now_ms())))

    return router


def periods_from(facts: Facts) -> Periods:
    """How long things are kept, as the register says it."""
    return Periods(
        events=facts.events * DAY,
        details=facts.details * DAY,
        incidents=facts.incidents * DAY,
        accounts=facts.accounts * DAY,
        rejects=facts.rejects * DAY,
        health=facts.health * DAY,
    )


def told(one: Erasure) -> dict[str, Any]:
    """An erasure as it is shown: without digests and names."""
    found: dict[str, Any] = plain(one)
    return {name: found[name] for name in found if name not in ("digest", "cursor", "names")}


def _people(
    request: Request,
    desk: Desk,
    tenant: str,
    account: str,
    why: Text | None = None,
    code: int = 200,
) -> Response:
    actor, protection = actor_of(request), desk.protection
    language = language_of(request)
    preview = looks = None
    missing = False
    if account:
        try:
            preview = protection.preview(actor, tenant, account)
            looks = desk.looks.of(actor, tenant, account)
        except NotThereError:
            missing = True
    return render(
        request,
        "people.html",
        code,
        tenant=tenant[:256],
        account=account[:1_024],
        preview=preview,
        handle=Subject(SubjectKind.ACCOUNT, tenant, account).handle() if preview else "",
        looks=looks or [],
        missing=missing,
        erasures=protection.erasures(actor),
        restrictions=protection.restrictions(actor),
        objections=protection.objections(actor),
        why=said(why, language) if why else "",
        say=_say(language),
    )


def _say(language: str) -> Callable[[Text], str]:
    return lambda text: said(text, language)


def _named(form: dict[str, str]) -> tuple[str, str]:
    return form.get("tenant", ""), form.get("account", "")


def _number(form: dict[str, str]) -> int:
    given = form.get("number", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _bounded(number: int) -> int:
    return number if 0 < number <= _MOST_NUMBER else 0


def copy_of(
    access: Access, actor: Actor, tenant: str, account: str, reason: str, language: str
) -> Response:
    """A copy as a ZIP file, in a file without a name while it is sent. Raises ProtectionError."""
    held: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it is sent later
    try:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
            access.write(actor, tenant, account, Archive(opened), reason, language)
    except BaseException:
        held.close()
        raise
    held.seek(0)
    name = {"content-disposition": 'attachment; filename="copy.zip"'}
    return StreamingResponse(_pieces(held), headers=name, media_type="application/zip")


def _pieces(held: IO[bytes]) -> Iterator[bytes]:
    with held:
        while piece := held.read(_PIECE):
            yield piece


def _told(ask: Any, *given: Any, **named: Any) -> Any:
    try:
        return ask(*given, **named)
    except ProtectionError as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error


def _listed(items: Any) -> JSONResponse:
    return JSONResponse({"items": plain(list(items)), "next": None})
