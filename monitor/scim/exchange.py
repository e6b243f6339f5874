"""A resource out of what was sent: made, replaced or patched, within limits, or a SCIMException."""

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from scim2_models import (
    Context,
    InvalidSyntaxException,
    InvalidValueException,
    PatchOp,
    PayloadTooLargeException,
    Resource,
)

from monitor.scim.limits import (
    MAXIMUM_BODY,
    MAXIMUM_ENTRIES,
    MAXIMUM_EXPRESSION,
    MAXIMUM_MEMBERS,
    MAXIMUM_OPERATIONS,
    MAXIMUM_TEXT,
    MAXIMUM_VALUES,
)
from monitor.scim.refusal import refusing
from monitor.scim.resources import LENIENT, Group, User

_R = TypeVar("_R", bound=Resource[Any])
_UNKEEPABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def document_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises SCIMException for one that is none, or is too much."""
    if len(body) > MAXIMUM_BODY:
        raise PayloadTooLargeException(detail=f"a body is at most {MAXIMUM_BODY >> 20} MiB")
    if sum(map(body.count, (b",", b"{", b"["))) > MAXIMUM_VALUES:
        raise PayloadTooLargeException(detail=f"a body has at most {MAXIMUM_VALUES} values")
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidSyntaxException(detail=f"the body is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail="the body is no JSON object")
    return found


def created(model: type[_R], document: dict[str, Any]) -> _R:
    """The resource that a POST asks for. Raises SCIMException."""
    return _read(model, document, Context.RESOURCE_CREATION_REQUEST)


def replaced(held: _R, document: dict[str, Any]) -> _R:
    """What a PUT makes of the resource that is held: what it leaves out is unassigned, but for
    what only the service says, and for `active`, of which silence says nothing. Raises
    SCIMException."""
    resource = _read(type(held), document, Context.RESOURCE_REPLACEMENT_REQUEST)
    with refusing():
        resource.replace(held)
    if isinstance(resource, User) and isinstance(held, User) and resource.active is None:
        resource.active = held.active
    return resource


def patched(held: _R, document: dict[str, Any]) -> _R:
    """What a PATCH makes of a copy of the resource that is held. Raises SCIMException, and then
    nothing of it holds."""
    document = {name: _understood(name, value) for name, value in document.items()}
    resource = held.model_copy(deep=True)
    with refusing(), LENIENT:
        # Written as a call: to mypy the index of a generic is a type, never a value.
        message: Any = PatchOp.__class_getitem__(type(held))
        operations = message.model_validate(document, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        operations.patch(resource)
    _check(resource)
    return resource


def _read(model: type[_R], document: dict[str, Any], context: Context) -> _R:
    with refusing():
        resource = model.model_validate(document, scim_ctx=context, scim_policy=LENIENT)
    _check(resource)
    return resource


def _understood(name: str, value: Any) -> Any:
    """The operations of a PATCH as they are meant, if that is what this is."""
    if name.lower() != "operations" or not isinstance(value, list):
        return value
    if len(value) > MAXIMUM_OPERATIONS:
        raise InvalidValueException(detail=f"at most {MAXIMUM_OPERATIONS} operations at once")
    return [_meant(operation) if isinstance(operation, dict) else operation for operation in value]


def _meant(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation as it is meant: Entra ID repeats beside a `remove` what is there, which selects
    nothing that the path does not."""
    path = operation.get("path")
    if isinstance(path, str) and len(path) > MAXIMUM_EXPRESSION:
        raise InvalidValueException(detail=f"a path has at most {MAXIMUM_EXPRESSION} characters")
    is_removal = str(operation.get("op")).lower() == "remove" and isinstance(path, str)
    if is_removal and ("[" in str(path) or not isinstance(operation.get("value"), dict | list)):
        return {name: value for name, value in operation.items() if name != "value"}
    return operation


def _check(resource: Resource[Any]) -> None:
    """Raise InvalidValueException for what would be kept and is too long, too much, or cannot be
    stored."""
    name_of = resource.display_name if isinstance(resource, Group) else _user_name(resource)
    if not (name_of or "").strip():
        raise InvalidValueException(detail="the name is empty")
    dumped = resource.model_dump(exclude={"schemas", "meta", "id"})
    for name, value in dumped.items():
        most = MAXIMUM_MEMBERS if name == "members" else MAXIMUM_ENTRIES
        if isinstance(value, list) and len(value) > most:
            raise InvalidValueException(detail=f"{name} has at most {most} values")
        for text in _texts(value):
            if len(text) > MAXIMUM_TEXT:
                raise InvalidValueException(
                    detail=f"a value of {name} is longer than {MAXIMUM_TEXT} characters"
                )
            if _UNKEEPABLE.search(text):
                raise InvalidValueException(detail=f"a value of {name} has control characters")


def _user_name(resource: Resource[Any]) -> str | None:
    return resource.user_name if isinstance(resource, User) else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
