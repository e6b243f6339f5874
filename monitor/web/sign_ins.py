"""`POST /api/v1/sign-ins`: what applications ask before they answer their users."""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from monitor.deciding.question import Outcome, Question, Standing, Told, answer_schema
from monitor.services.authority import Operation
from monitor.services.review import plain
from monitor.services.sign_in_questions import (
    BehindError,
    ContraryError,
    SignInQuestions,
    UnanswerableError,
    UnfitError,
)
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED, READ, problem
from monitor.web.editing import body, body_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of

PATH: Final = "/api/v1/sign-ins"
OPERATION: Final = Operation.SIGN_INS_DECIDE
LONGEST: Final = 16 << 10
"""Bytes of a question."""
Handle = Annotated[str, PathParameter(json_schema_extra={"pattern": "^[0-9a-f]{32}$"})]

T = TypeVar("T")


def _answers(kind: type[Any], description: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": answer_schema(kind)}}
    return {200: {"description": description, "content": content}}


def sign_in_api(questions: SignInQuestions) -> APIRouter:
    """The routes, with their description."""
    router = APIRouter(prefix="/api/v1", tags=["sign-ins"], responses=CHANGED)
    by_key: dict[str, Any] = {"security": [{"apiKey": []}]}

    @router.post(
        "/sign-ins",
        responses={
            **_answers(Told, "Kept, and decided."),
            429: problem("More is asked than is answered, or by this key.", retry=True),
        },
        openapi_extra=body(Question) | by_key,
    )
    async def ask(request: Request) -> JSONResponse:
        """Ask about a sign-in whose user waits for an answer: `allow`, `challenge` or `deny`.

        Answered only when the question is durable. With `challenge`, send the user to
        `challenge.link`. The log's own record of the same sign-in is the same event: by `uid`,
        else of the same account within 10 s, by session or address. Asked again with the same
        `uid`, it is the same question and gets the same answer.
        """
        actor, question = actor_of(request), await body_of(request, Question, LONGEST)
        try:
            told = await questions.ask(actor, question, language_of(request))
        except UnfitError as error:
            raise Problem(Kind.BODY_UNFIT, str(error)) from error
        except BehindError as error:
            detail = "More is asked than is answered: ask again with the same `uid`."
            raise Problem(Kind.BUSY, detail, {"Retry-After": "1"}) from error
        except UnanswerableError as error:
            raise _unkept(error) from error
        return JSONResponse(plain(told))

    @router.get(
        "/sign-ins/{handle}",
        responses={**READ, **_answers(Standing, "How it stands.")},
        openapi_extra=by_key,
    )
    def look(request: Request, handle: Handle) -> JSONResponse:
        """How a question stands: whether its challenge was passed, and how the sign-in ended."""
        return JSONResponse(plain(questions.standing(actor_of(request), handle)))

    @router.post(
        "/sign-ins/{handle}/outcome",
        responses=_answers(Standing, "Kept."),
        openapi_extra=body(Outcome) | by_key,
    )
    async def end(request: Request, handle: Handle) -> JSONResponse:
        """Tell how a sign-in ended that was asked about, where no log tells it. A record in a log
        that comes after all takes its place. The same twice is once."""
        actor, told = actor_of(request), await body_of(request, Outcome, LONGEST)
        standing = await run_in_threadpool(_ended, lambda: questions.end(actor, handle, told))
        return JSONResponse(plain(standing))

    return router


def _ended(end: Callable[[], T]) -> T:
    try:
        return end()
    except ContraryError as error:
        raise Problem(Kind.CONFLICT, str(error)) from error
    except UnanswerableError as error:
        raise _unkept(error) from error


def _unkept(error: Exception) -> Problem:
    return Problem(Kind.STORE_UNAVAILABLE, f"Nothing was kept: {error}.", {"Retry-After": "1"})
