"""What orchestrators and monitoring ask: whether this lives, whether it is ready, its metrics."""

import hmac
from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from monitor.services.authority import Operation, authorise
from monitor.services.condition import Condition, plain
from monitor.store.watching import Watching
from monitor.web.acting import actor_of
from monitor.web.metrics import CONTENT_TYPE, exposition

_BEARER = "Bearer "


def probes(watching: Watching, now: Callable[[], int], token: str | None) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`; the last for whoever has the token, or a session."""
    router = APIRouter(include_in_schema=False)
    condition = Condition(watching, now)

    @router.get("/healthz")
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    def ready() -> JSONResponse:
        try:
            found = condition.readiness()
        except SQLAlchemyError as error:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE) from error
        return JSONResponse(plain(found), 200 if found.ready else HTTPStatus.SERVICE_UNAVAILABLE)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        if not _has_token(request, token):
            authorise(actor_of(request), Operation.METRICS_READ)
        return Response(exposition(watching, now), media_type=CONTENT_TYPE)

    return router


def _has_token(request: Request, token: str | None) -> bool:
    given = request.headers.get("authorization", "")
    if token is None or not given.startswith(_BEARER):
        return False
    return hmac.compare_digest(given.removeprefix(_BEARER).encode(), token.encode())
