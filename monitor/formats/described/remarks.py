"""What to say of a line that a description does not fit: what was looked for, and what is there."""

from typing import Any

from monitor.formats.described.fields import Readings
from monitor.formats.described.selection import Selection
from monitor.formats.described.shapes import RegexShape, Shape
from monitor.formats.syslog import Envelope

_MOST = 40
_LONGEST = 60


def of_shape(shape: Shape, body: bytes) -> str | None:
    """How far a pattern matches; None for other shapes, whose own reason says it all."""
    if not isinstance(shape, RegexShape):
        return None
    end, rest = shape.furthest(body)
    text = body.decode("utf-8", "backslashreplace")
    if not end:
        return f"pattern: nothing of it matches; the line begins with {_cut(text)}"
    return (
        f"pattern: matches {_cut(text[:end])}, the first {end} characters; then {_cut(rest)} "
        f"does not match {_cut(text[end:])}"
    )


def of_record(
    selection: Selection, readings: Readings, record: Any, envelope: Envelope | None
) -> str | None:
    """Why a line of the right shape is about something else; None when it is not."""
    objection = selection.objection(record)
    if objection is not None or readings.event is None:
        return objection
    taken = readings.event.take(record, envelope)
    if taken.value is not None:
        return None
    if taken.text is None:
        return "fields.event: nothing is where its `from` says"
    if taken.is_listed:
        return f"fields.event.values: {_cut(taken.text)} is to be ignored"
    return f"fields.event.values does not list {_cut(taken.text)}"


def outline(shape: Shape, record: Any) -> str:
    """The places that hold something, and what."""
    held = [f"{place} = {_cut(value)}" for place, value in shape.outline(record)]
    more = f" and {len(held) - _MOST} more" if len(held) > _MOST else ""
    return f"{shape.what}s of the line: {', '.join(held[:_MOST])}{more}"


def missing(readings: Readings, record: Any, envelope: Envelope | None) -> list[str]:
    """The fields that are described and found nothing on this line."""
    named = {
        "time": readings.time,
        "outcome": readings.outcome,
        **{name: getattr(readings.texts, name) for name in ("account", "account_name", "ip")},
    }
    return [
        name
        for name, reading in named.items()
        if reading is not None and reading.take(record, envelope).value is None
    ]


def _cut(text: str) -> str:
    """In quotes, and no longer than can be read."""
    return f"'{text}'" if len(text) <= _LONGEST else f"'{text[:_LONGEST]}…'"
