"""What a reader asks for: which resources, in which order, how many, and what of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from scim2_models import (
    Context,
    InvalidFilterException,
    InvalidValueException,
    Resource,
    SearchRequest,
    TooManyException,
)
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    ValuePath,
)

from monitor.scim.limits import (
    MAXIMUM_EXPRESSION,
    MAXIMUM_NAMES,
    MAXIMUM_RESULTS,
    MAXIMUM_SCANNED,
    MAXIMUM_TERMS,
    USUAL_RESULTS,
)
from monitor.scim.refusal import refusing
from monitor.scim.resources import LENIENT

_R = TypeVar("_R", bound=Resource[Any])

INDEXED: Final = ("id", "externalId", "userName", "displayName")
"""Attributes by which a resource is found without looking at all others."""

_NAMES: Final = {name.lower(): name for name in INDEXED}
_FURTHEST: Final = 2_000_000_000


class Found(Struct, Generic[_R], frozen=True):
    """A page of an answer: how many there are in all, and where it begins, from 1."""

    total: int
    start: int
    resources: list[_R]


def asked(model: Any, told: Mapping[str, Any]) -> SearchRequest[Any]:
    """What a reader of resources of a type (or a union of types) asks for. Raises SCIMException.

    `told` has the names of RFC 7644, table 3; what is not among them is read over.
    """
    _check_told(told)
    with refusing():
        request: SearchRequest[Any] = SearchRequest[model].model_validate(
            dict(told), scim_ctx=Context.SEARCH_REQUEST, scim_policy=LENIENT
        )
    if request.filter is not None and _terms(request.filter.ast) > MAXIMUM_TERMS:
        raise InvalidFilterException(detail=f"a filter has at most {MAXIMUM_TERMS} comparisons")
    for names in (request.attributes, request.excluded_attributes):
        if names and len(names) > MAXIMUM_NAMES:
            raise InvalidValueException(detail=f"at most {MAXIMUM_NAMES} attributes can be named")
    return request


def start_of(request: SearchRequest[Any]) -> int:
    """Which resource the answer begins with, from 1."""
    return min(request.start_index or 1, _FURTHEST)


def count_of(request: SearchRequest[Any]) -> int:
    """How many resources the answer has at most."""
    return USUAL_RESULTS if request.count is None else min(request.count, MAXIMUM_RESULTS)


def pinned(request: SearchRequest[Any]) -> tuple[str, str] | None:
    """An attribute of `INDEXED` that has to equal a value for a resource to be found; None where
    the filter asks for no such thing."""
    if request.filter is None:
        return None
    node = request.filter.ast
    is_all = isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_
    terms = node.terms if is_all and isinstance(node, LogicalExpr) else (node,)
    found = {name: value for term in terms for name, value in _pin(term)}
    return next(((name, found[name]) for name in INDEXED if name in found), None)


def selected(request: SearchRequest[Any], resources: Iterable[_R]) -> Found[_R]:
    """The page of those resources that was asked for. Raises TooManyException where more would
    have to be looked at than is reasonable."""
    start, count = start_of(request), count_of(request)
    scim_filter = request.filter
    kept: list[_R] = []
    total = looked = 0
    for resource in resources:
        looked += 1
        if looked > MAXIMUM_SCANNED:
            raise TooManyException(
                detail=f"more than {MAXIMUM_SCANNED} resources would have to be looked at: "
                f"filter by one of {', '.join(INDEXED)} by `eq`"
            )
        if scim_filter is not None and not scim_filter.match(resource):
            continue
        total += 1
        if request.sort_by is not None or start <= total < start + count:
            kept.append(resource)
    if request.sort_by is not None:
        kept = request.sort(kept)[start - 1 : start - 1 + count]
    return Found(total, start, kept)


def _check_told(told: Mapping[str, Any]) -> None:
    for name in ("filter", "sortBy"):
        value = told.get(name)
        if isinstance(value, str) and len(value) > MAXIMUM_EXPRESSION:
            raise InvalidFilterException(
                detail=f"{name} has at most {MAXIMUM_EXPRESSION} characters"
            )


def _pin(node: FilterNode) -> list[tuple[str, str]]:
    if not isinstance(node, Comparison) or node.op is not CompareOperator.eq:
        return []
    path: AttrPath = node.attr_path
    name = _NAMES.get(path.attr.lower())
    if name is None or path.sub_attr is not None or not isinstance(node.value, str):
        return []
    return [(name, node.value)]


def _terms(node: FilterNode) -> int:
    if isinstance(node, LogicalExpr):
        return sum(map(_terms, node.terms))
    if isinstance(node, Not):
        return _terms(node.expr)
    if isinstance(node, ValuePath):
        return _terms(node.val_filter)
    return 1
