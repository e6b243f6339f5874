"""Which tickets, and behind which of them: as addresses say it."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from alerts.incident import Category
from alerts.ticket import Kind
from detectors.core.finding import Severity
from monitor.store.ticket_filter import OPEN, STATUSES, Cursor, Order, TicketFilter
from monitor.web.filters import TENANT_SCHEMA, BadQueryError, choice, read_tenant
from monitor.web.paging import Window, window_of

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
LONGEST: Final = 128
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_HELD: Final[Mapping[str, bool | None]] = {"no": False, "yes": True, "all": None}
_WITHDRAWN: Final = {"no": False, "yes": True}
NOBODY: Final = "nobody"
_KNOWN: Final = (
    "status",
    "severity",
    "category",
    "kind",
    "tenant",
    "assignee",
    "tag",
    "q",
    "late",
    "held",
    "withdrawn",
    "sort",
)


def filter_of(query: Mapping[str, str], now: int) -> TicketFilter:
    """The tickets that a query asks for. Raises BadQueryError; other parameters are ignored."""
    assignee = _text(query, "assignee")
    return TicketFilter(
        statuses=_among(STATUSES, query, "status", OPEN),
        severity=_among(_SEVERITIES, query, "severity", Severity.INFORMATIONAL),
        category=_among(_values(Category), query, "category", None),
        kind=_among(_values(Kind), query, "kind", None),
        tenant=read_tenant(query),
        assignee="" if assignee == NOBODY else assignee or None,
        tag=_text(query, "tag").casefold() or None,
        text=_text(query, "q"),
        due_before=now + 1 if _among({"yes": True}, query, "late", False) else None,
        held=_among(_HELD, query, "held", False),
        withdrawn=_among(_WITHDRAWN, query, "withdrawn", None),
        order=_among(_values(Order), query, "sort", Order.URGENT),
    )


def part_of(query: Mapping[str, str], order: Order) -> tuple[Window, Cursor | None]:
    """How many tickets, and behind which place. Raises BadQueryError."""
    window = window_of(query, (int,) * order.length)
    return window, None if window.after is None else tuple(int(one) for one in window.after)


def kept_of(query: Mapping[str, str]) -> dict[str, str]:
    """What of a query says which tickets, and nothing else of it."""
    return {name: query[name] for name in _KNOWN if query.get(name)}


def written(query: Mapping[str, str]) -> str:
    """The query string of what `kept_of` gave."""
    return urlencode(query)


def _text(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > LONGEST or not text.isprintable():
        raise BadQueryError(name)
    return text


def _values(kind: type[E]) -> dict[str, E]:
    return {str(one.value): one for one in kind}


def _among(values: Mapping[str, T], query: Mapping[str, str], name: str, default: T) -> T:
    text = query.get(name, "")
    if not text:
        return default
    if text not in values:
        raise BadQueryError(name)
    return values[text]


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _chosen(name: str, text: str, values: Iterable[str], default: str) -> dict[str, Any]:
    return _parameter(name, text, {**choice(values), "default": default})


_TEXT: Final = {"type": "string", "maxLength": LONGEST, "pattern": "^[ -~]*$"}
FILTERS: Final = [
    _chosen("status", "Those that are open, in one state, or all.", STATUSES, "open"),
    _parameter("severity", "From this one up.", choice(_SEVERITIES)),
    _parameter("category", "Of this conclusion alone.", choice(one.value for one in Category)),
    _parameter("kind", "Of this kind alone.", choice(one.value for one in Kind)),
    _parameter("tenant", "Only of this tenant.", TENANT_SCHEMA),
    _parameter("assignee", "A reviewer's id, `me`, or `nobody`.", _TEXT),
    _parameter("tag", "With this tag.", _TEXT),
    _parameter("q", "Of words that are in them, each by how it begins; or a number.", _TEXT),
    _parameter("late", "Only those that are late.", choice(("yes",))),
    _chosen("held", "Those that a suppression holds back: left out, only, too.", _HELD, "no"),
    _parameter("withdrawn", "Whether all that they rest on was withdrawn.", choice(_WITHDRAWN)),
    _chosen("sort", "What comes first.", (one.value for one in Order), Order.URGENT.value),
]
"""How the filter describes itself (OpenAPI)."""
