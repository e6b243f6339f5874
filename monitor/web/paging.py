"""Lists in pages for programs: `?limit=&cursor=`, answered by `items` and where the next begin.

A cursor is opaque: the values that a list is sorted by, of the last one that was shown. So nothing
is shown twice or left out when something is added before it, and page 1,000 costs what page 1 does.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.responses import JSONResponse

from monitor.services.review import plain
from monitor.web.filters import BadQueryError

FEW: Final = 50
MOST: Final = 200
LONGEST: Final = 512
"""Characters of a cursor."""

Place = tuple[int | str, ...]
"""What a list is sorted by, of one of its things."""

PARAMETERS: Final[list[dict[str, Any]]] = [
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "How many at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": FEW},
    },
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "`next` of the page before, as it was; none for the first.",
        "schema": {"type": "string", "maxLength": LONGEST, "pattern": "^[A-Za-z0-9_-]*$"},
    },
]
"""How a list describes itself (OpenAPI)."""


class Window(Struct, frozen=True):
    """How many things of a list, and behind which place; None for the first ones."""

    limit: int
    after: Place | None


def window_of(query: Mapping[str, str], like: Sequence[type[int] | type[str]]) -> Window:
    """The part of a list that is asked for; `like` are the types of its places' values.

    Raises BadQueryError.
    """
    told = query.get("limit", str(FEW))
    if not (told.isascii() and told.isdigit() and len(told) <= 3 and 1 <= int(told) <= MOST):
        raise BadQueryError("limit")
    cursor = query.get("cursor", "")
    return Window(int(told), read_place(cursor, like) if cursor else None)


def read_place(cursor: str, like: Sequence[type[int] | type[str]]) -> Place:
    """The place that a cursor stands for. Raises BadQueryError."""
    if len(cursor) > LONGEST:
        raise BadQueryError("cursor")
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        found: Any = msgspec.json.decode(raw)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise BadQueryError("cursor") from None
    fits = isinstance(found, list) and len(found) == len(like)
    if not fits or not all(_fits(value, kind) for value, kind in zip(found, like, strict=True)):
        raise BadQueryError("cursor")
    return tuple(found)


def write_place(place: Place) -> str:
    """The cursor that `read_place` reads."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def page(items: Sequence[Any], after: Place | None) -> JSONResponse:
    """A page of a list; `after` is the place of its last one where there are more."""
    cursor = None if after is None else write_place(after)
    return JSONResponse({"items": plain(list(items)), "next": cursor})


def _fits(value: Any, kind: type[int] | type[str]) -> bool:
    if kind is str:
        # What databases cannot take is no place of anything that they hold.
        return isinstance(value, str) and "\0" not in value
    return type(value) is int and -(1 << 63) <= value < 1 << 63
