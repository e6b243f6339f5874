"""Filters and cursors of the incident list, to and from the address bar."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from alerts.incident import Category
from alerts.ticket import Status
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.store.incident_filter import NOBODY, Cursor, Filter, Order

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


_STATES: Final[Mapping[str, frozenset[Status] | None]] = {
    "open": frozenset(Status) - {Status.RESOLVED},
    **{status.value: frozenset((status,)) for status in Status},
    "all": None,
}
_AGES: Final = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}
_OLDER: Final = {"older_than_day": DAY, "older_than_week": 7 * DAY, "older_than_month": 30 * DAY}
AGES: Final = (*_AGES, *_OLDER)
STATES: Final = tuple(_STATES)
_WITHDRAWN: Final = {"no": False, "yes": True}
_ORDERS: Final = {order.value: order for order in Order}
NOBODYS: Final = "nobody"
UNASKED: Final = "open"
"""The state that pages show where none is asked for: what waits for somebody."""
_LINE: Final = {"maxLength": MAXIMUM_TEXT, "pattern": "^[ -~]*$"}
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
            "status",
            "Whose ticket is in this state; one without a ticket is new.",
            {**choice(STATES), "default": "all"},
        ),
        ("assignee", "Whose ticket is a reviewer's (by their id), `me`, or `nobody`.", _LINE),
        ("tenant", "Only of this tenant.", TENANT_SCHEMA),
        ("account", "About this account or address itself.", TENANT_SCHEMA),
        ("age", "To which something came last so long ago.", choice(AGES)),
        ("detector", "Of which this detector found something.", _LINE),
        ("withdrawn", "Whether all that they rest on was withdrawn.", choice(_WITHDRAWN)),
        ("campaign", "That name an address of this campaign, by its incident's id.", _LINE),
        (
            "q",
            "Whose account, addresses or tenant have these words, each by how it begins.",
            _LINE,
        ),
        ("sort", "What comes first.", {**choice(_ORDERS), "default": "newest"}),
    )
]
"""How the filter describes itself (OpenAPI)."""


class BadQueryError(ValueError):
    """A value in the address bar that cannot be read; `name` is its parameter."""

    def __init__(self, name: str) -> None:
        super().__init__(f"parameter {name} cannot be read")
        self.name = name


def read_filter(query: Mapping[str, str], now: int = 0, states: str = "all") -> Filter:
    """The filter that a query asks for; `now` (ms since 1970 UTC) is what ages count from, `states`
    what is asked for where it does not say. Raises BadQueryError; unknown parameters are
    ignored."""
    age = _among({name: name for name in AGES}, query, "age", "")
    assignee = _line(query, "assignee")
    return Filter(
        severity=_among(_SEVERITIES, query, "severity", Severity.MEDIUM),
        category=_among(_CATEGORIES, query, "category", None),
        text=_line(query, "q"),
        order=_among(_ORDERS, query, "sort", Order.NEWEST),
        statuses=_among(_STATES, query, "status", _STATES[states]),
        assignee=NOBODY if assignee == NOBODYS else assignee or None,
        tenant=read_tenant(query),
        account=read_tenant(query, "account"),
        since=now - _AGES[age] if age in _AGES else None,
        until=now - _OLDER[age] if age in _OLDER else None,
        detector=_line(query, "detector") or None,
        withdrawn=_among(_WITHDRAWN, query, "withdrawn", None),
    )


def _line(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > MAXIMUM_TEXT or not text.isprintable():
        raise BadQueryError(name)
    return text


def read_tenant(query: Mapping[str, str], name: str = "tenant") -> str | None:
    """The tenant that a query names, as `TENANT_SCHEMA` has it, or what else it calls by `name`.
    Raises BadQueryError."""
    text = query.get(name, "")
    if len(text) > LONGEST_TENANT or "\0" in text:
        raise BadQueryError(name)
    return text or None


_KEPT: Final = tuple(one["name"] for one in FILTERS)
_ON_PAGES: Final = (*_KEPT, "new", "group")
_USUAL: Final = {"severity": "medium", "sort": "newest", "status": UNASKED}


def kept_of(query: Mapping[str, str]) -> dict[str, str]:
    """What of a query says which incidents, and how they are put, and nothing else of it."""
    found = {name: query[name] for name in _ON_PAGES if query.get(name)}
    return {name: value for name, value in found.items() if _USUAL.get(name) != value}


def count_filters(kept: Mapping[str, str]) -> int:
    """How many conditions differ from what is shown unasked; order and groups are none."""
    return len([name for name in kept if name not in ("sort", "group")])


def list_address(kept: Mapping[str, str], **more: str | int) -> str:
    """The address of the list with what `kept_of` gave, and more."""
    given = {name: str(value) for name, value in {**kept, **more}.items() if value != ""}
    return f"/incidents?{urlencode(given)}" if given else "/incidents"


def read_cursor(query: Mapping[str, str]) -> Cursor | None:
    """Where a page begins. Raises BadQueryError."""
    text = query.get("after", "")
    if not text:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadQueryError("after")
    return Cursor(int(match[1]), int(match[2]), bytes.fromhex(match[3]))


def read_ids(text: str, most: int = 200) -> list[bytes]:
    """The ids that a comma stands between, so many at most; what is none is left out."""
    found = (read_identifier(one) for one in text.split(",")[:most])
    return [one for one in found if one is not None]


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


HANDLE: Final = re.compile(r"[0-9a-f]{16}")
"""How an account's handle looks."""


def read_identifier(text: str) -> bytes | None:
    """The 16 bytes of an id as people write it; None when it is none."""
    return bytes.fromhex(text.replace("-", "")) if IDENTIFIER.fullmatch(text) else None


def read_account(text: str) -> bytes | None:
    """An account as addresses name it: the 16 bytes of its id in the directory, or the 8 of its
    handle (`Subject.handle`), which those have too that no directory lists; None for neither."""
    return bytes.fromhex(text) if HANDLE.fullmatch(text) else read_identifier(text)


def _among(values: Mapping[str, T], query: Mapping[str, str], name: str, default: T) -> T:
    text = query.get(name, "")
    if not text:
        return default
    if text not in values:
        raise BadQueryError(name)
    return values[text]
