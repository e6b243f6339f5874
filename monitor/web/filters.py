"""Filters and cursors of the incident list, to and from the address bar."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from alerts.incident import Category
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.store.reading import Cursor, Filter

T = TypeVar("T")

MAXIMUM_TEXT = 128
LONGEST_TENANT: Final = 1_024
TENANT_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "maxLength": LONGEST_TENANT,
    "pattern": r"^[^\u0000]*$",
}
"""What a tenant is called may be anything that databases can hold; none is told by an empty one."""
_CURSOR = re.compile(r"([0-9])\.(-?[0-9]{1,18})\.([0-9a-f]{32})", re.ASCII)
IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_CATEGORIES = {category.value: category for category in Category}


def choice(values: Iterable[str]) -> dict[str, Any]:
    """How one of these values describes itself (OpenAPI): an empty one is as good as none, as
    forms send it."""
    return {"type": "string", "enum": ["", *values]}


FILTERS: Final[list[dict[str, Any]]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", **schema},
    }
    for name, description, schema in (
        ("severity", "From this one up.", {**choice(_SEVERITIES), "default": "medium"}),
        ("category", "Of this conclusion alone.", choice(_CATEGORIES)),
        (
            "q",
            "Whose account or tenant holds this text.",
            {"maxLength": MAXIMUM_TEXT, "pattern": "^[ -~]*$"},
        ),
        ("sort", "What comes first.", {**choice(("newest", "severest")), "default": "newest"}),
    )
]
"""How the filter describes itself (OpenAPI)."""


class BadQueryError(ValueError):
    """A value in the address bar that cannot be read; `name` is its parameter."""

    def __init__(self, name: str) -> None:
        super().__init__(f"parameter {name} cannot be read")
        self.name = name


def read_filter(query: Mapping[str, str]) -> Filter:
    """The filter that a query asks for. Raises BadQueryError; unknown parameters are ignored."""
    text = query.get("q", "").strip()
    if len(text) > MAXIMUM_TEXT or not text.isprintable():
        raise BadQueryError("q")
    return Filter(
        severity=_among(_SEVERITIES, query, "severity", Severity.MEDIUM),
        category=_among(_CATEGORIES, query, "category", None),
        text=text,
        severest=_among({"newest": False, "severest": True}, query, "sort", False),
    )


def read_tenant(query: Mapping[str, str]) -> str | None:
    """The tenant that a query names, as `TENANT_SCHEMA` has it. Raises BadQueryError."""
    text = query.get("tenant", "")
    if len(text) > LONGEST_TENANT or "\0" in text:
        raise BadQueryError("tenant")
    return text or None


def write_filter(wanted: Filter, **more: str | int) -> str:
    """The shortest query that reads as this filter, with `more` parameters."""
    given: dict[str, str | int] = {}
    if wanted.severity is not Severity.MEDIUM:
        given["severity"] = wanted.severity.name.lower()
    if wanted.category is not None:
        given["category"] = wanted.category.value
    if wanted.text:
        given["q"] = wanted.text
    if wanted.severest:
        given["sort"] = "severest"
    return urlencode(given | more)


def count_filters(wanted: Filter) -> int:
    """How many conditions differ from what is shown unasked; the order is none."""
    usual = Filter()
    names = ("severity", "category", "text")
    return sum(getattr(wanted, name) != getattr(usual, name) for name in names)


def list_address(wanted: Filter, **more: str | int) -> str:
    """The address of the list with this filter."""
    query = write_filter(wanted, **more)
    return f"/incidents?{query}" if query else "/incidents"


def read_cursor(query: Mapping[str, str]) -> Cursor | None:
    """Where a page begins. Raises BadQueryError."""
    text = query.get("after", "")
    if not text:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadQueryError("after")
    return Cursor(int(match[1]), int(match[2]), bytes.fromhex(match[3]))


def write_cursor(cursor: Cursor) -> str:
    """A cursor as `read_cursor` reads it."""
    return f"{cursor.severity}.{cursor.updated}.{cursor.id.hex()}"


def place_of(place: tuple[int | str, ...]) -> Cursor:
    """The place in the list of incidents that a program's cursor stands for. Raises
    BadQueryError."""
    severity, updated, uid = place
    identifier = read_identifier(str(uid))
    if identifier is None:
        raise BadQueryError("cursor")
    return Cursor(int(severity), int(updated), identifier)


def written_place(cursor: Cursor) -> tuple[int, int, str]:
    """The place that `place_of` reads."""
    return cursor.severity, cursor.updated, as_uuid(cursor.id)


def read_count(query: Mapping[str, str], name: str) -> int:
    """A count up to a milliard, 0 when not given. Raises BadQueryError."""
    text = query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadQueryError(name)
    return int(text)


def read_identifier(text: str) -> bytes | None:
    """The 16 bytes of an id as people write it; None when it is none."""
    return bytes.fromhex(text.replace("-", "")) if IDENTIFIER.fullmatch(text) else None


def _among(values: Mapping[str, T], query: Mapping[str, str], name: str, default: T) -> T:
    text = query.get(name, "")
    if not text:
        return default
    if text not in values:
        raise BadQueryError(name)
    return values[text]
