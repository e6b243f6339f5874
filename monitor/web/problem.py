"""What programs are told when something is not done: problem documents (RFC 9457)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:vigie:problem:"


class Kind(Enum):
    """Everything that can be the matter: its status and its title. Names are stable."""

    SOURCE_MISSING = 400, "It is not said for which source"
    BODY_EMPTY = 400, "There is nothing in the body"
    BODY_UNREADABLE = 400, "The body is not what its headers say"
    KEY_REQUIRED = 401, "An API key is needed"
    SIGNATURE_WRONG = 401, "It is not signed for us"
    NOT_ALLOWED = 403, "Whoever asks may not do this"
    NOT_FRESH = 403, "It has to be proved again who asks"
    SOURCE_UNKNOWN = 404, "There is no such source"
    NOT_THERE = 404, "There is nothing at this address"
    METHOD_NOT_ALLOWED = 405, "This is not done here"
    BODY_TOO_SLOW = 408, "The body did not come in time"
    CONFLICT = 409, "That does not go with what there is"
    VERSION_OTHER = 412, "It was changed since"
    BODY_TOO_LARGE = 413, "That is too much at once"
    ADDRESS_TOO_LONG = 414, "The address is too long"
    TYPE_UNKNOWN = 415, "The body is of an unknown type"
    CODING_UNKNOWN = 415, "The body is encoded in an unknown way"
    HOST_UNKNOWN = 421, "Vigie does not answer under this name"
    BODY_UNFIT = 422, "The body says nothing that can be done"
    VERSION_REQUIRED = 428, "It is not said which version is changed"
    BUSY = 429, "Not now: there is more than can be stored"
    TOO_OFTEN = 429, "Too many requests"
    FAILED = 500, "Vigie failed to answer"
    STORE_UNAVAILABLE = 503, "The database does not take it"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.value[0])

    @property
    def title(self) -> str:
        """What it is, the same every time."""
        return str(self.value[1])

    @property
    def type(self) -> str:
        """The URI that tells it apart."""
        return URN + self.name.lower().replace("_", "-")


class Problem(HTTPException):
    """Something is not done; `detail` says why, this time, and what to do."""

    def __init__(
        self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(kind.status, detail, dict(headers or {}))
        self.kind = kind
        self.members = members


def answer(problem: Problem) -> JSONResponse:
    """The document."""
    document = {
        "type": problem.kind.type,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        **problem.members,
    }
    return JSONResponse(document, problem.status_code, problem.headers, MEDIA_TYPE)


def refused(error: HTTPException) -> Problem:
    """What a refusal of the server's own is to a program."""
    if isinstance(error, Problem):
        return error
    kind = _KINDS.get(error.status_code, Kind.FAILED)
    return Problem(kind, f"{kind.title}.", error.headers)


_KINDS = {
    kind.status: kind
    for kind in (
        Kind.BODY_UNREADABLE,
        Kind.BODY_TOO_SLOW,
        Kind.TYPE_UNKNOWN,
        Kind.KEY_REQUIRED,
        Kind.NOT_ALLOWED,
        Kind.NOT_THERE,
        Kind.METHOD_NOT_ALLOWED,
        Kind.BODY_TOO_LARGE,
        Kind.ADDRESS_TOO_LONG,
        Kind.HOST_UNKNOWN,
        Kind.TOO_OFTEN,
        Kind.STORE_UNAVAILABLE,
    )
}
