"""How it is said that something cannot be answered: to pages and to programs, each in its form."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.store.connection import explain
from monitor.store.patience import is_over
from monitor.web.filters import (
    BadQueryError,
)
from monitor.web.problem import Problem, answer
from monitor.web.rendering import NOT_YOURS, TOO_LONG, refuse

_log = logging.getLogger(__name__)


@contextmanager
def read_or_refused() -> Iterator[None]:
    """What reads the database outside of any route: refused for now where it cannot be read."""
    try:
        yield
    except SQLAlchemyError as error:
        _log.error("the database cannot be read: %s", _why(error))
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE) from error


def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return answer(error)
    refusal = error if isinstance(error, HTTPException) else HTTPException(500)
    return refuse(request, refusal)


def _unread(request: Request, error: Exception) -> Response:
    name = error.name if isinstance(error, BadQueryError) else ""
    return refuse(request, HTTPException(HTTPStatus.BAD_REQUEST, detail=name or None))


def _unstored(request: Request, error: Exception) -> Response:
    _log.error("the database cannot be read: %s", _why(error))
    why = TOO_LONG if is_over(error) else None
    return refuse(request, HTTPException(HTTPStatus.SERVICE_UNAVAILABLE), why)


def _why(error: Exception) -> str:
    """Without the statement and its values."""
    return explain(error) if isinstance(error, DBAPIError) else type(error).__name__


def _not_allowed(request: Request, error: Exception) -> Response:
    _log.warning("refused: %s", error)
    return refuse(request, HTTPException(HTTPStatus.FORBIDDEN), NOT_YOURS)


def _not_there(request: Request, _error: Exception) -> Response:
    return refuse(request, HTTPException(HTTPStatus.NOT_FOUND))


def _gone(_request: Request, _error: Exception) -> Response:
    """Nobody reads it; else everybody who goes away amid a body would be told as our own fault."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


ANSWERS: dict[type[Exception], Callable[[Request, Exception], Response]] = {
    HTTPException: _refused,
    NotAllowedError: _not_allowed,
    NotThereError: _not_there,
    BadQueryError: _unread,
    RequestValidationError: _unread,
    SQLAlchemyError: _unstored,
    ClientDisconnect: _gone,
    Exception: _refused,
}
"""What an error that reached nobody is answered with."""
