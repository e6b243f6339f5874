"""Events of a Keycloak realm as values, read from the pairs of its log or from its JSON.

Written after Keycloak's documentation (Server Administration Guide, "Auditing"; Admin REST API)
and checked against the fields that its own event listener writes, versions 17 to 26.
"""

import re
from typing import Any

from msgspec import Struct

from monitor.formats.format import MalformedLine
from monitor.formats.limits import bounded
from monitor.formats.quarkus import json_object
from monitor.formats.stamp import UnreadableTimeError, from_text

ERROR_SUFFIX = "_ERROR"
_UNSAID = frozenset(("", "null", "-"))
_BEGINS = re.compile(rb"(type|operationType)=([\"']?)")
_KEY = rb"([\w.-]{1,64})="
_BETWEEN = {
    quote: re.compile(
        rb"(?:(?<!\\)Q|(?<=\\)Q(?=, [\w.-]{1,64}=Q(?!, [\w.-]{1,64}=Q|\Z))), ".replace(b"Q", quote)
        + _KEY
        + quote
    )
    for quote in (b'"', b"'")
}
_FIXED = ("realmId", "realmName", "clientId", "userId", "sessionId", "ipAddress", "error")
_ADMIN = (*_FIXED, "resourceType", "resourcePath")
_LOCKOUT = "USER_DISABLED_BY_"
_JSON_PREFIX = re.compile(rb"\s*(?:JSON_EVENT::)?(?=\{)")


class RealmEvent(Struct, frozen=True, gc=False):
    """What a user, or somebody in a user's name, did or tried; None where not said.

    `type` is Keycloak's, without `_ERROR`; `is_error` whether it went wrong. `time` is ms since
    1970 UTC, None where only the log's line has one. `is_public`: the event is of a client without
    a secret, so that its address is its user's.
    """

    type: str
    is_error: bool
    error: str | None
    time: int | None
    uid: str | None
    realm: str | None
    client: str | None
    user: str | None
    session: str | None
    ip: str | None
    details: dict[str, str]
    is_public: bool = False

    @property
    def username(self) -> str | None:
        """The name as it was typed, else as the realm has it."""
        return _said(self.details.get("username"))


class AdminEvent(Struct, frozen=True, gc=False):
    """What an administrator did: `operation` (CREATE, UPDATE, DELETE, ACTION) on the resource at
    `path`; `actor` is the administrator's user id."""

    operation: str
    resource: str
    path: str
    error: str | None
    time: int | None
    uid: str | None
    realm: str | None
    actor: str | None
    ip: str | None
    representation: str | None = None


def is_told(message: bytes) -> bool:
    """Whether a message of the log is an event of a realm."""
    return _BEGINS.match(message) is not None or _JSON_PREFIX.match(message) is not None


def of_message(message: bytes) -> RealmEvent | AdminEvent | None:
    """The event of a logged message, None for a message that is none. Raises MalformedLine."""
    prefix = _JSON_PREFIX.match(message)
    if prefix is not None:
        return of_fields(json_object(message[prefix.end() :]))
    begins = _BEGINS.match(message)
    if begins is None:
        return None
    told = _pairs(message[begins.end() :], begins[2])
    kind = told.pop("")
    if begins[1] == b"operationType":
        return _admin(kind, told)
    if "clientId" not in told or "userId" not in told:
        raise MalformedLine("an event that breaks off before the user")
    return _event(kind, told)


def of_fields(fields: dict[str, Any]) -> RealmEvent | AdminEvent | None:
    """The event of a JSON object (EventRepresentation, AdminEventRepresentation), None for other
    objects. Raises MalformedLine for an event without a readable time."""
    told = {name: text for name in _ADMIN if (text := _text(fields.get(name))) is not None}
    if isinstance(operation := fields.get("operationType"), str):
        told |= _of_admin(fields.get("authDetails"))
        return _admin(operation, told, fields)
    kind = fields.get("type")
    if not isinstance(kind, str) or ("realmId" not in told and "realmName" not in told):
        return None
    details = fields.get("details")
    if isinstance(details, dict):
        told |= {
            name: text
            for name, value in details.items()
            if name not in _FIXED and (text := _text(value)) is not None
        }
    return _event(kind, told, fields)


def _pairs(body: bytes, quote: bytes) -> dict[str, str]:
    r"""The values by key, the type's own under "".

    A quote inside a value is written `\"`, and nothing else is escaped, so that a value ends at a
    quote that is the last one or has another key and an unescaped quote behind it. What is written
    `\", key="` is the end of a value that ends in a backslash, unless the value ends right behind
    it: then somebody typed it. Without
    quotes, a value with a space in it is between single ones. What comes first stands: a name that
    a stranger typed is behind all that the server says itself.
    """
    if quote:
        parts = re.split(_BETWEEN[quote], body)
        parts[-1] = parts[-1].removesuffix(quote)
    else:
        parts = re.split(rb", " + _KEY, body)
    values = [_value(part, quote) for part in parts[::2]]
    found = {"": values[0]}
    for key, value in zip(parts[1::2], values[1:], strict=True):
        found.setdefault(key.decode(), value)
    if not quote and not _is_in_place(b"error", parts[1::2]):
        found.pop("error", None)
    return found


def _is_in_place(key: bytes, keys: list[bytes]) -> bool:
    """Whether an error is said where the server says it: behind the address or the path."""
    at = keys.index(key) if key in keys else 0
    return at > 0 and keys[at - 1] in (b"ipAddress", b"resourcePath")


def _value(raw: bytes, quote: bytes) -> str:
    if quote:
        raw = raw.replace(b"\\" + quote, quote)
    elif len(raw) > 1 and raw[:1] == raw[-1:] == b"'":
        raw = raw[1:-1]
    return raw.decode("utf-8", "backslashreplace")


def _event(kind: str, told: dict[str, str], fields: dict[str, Any] | None = None) -> RealmEvent:
    error = _said(told.get("error"))
    return RealmEvent(
        kind.removesuffix(ERROR_SUFFIX),
        kind.endswith(ERROR_SUFFIX) or (error is not None and not kind.startswith(_LOCKOUT)),
        error,
        None if fields is None else _time(fields),
        None if fields is None else _said(_text(fields.get("id"))),
        _said(told.get("realmName")) or _said(told.get("realmId")),
        _said(told.get("clientId")),
        _said(told.get("userId")),
        _said(told.get("sessionId")),
        _said(told.get("ipAddress")),
        {name: text for name, text in told.items() if name not in _FIXED},
        fields is not None and fields.get("publicClient") is True,
    )


def _admin(kind: str, told: dict[str, str], fields: dict[str, Any] | None = None) -> AdminEvent:
    if "resourcePath" not in told:
        raise MalformedLine("an administrator's act that breaks off before what it was done to")
    realm = _said(told.get("realmName")) or _said(told.get("realmId"))
    if fields is None and realm == "master":
        # The log names the administrator's own realm, which administers all others.
        realm = None
    return AdminEvent(
        kind,
        told.get("resourceType", ""),
        told["resourcePath"],
        _said(told.get("error")),
        None if fields is None else _time(fields),
        None if fields is None else _said(_text(fields.get("id"))),
        realm,
        _said(told.get("userId")),
        _said(told.get("ipAddress")),
        _text(fields.get("representation")) if fields else told.get("representation"),
    )


def _of_admin(details: Any) -> dict[str, str]:
    if not isinstance(details, dict):
        return {}
    return {n: t for n in ("userId", "ipAddress") if (t := _text(details.get(n))) is not None}


def _time(fields: dict[str, Any]) -> int:
    written = _text(fields.get("time"))
    if written is None:
        raise MalformedLine("an event without a time")
    try:
        return from_text(written)
    except UnreadableTimeError as error:
        raise MalformedLine(str(error)) from None


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _said(text: str | None) -> str | None:
    return None if text is None or text in _UNSAID else bounded(text)
