"""`/scim/v2`: an identity provider pushes accounts and groups (SCIM 2.0: RFC 7643, RFC 7644)."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from scim2_models import (
    Context,
    Error,
    NotFoundException,
    NotImplementedException,
    Resource,
    SCIMException,
)
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.scim.exchange import created, document_of, patched, replaced
from monitor.scim.limits import MAXIMUM_BODY
from monitor.scim.provider import Kind, Provider, is_expected
from monitor.scim.query import asked
from monitor.scim.refusal import error_of
from monitor.scim.resources import Group, Person
from monitor.services.actor import Actor
from monitor.services.delivery import Room
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.web.acting import actor_of
from monitor.web.incoming import RETRY_SOON, Hold, read_body
from monitor.web.scim_answer import (
    MEDIA_TYPE,
    error_answer,
    list_answer,
    refusal_answer,
    resource_answer,
)
from monitor.web.scim_discovery import CONFIG, SCHEMAS, TYPES, config, schemas, types

PATH: Final = "/scim/v2"
JSON: Final = "application/json"

_ALL: Final = (Kind.USER, Kind.GROUP)
_EVERYTHING: Final[Any] = Person | Group
_log = logging.getLogger(__name__)


def scim_service(provider: Provider[Actor]) -> Starlette:
    """The service, to be mounted at `PATH`. It says everything in SCIM's own messages."""
    return Starlette(routes=_Endpoints(provider).routes(), exception_handlers=_ANSWERS)


class _Endpoints:
    """Each takes a request apart, and puts an answer together; the provider does what is asked."""

    def __init__(self, provider: Provider[Actor]) -> None:
        self._provider = provider
        self._room = Room()

    def routes(self) -> list[Route]:
        """Every address that is served."""
        found = [
            self._route(CONFIG, GET=self._described(config)),
            self._route(TYPES, GET=self._described(types)),
            self._route(f"{TYPES}/{{uid}}", GET=self._described(types)),
            self._route(SCHEMAS, GET=self._described(schemas)),
            self._route(f"{SCHEMAS}/{{uid}}", GET=self._described(schemas)),
            self._route("/", GET=self._listing(_ALL)),
            self._route("/.search", POST=self._searching(_ALL)),
        ]
        for kind in Kind:
            folder = f"/{kind.endpoint}"
            found += [
                self._route(folder, GET=self._listing((kind,)), POST=self._creating(kind)),
                self._route(f"{folder}/.search", POST=self._searching((kind,))),
                self._route(
                    f"{folder}/{{uid}}",
                    GET=self._reading(kind),
                    PUT=self._changing(kind, replaced, Context.RESOURCE_REPLACEMENT_RESPONSE),
                    PATCH=self._changing(kind, patched, Context.RESOURCE_PATCH_RESPONSE),
                    DELETE=self._removing(kind),
                ),
            ]
        return [*found, Route("/Bulk", _not_done, methods=["POST"]), Route("/Me", _not_done)]

    def _route(self, path: str, **methods: "_Handler") -> Route:
        async def answer(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await methods[method](request)

        return Route(path, answer, methods=list(methods))

    def _described(self, describe: Callable[[Request, str], Response]) -> "_Handler":
        async def handle(request: Request) -> Response:
            self._provider.admit(actor_of(request))
            return describe(request, _base(request))

        return handle

    def _listing(self, kinds: tuple[Kind, ...]) -> "_Handler":
        async def handle(request: Request) -> Response:
            return await self._found(request, kinds, dict(request.query_params))

        return handle

    def _searching(self, kinds: tuple[Kind, ...]) -> "_Handler":
        async def handle(request: Request) -> Response:
            return await self._found(request, kinds, await self._document(request))

        return handle

    async def _found(
        self, request: Request, kinds: tuple[Kind, ...], told: Mapping[str, Any]
    ) -> Response:
        model: Any = _EVERYTHING if len(kinds) > 1 else kinds[0].model
        actor, base = actor_of(request), _base(request)

        def find() -> Response:
            wanted = asked(model, told)
            return list_answer(self._provider.search(actor, kinds, wanted), base, model, wanted)

        return await run_in_threadpool(find)

    def _creating(self, kind: Kind) -> "_Handler":
        async def handle(request: Request) -> Response:
            actor, base = actor_of(request), _base(request)
            document = await self._document(request)

            def create() -> Response:
                wanted = asked(kind.model, _of_answer(request))
                made = self._provider.create(actor, kind, created(kind.model, document))
                context = Context.RESOURCE_CREATION_RESPONSE
                return resource_answer(made, base, context, wanted, HTTPStatus.CREATED)

            return await run_in_threadpool(create)

        return handle

    def _reading(self, kind: Kind) -> "_Handler":
        async def handle(request: Request) -> Response:
            actor, base = actor_of(request), _base(request)

            def read() -> Response:
                wanted = asked(kind.model, _of_answer(request))
                found = self._provider.get(actor, kind, request.path_params["uid"])
                known, version = _versions(request, "if-none-match"), _tag(found)
                if known is not None and is_expected(version, known):
                    headers = {"ETag": version or ""}
                    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
                return resource_answer(found, base, Context.RESOURCE_QUERY_RESPONSE, wanted)

            return await run_in_threadpool(read)

        return handle

    def _changing(
        self, kind: Kind, change: Callable[[Any, dict[str, Any]], Any], context: Context
    ) -> "_Handler":
        async def handle(request: Request) -> Response:
            actor, base = actor_of(request), _base(request)
            expected = _versions(request, "if-match")
            document = await self._document(request)

            def do() -> Response:
                wanted = asked(kind.model, _of_answer(request))
                changed = self._provider.change(
                    actor,
                    kind,
                    request.path_params["uid"],
                    lambda held: change(held, document),
                    expected,
                )
                return resource_answer(changed, base, context, wanted)

            return await run_in_threadpool(do)

        return handle

    def _removing(self, kind: Kind) -> "_Handler":
        async def handle(request: Request) -> Response:
            actor, expected = actor_of(request), _versions(request, "if-match")
            uid = request.path_params["uid"]
            await run_in_threadpool(self._provider.remove, actor, kind, uid, expected)
            return Response(status_code=HTTPStatus.NO_CONTENT)

        return handle

    async def _document(self, request: Request) -> dict[str, Any]:
        # Who may do none of this is told so before anything is read.
        self._provider.admit(actor_of(request))
        _check_headers(request)
        with Hold(self._room, actor_of(request).reference) as hold:
            return document_of(await read_body(request, hold))


_Handler = Callable[[Request], Awaitable[Response]]


async def _not_done(_request: Request) -> Response:
    raise NotImplementedException(detail="this is not served: see /ServiceProviderConfig")


def _base(request: Request) -> str:
    """The service's address, as it was asked by."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"


def _of_answer(request: Request) -> dict[str, str]:
    """What of the resource is to be in the answer; nothing else can be asked of a single one."""
    wanted = ("attributes", "excludedAttributes")
    return {name: text for name, text in request.query_params.items() if name in wanted}


def _check_headers(request: Request) -> None:
    media = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media not in (MEDIA_TYPE, JSON):
        raise _UNKNOWN_TYPE
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _UNKNOWN_TYPE
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > MAXIMUM_BODY:
        raise HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body is at most {MAXIMUM_BODY >> 20} MiB"
        )


_UNKNOWN_TYPE = HTTPException(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    f"send {MEDIA_TYPE} or {JSON}, not encoded",
    {"Accept": f"{MEDIA_TYPE}, {JSON}"},
)


def _versions(request: Request, header: str) -> frozenset[str] | None:
    """The entity tags of a header (RFC 7644, section 3.14); None without one."""
    told = request.headers.get(header)
    return None if told is None else frozenset(part.strip() for part in told.split(","))


def _tag(resource: Resource[Any]) -> str | None:
    return None if resource.meta is None else resource.meta.version


def _refused(_request: Request, error: Exception) -> Response:
    if isinstance(error, SCIMException):
        told = error_of(error)
        return error_answer(told, RETRY_SOON if told.status == HTTPStatus.TOO_MANY_REQUESTS else {})
    if isinstance(error, HTTPException):
        return refusal_answer(error)
    return error_answer(Error(status=500, detail="Vigie failed to answer"))


def _not_allowed(_request: Request, error: Exception) -> Response:
    _log.warning("refused: %s", error)
    return error_answer(
        Error(status=403, detail="the API key has not the scope directory:provision")
    )


def _not_there(_request: Request, _error: Exception) -> Response:
    return error_answer(error_of(NotFoundException()))


def _unstored(_request: Request, error: Exception) -> Response:
    _log.error("the database does not take it: %s", type(error).__name__)
    return error_answer(
        Error(status=503, detail="the database does not answer"), {"Retry-After": "5"}
    )


def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)


_ANSWERS: Final[Mapping[Any, Callable[[Request, Exception], Response]]] = {
    SCIMException: _refused,
    HTTPException: _refused,
    NotAllowedError: _not_allowed,
    NotThereError: _not_there,
    SQLAlchemyError: _unstored,
    ClientDisconnect: _gone,
    Exception: _refused,
}
