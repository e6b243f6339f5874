"""Discovery: a kind of responder is any module of this folder that says its `KIND`."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, structs

from alerts import responders
from alerts.ports import Action, Responder
from alerts.responders.roster import Entry, Roster
from alerts.responders.surroundings import Surroundings
from alerts.responders.terms import Common

T = TypeVar("T", bound=Common)


class UnknownKindError(ValueError):
    """Settings name a kind of responder that does not exist."""


class TermsError(ValueError):
    """What the settings say of a responder cannot be; `where` in its table, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where = where
        self.why = why


class Kind(Struct, frozen=True):
    """One kind: its name, what it can be asked for, what its terms are, how one is opened."""

    name: str
    actions: frozenset[Action]
    terms: type[Common]
    opened: Callable[[str, Any, Surroundings], Responder]


@cache
def kinds() -> dict[str, Kind]:
    """Every kind there is, by name."""
    found: dict[str, Kind] = {}
    for info in pkgutil.iter_modules(responders.__path__):
        module = importlib.import_module(f"{responders.__name__}.{info.name}")
        name = getattr(module, "KIND", None)
        if name is not None:
            found[name] = Kind(
                name,
                frozenset(module.ACTIONS),
                module.Terms,
                module.open_responder,
            )
    return dict(sorted(found.items()))


def read_terms(table: Mapping[str, Any]) -> Common:
    """What one table `[responders.NAME]` says. Raises UnknownKindError and TermsError."""
    name = table.get("kind")
    kind = kinds().get(name) if isinstance(name, str) else None
    if kind is None:
        raise UnknownKindError(f"kind: there is no responder {name!r}; there are {[*kinds()]}")
    terms = _read(table, kind.terms)
    if beyond := sorted(terms.actions - kind.actions):
        raise TermsError("actions", f"{kind.name} cannot {beyond[0]}")
    return terms


def plain_terms(table: Mapping[str, Any]) -> dict[str, Any]:
    """What a table says that every kind's has, without what is its kind's own: nothing secret."""
    return {name: table[name] for name in Common.__struct_fields__ if name in table}


def roster(tables: Mapping[str, Mapping[str, Any]]) -> Roster:
    """Which responders the settings' tables come to. Their plain terms are enough. Raises
    UnknownKindError and TermsError."""
    entries = []
    for name, table in sorted(tables.items()):
        terms = _read(plain_terms(table), Common)
        if terms.enabled:
            actions = terms.actions or kinds()[terms.kind].actions
            entries.append(
                Entry(name=name, kind=terms.kind, actions=actions, tenants=terms.tenants)
            )
    return Roster(tuple(entries))


def opened(
    name: str, tables: Mapping[str, Mapping[str, Any]], surroundings: Surroundings
) -> Responder:
    """The responder of this name. Raises UnknownKindError, TermsError; what its kind raises where
    its terms cannot be served."""
    table = tables.get(name)
    if table is None:
        raise UnknownKindError(f"the settings have no responder {name!r}")
    terms = read_terms(table)
    return kinds()[terms.kind].opened(name, terms, surroundings)


def _read(table: Mapping[str, Any], terms: type[T]) -> T:
    for name in sorted({*table} - {*terms.__struct_fields__}):
        close = difflib.get_close_matches(name, terms.__struct_fields__, 1)
        raise TermsError(name, f"no such setting{f'; did you mean {close[0]}?' if close else ''}")
    for field in structs.fields(terms):
        if field.required and field.name not in table:
            raise TermsError(field.name, "is missing")
    try:
        return msgspec.convert(dict(table), terms)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `$")
        raise TermsError(path.rstrip("`").lstrip("."), why) from error
