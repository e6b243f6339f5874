"""What one policy says otherwise than another, field by field, in words that people can sign."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from alerts.document import written
from alerts.ladder import Step, step_named
from alerts.policy import Policy
from alerts.rule import SEVERITIES


class Course(StrEnum):
    """Whether a difference lets more be done without people, or less."""

    MORE = "more"
    LESS = "less"
    OTHER = "other"


class Difference(Struct, frozen=True, kw_only=True):
    """One field that differs: where (names and words with dots between), what it said and says as
    plain values, None where it said or says nothing."""

    where: str
    before: Any
    after: Any
    course: Course = Course.OTHER


_LEAST: Final = list(SEVERITIES)
_AMOUNTS: Final[Mapping[str, Callable[[Any], float]]] = {
    "mode": lambda mode: mode == "act",
    "approvals": lambda count: -count,
    "per_hour": float,
    "per_tenant_hour": float,
    "hours": lambda hours: hours or 0,
    "alone": bool,
    "enabled": bool,
    "severity": lambda word: -_LEAST.index(word),
    "confidence": lambda percent: -percent,
    "attack": lambda probability: -probability,
}
"""How much a value lets be done, of each field that has more and less of it."""
_CONDITIONS: Final = frozenset(("category", "tenants", "kinds", "tags", "roles", "networks"))
"""Lists of a rule's conditions: an empty one holds for everything."""


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """All that differs, in the order of the document; rules and tenants are told by their names.

    Empty exactly where both decide alike about everything.
    """
    former, now = written(before), written(after)
    found: list[Difference] = []
    for name in now:
        if name == "rules":
            found += _rules(former[name], now[name])
        elif name == "tenants":
            for tenant in sorted({*former[name], *now[name]}):
                where = f"tenants.{tenant}"
                found += _fields(where, former[name].get(tenant), now[name].get(tenant))
        elif isinstance(now[name], Mapping):
            found += _fields(name, former[name], now[name])
        elif former[name] != now[name]:
            found.append(_told(name, former[name], now[name]))
    return tuple(found)


def _rules(before: list[Any], after: list[Any]) -> Iterator[Difference]:
    former, now = ({one["name"]: one for one in some} for some in (before, after))
    for name in dict.fromkeys((*former, *now)):
        yield from _fields(f"rules.{name}", former.get(name), now.get(name))
    kept = [name for name in former if name in now]
    order = [name for name in now if name in former]
    if kept != order:
        yield Difference(where="rules", before=kept, after=order)


def _fields(
    where: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Iterator[Difference]:
    """What differs within a table; one that is new or gone is told whole."""
    if before is None or after is None:
        course = Course.OTHER
        if where.startswith("rules."):
            course = Course.LESS if after is None else Course.MORE
        yield Difference(
            where=where,
            before=None if before is None else _said(before),
            after=None if after is None else _said(after),
            course=course,
        )
        return
    for name in after:
        former, now = before.get(name), after[name]
        if isinstance(former, Mapping) and isinstance(now, Mapping) and name != "assessment":
            yield from _fields(f"{where}.{name}", former, now)
        elif former != now:
            yield _told(f"{where}.{name}", former, now)


def _told(where: str, before: Any, after: Any) -> Difference:
    return Difference(where=where, before=before, after=after, course=_course(where, before, after))


def _course(where: str, before: Any, after: Any) -> Course:
    name = where.rpartition(".")[2]
    amount = _AMOUNTS.get(name)
    if amount is not None:
        return Course.MORE if amount(after) > amount(before) else Course.LESS
    if name == "then":
        return _steps(before, after)
    if name == "protected":
        return _spread(set(after), set(before))
    if name in _CONDITIONS and where.startswith("rules."):
        if not before or not after:
            return Course.LESS if after else Course.MORE
        return _spread(set(before), set(after))
    return Course.OTHER


def _steps(before: Iterable[str], after: Iterable[str]) -> Course:
    """Whatever milder steps come or go, the gravest one weighs."""
    former, now = _gravest(before), _gravest(after)
    if former is now:
        return _spread(set(before), set(after))
    return Course.MORE if now > former else Course.LESS


def _gravest(words: Iterable[str]) -> Step:
    return max((step_named(word) or Step.OBSERVE for word in words), default=Step.OBSERVE)


def _spread(before: set[str], after: set[str]) -> Course:
    if before < after:
        return Course.MORE
    return Course.LESS if after < before else Course.OTHER


def _said(table: Mapping[str, Any]) -> dict[str, Any]:
    """What a table says, without what it leaves to be understood."""
    told = {
        name: _said(value) if isinstance(value, Mapping) else value for name, value in table.items()
    }
    told.pop("name", None)
    if told.get("enabled"):
        del told["enabled"]
    return {n: v for n, v in told.items() if v not in (None, [], {}, 0.0) and v is not False}
