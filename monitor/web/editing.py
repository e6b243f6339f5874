"""What programs change: JSON bodies with limits, and no change over one that they never saw.

Whatever can be edited has a version. It goes out as `ETag`, comes back in `If-Match`, and a change
made on another version meets 412 instead of undoing what somebody else did (RFC 9110, 13.1.1).
"""

from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse

from monitor.services.review import plain
from monitor.web.problem import Kind, Problem

MOST: Final = 64 << 10
"""Bytes of a JSON body."""
IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of what is changed, as it was read.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'},
}
"""How a change describes itself (OpenAPI)."""

T = TypeVar("T")


def body(kind: type[Any]) -> dict[str, Any]:
    """How a body of this kind describes itself (OpenAPI)."""
    schema = msgspec.json.schema(kind)
    parts = schema.pop("$defs", {})
    content = {"application/json": {"schema": _unfolded(schema, parts)}}
    return {"requestBody": {"required": True, "content": content}}


def _unfolded(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_unfolded(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _unfolded(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _unfolded(one, parts) for name, one in schema.items() if name != "title"}


def tagged(value: Any, version: int, status: int = 200) -> JSONResponse:
    """An answer that says which version of something it shows."""
    return JSONResponse(plain(value), status, {"ETag": f'"{version}"'})


def version_of(request: Request) -> int:
    """The version that a change was made on. Raises Problem where it is not said."""
    told = request.headers.getlist("if-match")
    if not told:
        detail = "Send If-Match with the ETag of what you change, as you read it last."
        raise Problem(Kind.VERSION_REQUIRED, detail)
    text = told[0].strip()
    number = text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else ""
    if len(told) > 1 or not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise Problem(Kind.VERSION_OTHER, "That is no ETag that was given out here.")
    return int(number)


def version_given(request: Request) -> int | None:
    """The same, where it may be left out. Raises Problem for one that cannot be read."""
    return version_of(request) if "if-match" in request.headers else None


async def body_of(request: Request, kind: type[T], most: int = MOST) -> T:
    """The JSON body of a request as a value of this kind, of `most` bytes. Raises Problem."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Problem(Kind.TYPE_UNKNOWN, "Send JSON, with Content-Type: application/json.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Problem(Kind.BODY_TOO_LARGE, f"At most {most >> 10} KiB.")
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(Kind.BODY_UNFIT, f"The body does not fit: {error}.") from None
