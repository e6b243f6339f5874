"""A format as the settings describe it: every key there is, checked one by one."""

import difflib
import re
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from monitor.formats.described.errors import DescriptionError

Scalar: TypeAlias = str | bool | int
Texts: TypeAlias = str | tuple[str, ...]
Table: TypeAlias = dict[str, Scalar]
Place = Annotated[str, Meta(min_length=1, max_length=512)]
Word = Annotated[str, Meta(min_length=1, max_length=1_024)]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Field(_Part, frozen=True, kw_only=True):
    """Where a value is, and what is made of it.

    `places` (`from`) are paths, columns or groups: the first that holds something wins, or with
    `join` all of them together. `header` takes it of the envelope instead, `constant` of nowhere.
    Then `split` and `item` (1 is the first, -1 the last), `match` (its group `value`, else its
    first, else all), and `values`, where `otherwise` is for what is not listed and `default` for
    nothing at all.
    """

    places: Place | tuple[Place, ...] | None = field(name="from", default=None)
    header: Literal["time", "host", "program", "pid"] | None = None
    constant: Scalar | None = None
    join: str | None = None
    split: Word | None = None
    item: Annotated[int, Meta(ge=-99, le=99)] | None = None
    match: Word | None = None
    values: Table | None = None
    otherwise: Scalar | None = None
    default: Scalar | None = None


class TimeField(_Part, frozen=True, kw_only=True):
    """Where the time is, how it is written, and the zone (IANA) of what bears no offset."""

    places: Place | tuple[Place, ...] | None = field(name="from", default=None)
    header: Literal["time"] | None = None
    join: str | None = None
    match: Word | None = None
    format: Word | tuple[Word, ...] = "auto"
    zone: str | None = None


Given: TypeAlias = Place | tuple[Place, ...] | Field
"""A field; a place or several by themselves are its `from`."""


class Fields(_Part, frozen=True, kw_only=True):
    """What is read of a line. Needed are the time, and an account by id or by name."""

    time: Place | tuple[Place, ...] | TimeField | None = None
    event: Given | None = None
    outcome: Given | None = None
    failure_reason: Given | None = None
    account: Given | None = None
    account_name: Given | None = None
    tenant: Given | None = None
    session: Given | None = None
    ip: Given | None = None
    user_agent: Given | None = None
    mfa: Given | None = None
    mfa_method: Given | None = None
    actor: Given | None = None
    uid: Given | None = None


class Description(_Part, frozen=True, kw_only=True):
    """What is common to all kinds.

    `only` and `never` choose lines by what is at a place, `*` at either end of a value for
    anything; others are about something else. `nothing` are texts that stand for no value.
    `unmatched` says what becomes of a line that is of another shape altogether.
    """

    title: Annotated[str, Meta(max_length=200)] | None = None
    envelope: Literal["syslog"] | None = None
    program: Texts | None = None
    only: dict[str, Scalar | tuple[Scalar, ...]] = {}
    never: dict[str, Scalar | tuple[Scalar, ...]] = {}
    nothing: tuple[str, ...] = ("", "-")
    unmatched: Literal["reject", "skip"] = "reject"
    fields: Fields


class Json(Description, frozen=True, kw_only=True, tag_field="kind", tag="json"):
    """One JSON object a line; places are dotted paths."""


class Csv(Description, frozen=True, kw_only=True, tag_field="kind", tag="csv"):
    """Separated values; places are names of columns.

    `columns` is the header line, or a list of names: a line that repeats them is passed over.
    """

    columns: Word | Annotated[tuple[Word, ...], Meta(min_length=1, max_length=1_000)]
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Meta(max_length=1)] = '"'
    escape: Annotated[str, Meta(max_length=1)] = ""
    comment: str = ""


class Regex(Description, frozen=True, kw_only=True, tag_field="kind", tag="regex"):
    """Lines that a regular expression takes apart, from their beginning; places are its groups."""

    pattern: Word | Annotated[tuple[Word, ...], Meta(min_length=1, max_length=20)]


_KINDS: dict[object, type[Description]] = {"json": Json, "csv": Csv, "regex": Regex}


def description_of(given: dict[str, Any]) -> Json | Csv | Regex:
    """What the settings say of one format. Raises DescriptionError."""
    try:
        return msgspec.convert(given, Json | Csv | Regex)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        key = path.strip("`").removeprefix("$").removeprefix(".")
        key = "kind" if not key and "`kind`" in reason else key
        unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
        if unknown is None:
            raise DescriptionError(key, reason) from error
        known = _known(given.get("kind"), key)
        close = difflib.get_close_matches(unknown[1], known, 1)
        full = f"{key}.{unknown[1]}" if key else unknown[1]
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise DescriptionError(full, f"no such setting; {hint}") from error


def _known(kind: object, key: str) -> list[str]:
    """The names that a table of a description can have."""
    parts: type[Struct] = _KINDS.get(kind, Description) if isinstance(kind, str) else Description
    if key == "fields":
        parts = Fields
    elif key.startswith("fields."):
        parts = TimeField if key == "fields.time" else Field
    names = list(parts.__struct_encode_fields__)
    return names if key else ["kind", *names]
