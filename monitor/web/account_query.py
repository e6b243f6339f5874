"""Which accounts of the directory, and behind which of them: as addresses say it."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from detectors.core.context import AccountKind
from monitor.directory.account import Mfa, State, account_id
from monitor.store.directory import AccountFilter, Place
from monitor.web import paging
from monitor.web.filters import TENANT_SCHEMA, BadQueryError, choice, read_tenant
from monitor.web.paging import Window

E = TypeVar("E", AccountKind, State, Mfa)
_MOST_TEXT = 128


def after_of(window: Window) -> Place | None:
    """The account behind which a page begins; `window` is one of two texts."""
    return None if window.after is None else Place(*map(str, window.after))


def place_of(place: Place | None) -> paging.Place | None:
    """The same as a cursor has it: by its id, where its name is longer than a cursor may be."""
    if place is None:
        return None
    named = (place.tenant, place.uid)
    if len(paging.write_place(named)) <= paging.LONGEST:
        return named
    return "", account_id(*named).hex()


def filter_of(query: Mapping[str, str]) -> AccountFilter:
    """The accounts that a query asks for. Raises BadQueryError."""
    privileged = query.get("privileged", "")
    if privileged not in ("", "yes", "no"):
        raise BadQueryError("privileged")
    return AccountFilter(
        tenant=read_tenant(query),
        text=text_of(query),
        kind=_among(AccountKind, query, "kind"),
        state=_among(State, query, "state"),
        mfa=_among(Mfa, query, "mfa"),
        privileged=None if privileged == "" else privileged == "yes",
    )


def text_of(query: Mapping[str, str]) -> str:
    """What is searched for. Raises BadQueryError."""
    text = query.get("q", "").strip()
    if len(text) > _MOST_TEXT or not text.isprintable():
        raise BadQueryError("q")
    return text


def _among(kind: type[E], query: Mapping[str, str], name: str) -> E | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise BadQueryError(name) from None


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


TEXT: Final = _parameter(
    "q",
    "Part of a uid, a name or an address, letter case aside.",
    {"type": "string", "maxLength": _MOST_TEXT, "pattern": "^[A-Za-z0-9 ]*$"},
)
FILTERS: Final = [
    TEXT,
    _parameter("tenant", "Only of this tenant, by its uid.", TENANT_SCHEMA),
    *(
        _parameter(name, f"Only of this {name}.", choice(one.value for one in kind))
        for name, kind in (("kind", AccountKind), ("state", State), ("mfa", Mfa))
    ),
    _parameter("privileged", "Only privileged ones, or only others.", choice(("yes", "no"))),
]
